"""The searches as the program puts them together from its settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.searching.server import CATS, Server
from tests.standins.searxng import SearxngServer
from vtai.core.errors import NotConfigured
from vtai.core.web import SearchRequest
from vtai.providers.keys import KeyRing
from vtai.settings import Settings
from vtai.wiring.outside import _search

CATS_REQUEST = SearchRequest("cats")


def keys(**variables: str) -> KeyRing:
    return KeyRing(variables, {}, {})


@pytest.mark.parametrize(
    ("variables", "settings", "name"),
    [
        pytest.param({}, {}, "Tavily without a key", id="nothing set"),
        pytest.param({"TAVILY_API_KEY": "tvly-1"}, {"keyless_search": "off"}, "Tavily", id="key"),
        pytest.param({}, {"searxng_url": "http://127.0.0.1:9"}, "SearXNG", id="instance"),
        pytest.param({}, {"keyless_search": "metasearch"}, "Tavily without a key", id="metasearch second"),
        pytest.param({}, {"keyless_search": "off"}, "no search", id="off"),
    ],
)
async def test_settings_and_keys_say_who_is_asked(
    variables: dict[str, str], settings: dict[str, Any], name: str
) -> None:
    search = _search(Settings(**settings), keys(**variables))
    assert search.name == name
    await search.close()


async def test_without_any_search_it_says_so() -> None:
    search = _search(Settings(keyless_search="off"), keys())
    with pytest.raises(NotConfigured):
        await search.search(CATS_REQUEST)


async def test_a_search_is_tried_again_and_then_remembered(instance: SearxngServer) -> None:
    instance.script(results=(CATS,), status=503, fails=1)
    search = _search(Settings(searxng_url=instance.url), keys())
    first, second = [await search.search(CATS_REQUEST) for _ in range(2)]
    await search.close()
    assert first.hits == second.hits != ()
    assert first.age_s == 0 < second.age_s
    assert len(instance.asked) == 2


async def test_depth_and_address_of_tavily_are_settings(server: Server) -> None:
    settings = Settings(tavily_url=server.url, tavily_depth="fast", search_cache_s=0)
    search = _search(settings, keys())
    for _ in range(2):
        await search.search(CATS_REQUEST)
    await search.close()
    assert [asked["search_depth"] for asked in server.asked] == ["fast", "fast"]
