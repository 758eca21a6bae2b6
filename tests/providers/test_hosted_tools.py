"""Tools that a vendor runs by itself: what it is asked for, and the steps and sources that come of it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes import FakeModels
from tests.providers.catalogues import catalogue_of
from tests.providers.hosting import (
    BOTH,
    CODE,
    able,
    code_done,
    ended,
    logs,
    noted,
    ran,
    stream,
    text,
    wire_to,
)
from tests.providers.wires import ADD, KEY, asked, read, said
from tests.standins.aimock import Aimock
from tests.standins.fast import FastServer
from tests.standins.script import PIXEL_PNG
from vtai.core import errors
from vtai.core.events import FileReady, Notice, ToolFinished, ToolStarted, Usage
from vtai.core.messages import ToolCall
from vtai.core.numbering import Numbering
from vtai.core.ports import Cited, ToolCallReady
from vtai.providers.openai_wire import OpenAIWire
from vtai.providers.vendor_models import VendorModels

CONTAINER = {"type": "code_interpreter", "container": {"type": "auto"}}
STORE = '[vendors.openai]\nvector_stores = ["vs_9"]\n'
OPENAI = {"OPENAI_API_KEY": KEY, "XAI_API_KEY": KEY, "DEEPSEEK_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}


@pytest.fixture
async def wire(fast_vendor: FastServer) -> AsyncIterator[OpenAIWire]:
    made = wire_to(fast_vendor.url)
    yield made
    await made.aclose()


async def events_of(wire: OpenAIWire, vendor: FastServer, *events: dict[str, Any]) -> list[Any]:
    vendor.script(raw=stream(*events))
    got, error = await read(wire.stream(asked(model=able(), hosted=BOTH)))
    assert error is None
    return got


async def test_the_request_names_the_tools_beside_ours_and_what_to_tell_of_them(
    wire: OpenAIWire, fast_vendor: FastServer
) -> None:
    fast_vendor.script(raw=stream(text("Hi"), ended()))
    _, error = await read(wire.stream(asked(model=able(), tools=(ADD,), hosted=BOTH)))
    assert error is None
    recorded = fast_vendor.requests[0]
    assert recorded.path == "/v1/responses"
    add = {"type": "function", "name": "add", "description": ADD.description, "parameters": ADD.parameters}
    search = {"type": "file_search", "vector_store_ids": ["vs_1"]}
    assert recorded.body["tools"] == [add, CONTAINER, search]
    assert recorded.body["include"] == ["code_interpreter_call.outputs", "file_search_call.results"]
    assert recorded.body["store"] is False


async def test_code_is_a_step_with_what_it_printed(wire: OpenAIWire, fast_vendor: FastServer) -> None:
    code = "print(6 * 7)"
    delta = {"type": "response.code_interpreter_call_code.delta", "item_id": "ci_1", "delta": "print("}
    done = ran(code, logs("4"), logs("2\n"))
    events = await events_of(
        wire, fast_vendor, delta, code_done(code), done, done, text("It is 42."), ended()
    )
    started, finished, *_ = events
    assert started == ToolStarted("ci_1", "code_interpreter", code, "python")
    assert replace(finished, seconds=None) == ToolFinished("ci_1", "42\n")
    assert finished.seconds is not None
    assert said(events) == "It is 42."
    assert events[-1] == Usage("fake-1", 90, 5)
    assert len([event for event in events if isinstance(event, ToolStarted | ToolFinished)]) == 2


@pytest.mark.parametrize(
    ("last", "output"),
    [
        ((ran("1 / 0", logs("ZeroDivisionError"), status="failed"),), "ZeroDivisionError"),
        ((code_done("1 / 0"),), "It was not carried to its end."),
    ],
    ids=["failed", "left open"],
)
async def test_code_that_came_to_nothing_is_a_failed_step(
    wire: OpenAIWire, fast_vendor: FastServer, last: tuple[dict[str, Any], ...], output: str
) -> None:
    events = await events_of(wire, fast_vendor, *last, text("Sorry."), ended())
    finished = [event for event in events if isinstance(event, ToolFinished)]
    assert [(event.output, event.is_error) for event in finished] == [(output, True)]


async def test_endless_output_is_bounded(wire: OpenAIWire, fast_vendor: FastServer) -> None:
    events = await events_of(wire, fast_vendor, ran("...", logs("x" * 1_000_000)), ended())
    (finished,) = [event for event in events if isinstance(event, ToolFinished)]
    assert len(finished.output) < 60_000


async def test_pictures_of_the_code_are_files_once(wire: OpenAIWire, fast_vendor: FastServer) -> None:
    picture = {"type": "image", "url": f"data:image/png;base64,{PIXEL_PNG}"}
    others = [
        {"type": "image", "url": url}
        for url in (
            "https://cdn.example/x.png",
            "data:text/html;base64,PGI+",
            "data:image/png;base64,!",
            None,
        )
    ]
    events = await events_of(wire, fast_vendor, ran("plot()", picture, picture, *others), ended())
    files = [event for event in events if isinstance(event, FileReady)]
    assert files == [FileReady("figure-1.png", "image/png", base64.b64decode(PIXEL_PNG))]
    assert len(fast_vendor.requests) - [r.method for r in fast_vendor.requests].count("DELETE") == 1


def searched(**more: Any) -> dict[str, Any]:
    results = [
        {"file_id": "file-a", "filename": "Leave.pdf", "score": 0.2, "text": "Old."},
        {"file_id": "file-a", "filename": "Leave.pdf", "score": 0.9, "text": "Thirty days a year."},
        {"file_id": "file-b", "filename": "Pay.pdf", "score": 0.5, "text": "On the 25th."},
    ]
    item = {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["leave"]}
    return {"type": "response.output_item.done", "item": item | {"results": results} | more}


def cited(id_: str, name: str) -> dict[str, Any]:
    return noted("file_citation", file_id=id_, filename=name, index=5)


async def test_a_file_search_is_a_step_and_what_is_cited_a_source(
    wire: OpenAIWire, fast_vendor: FastServer
) -> None:
    searching = {"type": "response.file_search_call.searching", "item_id": "fs_1"}
    a, b = cited("file-a", "Leave.pdf"), cited("file-b", "Pay.pdf")
    events = await events_of(
        wire, fast_vendor, searching, searched(), searched(), text("30."), a, a, b, ended()
    )
    assert events[0] == ToolStarted("fs_1", "file_search")
    assert events[1].output == "Searched for: leave\n- Leave.pdf\n- Pay.pdf"
    assert len([event for event in events if isinstance(event, ToolFinished)]) == 1
    sources = [source for event in events if isinstance(event, Cited) for source in event.sources]
    assert [(s.title, s.url, s.passage) for s in sources] == [
        ("Leave.pdf", "", "Thirty days a year."),
        ("Pay.pdf", "", "On the 25th."),
    ]


async def test_files_without_an_address_keep_numbers_of_their_own(
    wire: OpenAIWire, fast_vendor: FastServer
) -> None:
    notes = (cited("file-a", "Leave.pdf"), cited("file-b", "Pay.pdf"))
    events = await events_of(wire, fast_vendor, searched(results=None), *notes, ended())
    numbering = Numbering()
    found = [numbering.add(event.sources) for event in events if isinstance(event, Cited)]
    assert [source.number for new in found if new for source in new.sources] == [1, 2]


async def test_our_own_calls_are_passed_on_and_the_vendors_are_not(
    wire: OpenAIWire, fast_vendor: FastServer
) -> None:
    call = {"type": "function_call", "call_id": "x", "name": "add", "arguments": '{"a": 1}'}
    own = {"type": "response.output_item.done", "item": call}
    events = await events_of(wire, fast_vendor, ran("print(1)", logs("1")), own, ended())
    calls = [event.call for event in events if isinstance(event, ToolCallReady)]
    assert calls == [ToolCall("x", "add", '{"a": 1}')]


async def test_a_link_to_the_vendors_disk_leaves_its_words(wire: OpenAIWire, fast_vendor: FastServer) -> None:
    pieces = ["Here: [the ta", "ble](sandbox:/mnt", "/data/t.csv)", " and [1]", " ![", "x](sandbox:/a.png)!"]
    events = await events_of(wire, fast_vendor, *(text(piece) for piece in pieces), ended())
    assert said(events) == "Here: the table and [1] x!"


async def test_other_text_with_brackets_stays_as_it_is(wire: OpenAIWire, fast_vendor: FastServer) -> None:
    words = "Hey! See [a](https://a.example/) and x[0] (sandbox:/no) or [b](sand) and an open ["
    events = await events_of(wire, fast_vendor, *(text(letter) for letter in words), ended())
    assert said(events) == words


async def test_an_answer_that_ends_with_a_mark_alone_keeps_all_its_text(
    wire: OpenAIWire, fast_vendor: FastServer
) -> None:
    fast_vendor.script(raw=stream(text("An open [")) + "data: [DONE]\n\n")
    events, error = await read(wire.stream(asked(model=able(), hosted=CODE)))
    assert error is None
    assert said(events) == "An open ["


async def test_a_broken_answer_is_an_error_as_ever(wire: OpenAIWire, fast_vendor: FastServer) -> None:
    fast_vendor.script(raw=stream(code_done("x = 1")))
    events, error = await read(wire.stream(asked(model=able(), hosted=CODE)))
    assert type(error) is errors.StreamCut
    assert isinstance(events[0], ToolStarted)


def wired(environ: dict[str, str], own: str = "") -> tuple[VendorModels, dict[str, FakeModels]]:
    wires = {name: FakeModels([]) for name in ("openai", "litellm", "embedded")}
    return VendorModels(wires, catalogue_of(environ, own)), wires  # type: ignore[arg-type]


async def test_an_able_model_is_asked_over_the_wire_that_can() -> None:
    client, wires = wired(OPENAI, STORE)
    gpt = catalogue_of(OPENAI, STORE).resolve("gpt")
    events, error = await read(client.stream(asked(model=gpt, tools=(ADD,), hosted=BOTH)))
    assert error is None
    assert [request.hosted for request in wires["openai"].requests] == [BOTH]
    assert not [event for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize(
    ("name", "more", "own", "left", "told"),
    [
        ("deepseek", {}, "", frozenset(), "DeepSeek does not run code for deepseek"),
        ("sonnet", {}, "", frozenset(), "Anthropic does not search files for sonnet"),
        ("gpt", {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, STORE, frozenset(), "at 127.0.0.1:9"),
        ("gpt", {}, "", CODE, 'under [vendors.openai]: vector_stores = ["vs_..."]'),
        ("grok", {}, "", CODE, "xAI does not search files for grok"),
    ],
    ids=["vendor", "other wire", "gateway", "no store", "one of two"],
)
async def test_what_a_vendor_does_not_run_is_told_and_left_out(
    name: str, more: dict[str, str], own: str, left: frozenset[str], told: str
) -> None:
    environ = OPENAI | more
    client, wires = wired(environ, own)
    chosen = catalogue_of(environ, own).resolve(name)
    events, error = await read(client.stream(asked(model=chosen, hosted=BOTH)))
    assert error is None
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.key == "hosted"
    assert told in notice.text
    assert [request.hosted for fake in wires.values() for request in fake.requests] == [left]


async def test_code_that_the_vendor_ran_is_counted_where_it_counts_nothing() -> None:
    fake = FakeModels([[ToolStarted("ci_1", "code_interpreter", "x" * 400, "python")]])
    client = VendorModels({"openai": fake}, catalogue_of(OPENAI))
    gpt = catalogue_of(OPENAI).resolve("gpt")
    events, _ = await read(client.stream(asked(model=gpt, hosted=CODE)))
    usage = events[-1]
    assert isinstance(usage, Usage)
    assert (usage.output_tokens, usage.is_estimated) == (100, True)


@pytest.mark.parametrize(
    ("name", "tools"),
    [
        ("gpt", [CONTAINER, {"type": "file_search", "vector_store_ids": ["vs_9"]}]),
        ("grok", [{"type": "code_interpreter"}]),
    ],
)
async def test_shipped_models_are_asked_in_their_vendors_way(
    fast_vendor: FastServer, name: str, tools: list[dict[str, Any]]
) -> None:
    catalogue = catalogue_of(OPENAI, STORE)
    client = OpenAIWire(lambda wanted: replace(catalogue.endpoint(wanted), base_url=fast_vendor.url))
    fast_vendor.script(raw=stream(text("Hi"), ended()))
    chosen = catalogue.resolve(name)
    _, error = await read(client.stream(asked(model=chosen, hosted=chosen.hosted)))
    await client.aclose()
    assert error is None
    assert fast_vendor.requests[0].body["tools"] == tools
    assert ("include" in fast_vendor.requests[0].body) == (name == "gpt")


@pytest.mark.slow
async def test_a_stand_in_of_the_whole_end_point_takes_such_a_request(aimock: Callable[..., Aimock]) -> None:
    mock = aimock([{"match": {"userMessage": "sum"}, "response": {"content": "It is 42."}}])
    client = wire_to(f"{mock.url}/v1")
    events, error = await read(client.stream(asked("sum?", model=able(), tools=(ADD,), hosted=BOTH)))
    await client.aclose()
    assert error is None
    assert said(events) == "It is 42."
    assert {request["path"] for request in mock.requests} == {"/v1/responses"}
