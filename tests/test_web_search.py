"""Web search with everything real but the world: an engine, a site and a vendor on this machine."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes import events_of, text_of
from tests.standins.fast import FastServer
from tests.standins.searxng import SearxngServer
from tests.standins.site import Site
from tests.standins.tavily import Tavily
from vtai.core.conversation import Conversation
from vtai.core.events import Event, Failed, Notice, SourcesFound, ToolFinished, ToolStarted
from vtai.core.messages import Message
from vtai.core.turn import Turn
from vtai.settings import load
from vtai.wiring import App, build

pytestmark = pytest.mark.slow

PATHS = (
    "/facts/lighthouse",
    "/facts/lighthouse-tourism",
    "/paywall",
    "/injection/visible",
    "/private/plan",
    "/moved/private",
)
QUESTION = "When was the lighthouse on Tarn Head built?"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
def searching(monkeypatch: pytest.MonkeyPatch, fast_vendor: FastServer, site: Site) -> Any:
    """Builds the program, searching as told, with the site let in and the stand-in vendor as OpenAI."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-test")
    monkeypatch.setenv("OPENAI_BASE_URL", fast_vendor.url)

    def make(**how: object) -> App:
        return build(load({"embedded": False, "fetch_allow": (site.authority,), **how}))

    return make


def results(site: Site) -> list[dict[str, str]]:
    return [
        {"title": f"Tarn Head {path}", "url": f"{site.url}{path}", "content": "About the lighthouse."}
        for path in PATHS
    ]


async def asked(app: App, text: str = QUESTION, history: Conversation | None = None) -> list[Event]:
    turn = Turn(text, history=history or Conversation(), route="web-search", preferences=app.preferences)
    await app.start()
    try:
        return await events_of(app.chat.reply(turn))
    finally:
        await app.close()


def steps(events: list[Event]) -> dict[str, str]:
    """What came of each step, by its name."""
    names = {event.id: event.name for event in events if isinstance(event, ToolStarted)}
    return {names[event.id]: event.output for event in events if isinstance(event, ToolFinished)}


async def test_an_answer_rests_on_the_pages_it_cites(
    searching: Any, site: Site, fast_vendor: FastServer
) -> None:
    fast_vendor.script(text="It was built in 1871 [1][9]. ![x](https://outside.example/a.png)")
    with SearxngServer() as engine:
        engine.script(results=tuple(results(site)))
        events = await asked(searching(searxng_url=engine.url))
    assert [request.parameters["q"] for request in engine.asked] == [QUESTION]
    answer = text_of(events)
    assert "[9]" not in answer
    assert "outside.example" not in answer
    (found,) = [event for event in events if isinstance(event, SourcesFound)]
    cited = {source.number: source for source in found.sources}
    for number in map(int, re.findall(r"\[(\d+)\]", answer)):
        assert "1871" in cited[number].passage
    assert "1871" in cited[1].passage
    assert any(isinstance(event, Notice) and "Found by SearXNG" in event.text for event in events)
    prompt = fast_vendor.requests[-1].last_user_text
    assert "built in 1871" in prompt
    assert "tools" not in fast_vendor.requests[-1].body


async def test_pages_that_may_not_be_read_are_told_and_instructions_on_pages_are_left_out(
    searching: Any, site: Site, fast_vendor: FastServer
) -> None:
    with SearxngServer() as engine:
        engine.script(results=tuple(results(site)))
        events = await asked(searching(searxng_url=engine.url, search_results=10, search_depth="high"))
    read = [output for name, output in steps(events).items() if name.startswith("Reading")]
    assert read
    assert "/robots.txt" in site.paths
    prompt = fast_vendor.requests[-1].last_user_text.lower()
    assert "ignore all previous" not in prompt
    assert "ignore previous" not in prompt


async def test_a_follow_up_is_searched_for_in_its_context(
    searching: Any, site: Site, fast_vendor: FastServer
) -> None:
    fast_vendor.script(text='["opening hours of Tarn Head lighthouse"]')
    fast_vendor.script(text="From ten.")
    history = Conversation((Message("user", QUESTION), Message("assistant", "In 1871.")))
    with SearxngServer() as engine:
        engine.script(results=tuple(results(site)[:2]))
        events = await asked(searching(searxng_url=engine.url), "and when is it open?", history)
    assert [request.parameters["q"] for request in engine.asked] == ["opening hours of Tarn Head lighthouse"]
    assert text_of(events) == "From ten."


async def test_tavily_is_asked_where_it_is_set_up(
    searching: Any, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-of-the-test")
    found = [{"title": "Tarn Head", "url": f"{site.url}/facts/lighthouse", "content": "Built.", "score": 0.9}]
    with Tavily([{"results": found}]) as vendor:
        events = await asked(searching(tavily_url=vendor.url))
    assert any(isinstance(event, Notice) and "Found by Tavily" in event.text for event in events)
    (sources,) = [event for event in events if isinstance(event, SourcesFound)]
    assert sources.sources[0].url == f"{site.url}/facts/lighthouse"


async def test_where_nothing_searches_nothing_is_answered_as_if_it_had(
    searching: Any, fast_vendor: FastServer
) -> None:
    events = await asked(searching(keyless_search="off"))
    assert isinstance(events[-1], Failed)
    assert "searxng_url" in events[-1].hint or "tavily" in events[-1].hint.lower()
    assert fast_vendor.requests == []
