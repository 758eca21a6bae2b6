"""A typed function becomes a tool that checks what models write."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from tests.fakes import services
from tests.tools.helpers import GO, called, result_of
from vtai.core.errors import BadArguments, SettingsError
from vtai.core.events import Notice
from vtai.core.ports import Tool, ToolContext, ToolEvent, ToolResult
from vtai.core.turn import Turn
from vtai.tools import TOOLS
from vtai.tools.tool import FunctionTool, tool


@tool
async def weather(
    place: Annotated[str, Field(description="A town.", min_length=2)],
    days: int = 1,
    unit: Literal["C", "F"] = "C",
) -> str:
    """Tells the weather
    of a place.

    Not for models to read.
    """
    return f"{place} {days} {unit}"


def test_the_schema_comes_from_the_signature() -> None:
    fits: Tool = weather
    assert fits.spec.name == "weather"
    assert fits.spec.description == "Tells the weather of a place."
    assert fits.spec.parameters == {
        "type": "object",
        "properties": {
            "place": {"type": "string", "minLength": 2, "description": "A town."},
            "days": {"type": "integer", "default": 1},
            "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
        },
        "required": ["place"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        pytest.param('{"place": "Rome"}', "Rome 1 C", id="defaults"),
        pytest.param('{"place": "Rome", "days": "3", "unit": "F"}', "Rome 3 F", id="a number as text"),
    ],
)
async def test_good_arguments_reach_the_function(arguments: str, answer: str) -> None:
    assert await called(weather, arguments) == [ToolResult(answer)]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param("", "place: Field required", id="none"),
        pytest.param("{", "the JSON: Invalid JSON", id="cut JSON"),
        pytest.param('["Rome"]', "the JSON: Input should be an object", id="a list"),
        pytest.param('{"place": "R"}', "place: String should have at least 2", id="too short"),
        pytest.param(
            '{"place": "Rome", "unit": "K"}', "unit: Input should be 'C' or 'F'", id="not one of them"
        ),
        pytest.param('{"place": "Rome", "year": 3}', "year: Extra inputs", id="unknown"),
        pytest.param('{"days": "x", "place": 7}', "place: .*; days: ", id="two at once"),
    ],
)
async def test_each_wrong_argument_is_named(arguments: str, named: str) -> None:
    with pytest.raises(BadArguments, match=named):
        await called(weather, arguments)


async def test_a_function_without_arguments_takes_an_empty_text() -> None:
    @tool
    async def ping() -> str:
        """Answers."""
        return "pong"

    assert await called(ping, "") == [ToolResult("pong")]


def test_a_function_that_does_not_fit_is_refused() -> None:
    def plain() -> str:
        """Not async."""
        return ""

    async def silent() -> str:
        return ""

    async def untyped(x) -> str:  # type: ignore[no-untyped-def]
        """Has an argument without a type."""
        return str(x)

    async def open_ended(*names: str) -> str:
        """Takes any number."""
        return str(names)

    for function, reason in (
        (plain, "async"),
        (silent, "docstring"),
        (untyped, "no type"),
        (open_ended, r"\* or \*\*"),
    ):
        with pytest.raises(TypeError, match=reason):
            tool(function)  # type: ignore[arg-type]


def test_every_shipped_tool_describes_each_argument() -> None:
    names = [shipped.spec.name for shipped in TOOLS]
    assert len(names) == len(set(names))
    for shipped in TOOLS:
        for argument in shipped.spec.parameters["properties"].values():
            assert argument["description"]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    greeting: str = Field(default="Hello", min_length=2)


@tool(settings=Settings, needs_approval=True)
async def greet(name: str, settings: Settings, context: ToolContext) -> str:
    """Greets."""
    return f"{settings.greeting} {name}, says {context.turn.person}"


async def test_context_and_settings_are_handed_over_and_no_model_sees_them() -> None:
    assert list(greet.spec.parameters["properties"]) == ["name"]
    assert (await result_of(greet, {"name": "Ann"}, turn=Turn("", person="ben"))).text == (
        "Hello Ann, says ben"
    )
    for hidden in ("context", "settings"):
        with pytest.raises(BadArguments, match=f"{hidden}: Extra inputs"):
            await called(greet, {"name": "Ann", hidden: {}})


async def test_a_tool_is_configured_without_changing_the_one_it_was_made_from() -> None:
    polite = greet.configured({"greeting": "Good day"}, needs_approval=False)
    assert (await result_of(polite, {"name": "Ann"})).text.startswith("Good day")
    assert (await result_of(greet, {"name": "Ann"})).text.startswith("Hello")
    assert (greet.needs_approval, polite.needs_approval) == (True, False)
    assert (await result_of(polite.configured(), {"name": "Ann"})).text.startswith("Good day")


@pytest.mark.parametrize(
    ("configured", "values", "message", "hint"),
    [
        pytest.param(
            greet, {"greeting": "x"}, "greeting: String should have", "It has: greeting", id="value"
        ),
        pytest.param(greet, {"colour": "x"}, "colour: Extra inputs", "It has: greeting", id="unknown"),
        pytest.param(weather, {"a": 1}, "has no settings", r"\[tool.weather\]", id="none at all"),
    ],
)
def test_wrong_settings_are_named(
    configured: FunctionTool, values: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        configured.configured(values)
    assert hint.replace("\\", "") in caught.value.hint


async def test_a_tool_that_yields_shows_its_progress_and_is_closed_with_the_call() -> None:
    ended = []

    @tool
    async def counting(to: int) -> AsyncGenerator[ToolEvent, None]:
        """Counts."""
        try:
            for number in range(to):
                yield f"{number}\n"
            yield Notice("n", "half done")
            yield ToolResult("counted", is_error=True)
        finally:
            ended.append(to)

    assert await called(counting, {"to": 2}) == [
        "0\n",
        "1\n",
        Notice("n", "half done"),
        ToolResult("counted", is_error=True),
    ]
    async with aclosing(counting.run('{"to": 9}', ToolContext(GO, services()))) as events:
        await anext(events)
    assert ended == [2, 9]


@tool(code="code")
async def runs(code: str, place: str = "here") -> str:
    """Runs."""
    return code + place


@pytest.mark.parametrize(
    ("shown", "arguments", "words"),
    [
        pytest.param(runs, '{"code": "x = 1\\ny"}', ("x = 1\ny", "python"), id="code"),
        pytest.param(
            runs,
            '{"code": "x", "place": "there"}',
            ('{\n  "code": "x",\n  "place": "there"\n}', "json"),
            id="code is not all",
        ),
        pytest.param(runs, '{"code": 7}', ('{\n  "code": 7\n}', "json"), id="code that is none"),
        pytest.param(weather, '{"place":"Köln"}', ('{\n  "place": "Köln"\n}', "json"), id="JSON"),
        pytest.param(weather, "{}", ("", ""), id="nothing"),
        pytest.param(weather, "", ("", ""), id="no text"),
        pytest.param(weather, "{broken", ("{broken", ""), id="no JSON"),
        pytest.param(weather, "[" * 100_000, ("[" * 100_000, ""), id="too deep"),
        pytest.param(runs, r'{"code": "\ud800"}', ("?", "python"), id="half a character"),
    ],
)
def test_people_see_all_of_the_arguments(shown: FunctionTool, arguments: str, words: tuple[str, str]) -> None:
    assert shown.shown(arguments) == words


def test_it_is_known_which_package_a_tool_is_from() -> None:
    assert {shipped.package for shipped in TOOLS} == {"vtai"}
    assert weather.package == "tests"
