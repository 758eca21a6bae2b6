"""Conversations through OpenAI's client: routed like the page's, or to one model by name."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests import fakes
from tests.api.compat.conftest import PICTURE, hello
from vtai.core.code import SessionKey
from vtai.core.documents import Fetched
from vtai.core.events import Notice, Source, TextDelta, ThinkingDelta, Usage
from vtai.core.messages import ToolCall
from vtai.core.ports import Cited, ToolCallReady
from vtai.core.routes import Decision

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from tests.api.compat.conftest import Rig

PICTURE_URL = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        "strict": True,
    },
}


async def test_auto_routes_like_the_page_and_says_where_it_went(client: AsyncOpenAI, rig: Rig) -> None:
    rig.models.scripts = [[ThinkingDelta("Hm."), TextDelta("Hi."), Usage("able-1", 3, 2, 0.5)]]
    raw = await client.chat.completions.with_raw_response.create(model="auto", messages=hello())
    answer = raw.parse()
    assert raw.headers["x-vtai-route"] == "text"
    [choice] = answer.choices
    assert (choice.message.content, choice.finish_reason, choice.message.role) == ("Hi.", "stop", "assistant")
    assert choice.message.reasoning_content == "Hm."  # type: ignore[attr-defined]
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (
        3,
        2,
        5,
    )
    assert answer.vtai == {  # type: ignore[attr-defined]
        "route": "text", "confidence": 0.9, "reason": "Talk.", "model": "able-1",
    }  # fmt: skip
    assert answer.id == raw.headers["x-request-id"]
    [turn] = rig.router.turns
    assert (turn.text, turn.door, turn.key, turn.person) == ("Hello?", "openai", "key-1", "local")
    [spent] = rig.spent
    assert (spent.door, spent.key, spent.route, spent.cost_usd) == ("openai", "key-1", "text", 0.5)


async def test_what_was_said_before_and_the_programs_instructions_reach_the_model(
    client: AsyncOpenAI, rig: Rig
) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Answer like a pirate."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Aye"},
        {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "user", "content": [{"type": "text", "text": "Two"}, {"type": "text", "text": "Three"}]},
    ]
    await client.chat.completions.create(model="auto", messages=messages, temperature=0, max_tokens=9)
    [request] = rig.models.requests
    system, *others = request.messages
    assert system.text.endswith("Answer like a pirate.\n\nBe brief.")
    assert [(m.role, m.text) for m in others] == [
        ("user", "One"),
        ("assistant", "Aye"),
        ("user", "Two\nThree"),
    ]
    assert (request.temperature, request.max_tokens) == (0.0, 9)


async def test_a_route_is_forced_by_name(client: AsyncOpenAI, rig: Rig) -> None:
    answer = await client.chat.completions.create(model="auto/image-generation", messages=hello("a cat"))
    assert rig.router.turns == []
    assert rig.images.requests[0].prompt == "a cat"
    link = f"data:image/png;base64,{base64.b64encode(PICTURE[:8]).decode()}"
    assert answer.choices[0].message.content == f"![a cat]({link})\n\n"


async def test_a_picture_of_before_is_not_sent_as_text_and_can_be_changed(
    client: AsyncOpenAI, rig: Rig
) -> None:
    messages: list[Any] = [
        *hello("draw a cat"),
        {"role": "assistant", "content": f"![a cat]({PICTURE_URL})"},
        *hello("make it darker"),
    ]
    await client.chat.completions.create(model="auto/image-generation", messages=messages)
    assert len(rig.images.requests[0].images) == 1
    await client.chat.completions.create(model="plain", messages=messages)
    assert rig.models.requests[0].messages[1].text == "(picture: a cat)"


async def test_a_model_by_name_gets_the_messages_as_they_are(client: AsyncOpenAI, rig: Rig) -> None:
    messages: list[Any] = [{"role": "system", "content": "Only rhymes."}, *hello("Go")]
    answer = await client.chat.completions.create(
        model="plain", messages=messages, top_p=0.5, max_completion_tokens=7, reasoning_effort="low"
    )
    [request] = rig.models.requests
    assert request.model.name == "plain"
    assert [(m.role, m.text) for m in request.messages] == [("system", "Only rhymes."), ("user", "Go")]
    assert (request.top_p, request.max_tokens, request.effort) == (0.5, 7, None)
    assert (answer.model, answer.choices[0].message.content) == ("plain", "Hello there.")
    assert rig.spent[0].route == "text"


async def test_tools_of_the_program_are_given_back_as_calls(client: AsyncOpenAI, rig: Rig) -> None:
    rig.models.scripts = [
        [ToolCallReady(ToolCall("call_1", "weather", '{"city": "Oslo"}')), Usage("able-1", 1, 1)]
    ]
    answer = await client.chat.completions.create(
        model="auto",
        messages=hello("Oslo?"),
        tools=[WEATHER],  # type: ignore[list-item]
        tool_choice={"type": "function", "function": {"name": "weather"}},
    )
    [choice] = answer.choices
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    [call] = choice.message.tool_calls or []
    assert call.type == "function"
    assert (call.id, call.function.name, call.function.arguments) == ("call_1", "weather", '{"city": "Oslo"}')
    [request] = rig.models.requests
    assert (request.tools[0].name, request.tools[0].is_strict, request.tool_choice) == (
        "weather",
        True,
        "weather",
    )
    assert rig.router.turns == []


async def test_results_of_tools_go_back_to_the_model(client: AsyncOpenAI, rig: Rig) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages: list[Any] = [
        *hello("Oslo?"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Rain"},
    ]
    await client.chat.completions.create(model="auto", messages=messages, tools=[WEATHER])  # type: ignore[list-item]
    _, assistant, tool = rig.models.requests[0].messages
    assert assistant.tool_calls == (ToolCall("call_1", "weather", "{}"),)
    assert (tool.role, tool.text, tool.tool_call_id) == ("tool", "Rain", "call_1")


async def test_json_is_asked_of_the_model(client: AsyncOpenAI, rig: Rig) -> None:
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    await client.chat.completions.create(model="auto", messages=hello(), response_format=wanted)
    assert rig.models.requests[0].answer_format == wanted


@pytest.mark.parametrize("model", ["auto", "able"])
async def test_pictures_are_seen(client: AsyncOpenAI, rig: Rig, model: str) -> None:
    rig.router.decision = Decision("vision", 1.0, "A picture.", "test")
    rig.fetcher.pages = {
        "https://example.org/a.png": Fetched("https://example.org/a.png", "image/png", PICTURE)
    }
    content: Any = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": PICTURE_URL}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
    ]
    raw = await client.chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": content}]
    )
    assert raw.headers["x-vtai-route"] == "vision"
    [request] = rig.models.requests
    assert request.messages[-1].image_urls == (PICTURE_URL, PICTURE_URL)
    assert "What is it?" in request.messages[-1].text


@pytest.mark.parametrize("model", ["auto", "able"])
async def test_files_are_read(client: AsyncOpenAI, rig: Rig, model: str) -> None:
    data = base64.b64encode(b"The tide is out.").decode()
    content: Any = [
        {"type": "file", "file": {"filename": "notes.txt", "file_data": f"data:text/plain;base64,{data}"}},
        {"type": "text", "text": "Sum up"},
    ]
    await client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    said = rig.models.requests[0].messages[-1].text
    assert "The tide is out." in said
    assert said.endswith("Sum up")
    assert "notes.txt" in said


@pytest.mark.parametrize(("model", "is_direct"), [("hearing", True), ("plain", False)])
async def test_sound_is_heard_by_the_model_or_for_it(
    client: AsyncOpenAI, rig: Rig, model: str, is_direct: bool
) -> None:
    sound = base64.b64encode(b"RIFF\x00\x00\x00\x00WAVEfmt ").decode()
    content: Any = [{"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}}]
    await client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    last = rig.models.requests[0].messages[-1]
    assert bool(last.attachments) == is_direct
    assert ("hello" in last.text) != is_direct


async def test_nothing_of_a_request_stays_on_disk(
    client: AsyncOpenAI, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(rig.folder))
    content: Any = [{"type": "image_url", "image_url": {"url": PICTURE_URL}}]
    await client.chat.completions.create(model="able", messages=[{"role": "user", "content": content}])
    assert list(rig.folder.glob("vtai-request-*")) == []


async def test_the_answer_ends_before_a_mark(client: AsyncOpenAI, rig: Rig) -> None:
    rig.models.scripts = [[TextDelta("one E"), TextDelta("ND two"), 60.0]]
    answer = await client.chat.completions.create(model="plain", messages=hello(), stop=["END", "###"])
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("one ", "stop")
    assert rig.models.closed == 1


async def test_what_only_looks_like_a_mark_is_not_lost(client: AsyncOpenAI, rig: Rig) -> None:
    rig.models.scripts = [[TextDelta("one E"), TextDelta("N")]]
    answer = await client.chat.completions.create(model="plain", messages=hello(), stop="END")
    assert answer.choices[0].message.content == "one EN"


async def test_an_answer_that_was_cut_at_its_longest_says_so(client: AsyncOpenAI, rig: Rig) -> None:
    rig.models.scripts = [[TextDelta("On and"), Notice("length", "It stops here.")]]
    answer = await client.chat.completions.create(model="plain", messages=hello())
    assert answer.choices[0].finish_reason == "length"
    assert answer.vtai["notices"] == ["It stops here."]  # type: ignore[attr-defined]


async def test_pages_are_cited_as_annotations(client: AsyncOpenAI, rig: Rig) -> None:
    pages = (Source(1, "Cats", "https://example.org/cats", "Cats sleep."),)
    rig.models.scripts = [[Cited(pages), TextDelta("They sleep [1].")]]
    answer = await client.chat.completions.create(model="plain", messages=hello())
    [note] = answer.choices[0].message.annotations or []
    cited = note.url_citation
    assert (cited.url, cited.title, cited.start_index, cited.end_index) == (pages[0].url, "Cats", 11, 14)


async def test_code_of_the_assistant_leaves_no_session_behind(client: AsyncOpenAI, rig: Rig) -> None:
    await client.chat.completions.create(model="auto/assistant", messages=hello())
    [session] = rig.sandbox.ended
    assert isinstance(session, SessionKey)
    assert session.person == "local"


async def test_a_name_of_before_is_told_beside_the_answer(client: AsyncOpenAI, rig: Rig) -> None:
    rig.catalogue = fakes.FakeCatalogue(rig.catalogue.models, {"old": "plain"})
    rig.catalogue.renamed["old"] = "plain"
    app = rig.app()
    from tests.api.compat.conftest import client_of

    async with client_of(rig, app) as other:
        answer = await other.chat.completions.create(model="old", messages=hello())
    assert "was retired" in answer.vtai["notices"][0]  # type: ignore[attr-defined]
