"""Which search is asked, and what happens when it fails."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.providers.searching.searches import Clock, ScriptedSearch
from vtai.core import errors
from vtai.core.web import SearchRequest
from vtai.providers.searching.cached import CachedSearch
from vtai.providers.searching.chosen import ChosenSearch

KEY = SecretStr("tvly-secret-key-0001")
REQUEST = SearchRequest("cats")
USED_UP = errors.RateLimited("Used up.", "Add a key.", 600.0)


class Setup:
    """Tavily with a key, a SearXNG and two keyless searches, as far as a test wants them."""

    def __init__(self, key: SecretStr | None = None, *, has_searxng: bool = False, keyless: int = 2) -> None:
        self.key = key
        self.clock = Clock()
        self.keyed: dict[str, ScriptedSearch] = {}
        self.searxng = ScriptedSearch(name="SearXNG")
        self.keyless = [ScriptedSearch(name=f"keyless {n}") for n in range(keyless)]
        self.search = ChosenSearch(
            lambda: self.key,
            self.with_key,
            searxng=self.searxng if has_searxng else None,
            keyless=self.keyless,
            clock=self.clock,
        )

    def with_key(self, key: SecretStr) -> CachedSearch:
        made = self.keyed[key.get_secret_value()] = ScriptedSearch(name="Tavily")
        return CachedSearch(made)

    async def provider(self) -> str:
        return (await self.search.search(REQUEST)).provider


@pytest.mark.parametrize(
    ("key", "has_searxng", "provider"),
    [
        pytest.param(KEY, True, "Tavily", id="key over instance"),
        pytest.param(KEY, False, "Tavily", id="key"),
        pytest.param(None, True, "SearXNG", id="instance"),
        pytest.param(None, False, "keyless 0", id="nothing set"),
    ],
)
async def test_the_search_that_is_set_up_is_asked(
    key: SecretStr | None, has_searxng: bool, provider: str
) -> None:
    setup = Setup(key, has_searxng=has_searxng)
    assert setup.search.name == provider
    assert await setup.provider() == provider


async def test_where_nothing_can_search_it_says_what_to_set() -> None:
    setup = Setup(keyless=0)
    assert setup.search.name == "no search"
    with pytest.raises(errors.NotConfigured) as caught:
        await setup.provider()
    assert "vtai --api-key tavily=" in caught.value.hint
    assert "searxng_url" in caught.value.hint


@pytest.mark.parametrize("key", [KEY, None], ids=["Tavily", "SearXNG"])
async def test_what_is_set_up_hands_no_query_to_somebody_else(key: SecretStr | None) -> None:
    setup = Setup(key, has_searxng=True)
    assert setup.search.name
    asked = setup.keyed[KEY.get_secret_value()] if key else setup.searxng
    asked.errors = [errors.Unreachable("No connection.", "Check it.")]
    with pytest.raises(errors.Unreachable):
        await setup.provider()
    others = [search for search in (setup.searxng, *setup.keyless) if search is not asked]
    assert [search.requests for search in others] == [[], [], []][: len(others)]


async def test_a_key_counts_from_the_moment_it_is_set_and_shares_nothing_with_another() -> None:
    setup = Setup()
    assert await setup.provider() == "keyless 0"
    for key in ("tvly-first", "tvly-second"):
        setup.key = SecretStr(key)
        for _ in range(2):
            assert await setup.provider() == "Tavily"
    assert {key: len(search.requests) for key, search in setup.keyed.items()} == {
        "tvly-first": 1,
        "tvly-second": 1,
    }
    await setup.search.close()
    assert [search.closed for search in (*setup.keyed.values(), *setup.keyless)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(USED_UP, id="used up"),
        pytest.param(errors.Unreachable("No connection.", "Check it."), id="unreachable"),
        pytest.param(errors.TimedOut("Late.", "Wait."), id="late"),
        pytest.param(errors.MissingKey("No key.", "Add one."), id="a key is wanted"),
        pytest.param(errors.NotConfigured("Missing.", "Install it."), id="not installed"),
    ],
)
async def test_keyless_searches_stand_in_for_one_another(error: errors.VTError) -> None:
    setup = Setup()
    setup.keyless[0].errors = [error]
    assert await setup.provider() == "keyless 1"


async def test_a_query_that_was_refused_is_not_passed_around() -> None:
    setup = Setup()
    setup.keyless[0].errors = [errors.BadRequest("Refused.", "Ask in other words.")]
    with pytest.raises(errors.BadRequest):
        await setup.provider()
    assert setup.keyless[1].requests == []


async def test_one_that_failed_comes_last_until_it_has_rested() -> None:
    setup = Setup()
    setup.keyless[0].errors = [USED_UP]
    assert [await setup.provider() for _ in range(2)] == ["keyless 1", "keyless 1"]
    assert setup.search.name == "keyless 1"
    assert len(setup.keyless[0].requests) == 1
    setup.clock.now += 601
    assert await setup.provider() == "keyless 0"


async def test_when_all_fail_each_reason_is_told() -> None:
    setup = Setup()
    setup.keyless[0].errors = [USED_UP]
    setup.keyless[1].errors = [errors.Unreachable("No connection.", "Check it.")]
    with pytest.raises(errors.Unreachable, match=r"Used up\. No connection\.") as caught:
        await setup.provider()
    assert "searxng_url" in caught.value.hint


async def test_when_all_are_used_up_the_shortest_wait_is_told() -> None:
    setup = Setup()
    for search, wait_s in zip(setup.keyless, (600.0, 90.0), strict=True):
        search.errors = [errors.RateLimited("Used up.", "Add a key.", wait_s)]
    with pytest.raises(errors.RateLimited) as caught:
        await setup.provider()
    assert caught.value.retry_after_s == 90


async def test_the_only_keyless_search_speaks_for_itself() -> None:
    setup = Setup(keyless=1)
    setup.keyless[0].errors = [USED_UP]
    with pytest.raises(errors.RateLimited, match=r"^Used up\.$"):
        await setup.provider()
