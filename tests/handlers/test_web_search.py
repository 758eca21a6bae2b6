"""Web search: queries, search, reading, an answer that cites what it read; the results when nobody writes."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeCatalogue, FakeModels, FakePages, FakeSearch, model, services, text_of
from tests.handlers.helpers import notices, reply, said
from tests.handlers.searching.helpers import (
    CATS,
    DOGS,
    AgedSearch,
    StuckSearch,
    broken,
    page,
    steps,
    told,
    until,
    wanting,
)
from vtai.core.errors import (
    NotConfigured,
    RateLimited,
    StreamCut,
    TimedOut,
    VTError,
)
from vtai.core.events import Notice, Source, SourcesFound, TextDelta, ToolFinished, ToolStarted, Usage
from vtai.core.turn import Turn
from vtai.core.web import SearchRequest
from vtai.handlers import web_search

CHATTER = FakeCatalogue((model("chatter", can=frozenset({"chat"})),))
BOTH = FakeSearch((CATS, DOGS))


async def test_steps_and_sources_come_first_and_the_answer_cites_them() -> None:
    models = FakeModels([[*told("They sleep all day [1", "]. They fly [7]."), Usage("fake", 1, 2)]])
    pages = FakePages({CATS.url: page(CATS, "Cats sleep all day.", published="2026-04-01")})
    found = services(models=models, search=FakeSearch((CATS,)), pages=pages)
    events = await reply(web_search, Turn("do cats sleep?"), found)
    source = Source(1, "Cats", CATS.url, "Cats sleep all day.", "example.org", "2026-04-01")
    assert events[:6] == [
        ToolStarted("search", "Web search", "do cats sleep?"),
        ToolFinished("search", "1 page from fake."),
        Notice("search", "Found by fake."),
        ToolStarted("read-1", "Reading example.org", CATS.url),
        ToolFinished("read-1", "1 passage."),
        SourcesFound((source,)),
    ]
    assert text_of(events) == "They sleep all day [1]. They fly."
    assert events[-1] == Usage("fake", 1, 2)
    assert models.requests[-1].tools == ()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("search the web for cat  food", "cat food"),
        ("Please google cat food", "cat food"),
        ("look up: cat food", "cat food"),
        ("suche im Internet nach Katzenfutter", "Katzenfutter"),
        ("<think> cat food", "cat food"),
    ],
)
async def test_a_short_message_is_the_query_without_a_call_of_the_model(text: str, query: str) -> None:
    models, search = FakeModels(), FakeSearch()
    await reply(web_search, Turn(text), services(models=models, search=search))
    assert [request.query for request in search.requests] == [query]
    assert len(models.requests) == 1, "only the answer"


async def test_in_a_conversation_the_model_writes_the_queries() -> None:
    written = ['<think>hm</think>["price of the X1 in eur', 'os", "X1 euro price 2026"]']
    models = FakeModels([[*told(*written), Usage("fake", 1, 1)], [*told("900 [1]"), Usage("fake", 2, 2)]])
    search = FakeSearch()
    turn = Turn("and in euros?", history=said("what does the X1 cost?", "1,000 dollars."))
    events = await reply(web_search, turn, services(models=models, search=search))
    assert sorted(request.query for request in search.requests) == [
        "X1 euro price 2026",
        "price of the X1 in euros",
    ]
    assert [message.text for message in models.requests[0].messages[1:]] == [
        "what does the X1 cost?",
        "1,000 dollars.",
        "and in euros?",
    ]
    assert "Today is " in models.requests[0].messages[0].text
    assert steps(events)["queries"][1] == "price of the X1 in euros\nX1 euro price 2026"
    assert events[-1] == Usage("fake", 3, 3), "all calls together"


async def test_a_long_message_becomes_queries_too() -> None:
    models = FakeModels([told("cat weight\ndog weight")])
    search = FakeSearch()
    text = "I have a cat and a dog. Tell me how heavy each of them should be at the age of three."
    await reply(web_search, Turn(text), services(models=models, search=search))
    assert {request.query for request in search.requests} == {"cat weight", "dog weight"}


CONVERSATION = said("what does the X1 cost?", "1,000.", "and the X2?", "2,000.")
IN_CONTEXT = ["what does the X1 cost? and the X2? and in euros?"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(told("Sure! Here is what I would search for:\n- cats"), id="talk"),
        pytest.param(told('{"queries": [1, 2]}'), id="numbers"),
        pytest.param([TimedOut("Late.", "Again.")], id="a model that fails"),
        pytest.param([], id="nothing"),
    ],
)
async def test_where_no_queries_come_the_question_is_put_behind_the_ones_before(
    script: list[TextDelta],
) -> None:
    models, search = FakeModels([script]), FakeSearch()
    turn = Turn("and in euros?", history=CONVERSATION)
    await reply(web_search, turn, services(models=models, search=search))
    assert [request.query for request in search.requests] == IN_CONTEXT
    assert len(models.requests) == 2


@pytest.mark.parametrize(
    "catalogue",
    [FakeCatalogue(()), FakeCatalogue((model("small", is_embedded=True),))],
    ids=["no model", "the small model"],
)
async def test_without_an_able_model_the_question_is_put_behind_the_ones_before(
    catalogue: FakeCatalogue,
) -> None:
    search = FakeSearch()
    turn = Turn("and in euros?", history=CONVERSATION)
    await reply(web_search, turn, services(search=search, catalogue=catalogue))
    assert [request.query for request in search.requests] == IN_CONTEXT


async def test_what_the_person_chose_goes_to_the_search() -> None:
    search = FakeSearch()
    preferences = wanting(max_results=3, time_range="week", region="de", safe_search="strict")
    await reply(web_search, Turn("space news", preferences=preferences), services(search=search))
    assert search.requests == [SearchRequest("space news", 3, "news", "week", "de", safe_search="strict")]


async def test_the_search_model_writes_where_one_is_chosen() -> None:
    catalogue = FakeCatalogue((model("chatter"), model("finder")))
    models = FakeModels()
    turn = Turn("cats", preferences=wanting(model="finder"))
    await reply(web_search, turn, services(models=models, catalogue=catalogue))
    assert [request.model.name for request in models.requests] == ["finder"]


@pytest.mark.parametrize(
    ("preferences", "catalogue", "keys"),
    [
        pytest.param(wanting(summarise=False, include_links=False), CHATTER, ["search"], id="not wanted"),
        pytest.param(wanting(), FakeCatalogue(()), ["search", "model"], id="no model"),
    ],
)
async def test_without_a_summary_the_results_stand_alone(
    preferences: object, catalogue: FakeCatalogue, keys: list[str]
) -> None:
    models, pages = FakeModels(), FakePages()
    found = services(models=models, search=BOTH, catalogue=catalogue, pages=pages)
    events = await reply(web_search, Turn("cats", preferences=preferences), found)  # type: ignore[arg-type]
    assert models.requests == []
    assert pages.read_urls == []
    assert list(notices(events)) == keys
    sources = next(event.sources for event in events if isinstance(event, SourcesFound))
    assert [(source.title, source.site, source.published) for source in sources] == [
        ("Cats", "example.org", "2026-03-01"),
        ("Dogs", "dogs.example.net", None),
    ]
    first = "1. [Cats](https://example.org/cats)  \n   example.org, 2026-03-01  \n   Cats sleep a lot."
    assert text_of(events).startswith(first + "\n2. [Dogs]")


async def test_without_links_the_answer_cites_nothing() -> None:
    models = FakeModels([told("They sleep [1].")])
    turn = Turn("cats", preferences=wanting(include_links=False))
    events = await reply(web_search, turn, services(models=models))
    assert text_of(events) == "They sleep."
    assert not any(isinstance(event, SourcesFound) for event in events)
    assert "Do not cite" in models.requests[0].messages[0].text


async def test_nothing_found_is_said() -> None:
    models = FakeModels()
    events = await reply(web_search, Turn("cats"), services(models=models, search=FakeSearch(())))
    assert text_of(events) == "fake found nothing for “cats”. Other words may find more."
    assert models.requests == []


async def test_who_found_it_and_when_is_said() -> None:
    events = await reply(web_search, Turn("cats"), services(search=AgedSearch()))
    assert notices(events)["search"] == "Found by SearXNG, 2 minutes ago."


@pytest.mark.parametrize(
    "error",
    [RateLimited("Used up.", "Wait."), NotConfigured("Nobody.", "Set one.")],
    ids=["refused", "nobody"],
)
async def test_where_nobody_can_be_reached_nothing_is_answered(error: VTError) -> None:
    models, search = FakeModels(), FakeSearch(found={"cats": error})
    got, failure = await broken(Turn("cats"), services(models=models, search=search))
    assert failure is error
    assert got[-1] == ToolFinished("search", error.message, is_error=True)
    assert models.requests == []


async def test_one_query_that_fails_leaves_the_others() -> None:
    models = FakeModels([told('["cats", "dogs"]')])
    search = FakeSearch(found={"dogs": TimedOut("It was too slow.", "Again.")})
    turn = Turn("and those?", history=said("pets", "Yes."))
    events = await reply(web_search, turn, services(models=models, search=search))
    assert steps(events)["search"][1] == "1 page from fake. “dogs” was not answered."
    assert text_of(events) == "Hello there."


async def test_an_empty_message_is_refused() -> None:
    with pytest.raises(VTError, match="nothing to search"):
        await reply(web_search, Turn("<think>"), services())


async def test_what_was_spent_before_a_failure_is_told() -> None:
    models = FakeModels(
        [[*told("cats"), Usage("fake", 1, 1)], [*told("So ["), StreamCut("Broke.", "Again.")]]
    )
    turn = Turn("and dogs?", history=said("cats", "Cats sleep."))
    got, failure = await broken(turn, services(models=models))
    assert isinstance(failure, StreamCut)
    assert text_of(got) == "So ["
    assert got[-1] == Usage("fake", 1, 1)
    assert models.closed == 2


async def test_stopping_while_searching_lets_the_search_go() -> None:
    search = StuckSearch()
    left = await until(Turn("cats"), services(search=search), ToolStarted)
    assert left == set()
    task = asyncio.create_task(reply(web_search, Turn("cats"), services(search=search)))
    while not asyncio.all_tasks() - {task, asyncio.current_task()}:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert search.let_go == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_stopping_the_answer_closes_the_models_stream() -> None:
    models = FakeModels([[TextDelta("a"), 60.0]])
    assert await until(Turn("cats"), services(models=models), TextDelta) == set()
    assert models.closed == 1
