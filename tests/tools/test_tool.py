"""A typed function becomes a tool that checks what models write."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from vtai.core.errors import BadArguments
from vtai.core.ports import Tool
from vtai.tools import TOOLS
from vtai.tools.tool import tool


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
    assert await weather.run(arguments) == answer


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
        await weather.run(arguments)


async def test_a_function_without_arguments_takes_an_empty_text() -> None:
    @tool
    async def ping() -> str:
        """Answers."""
        return "pong"

    assert await ping.run("") == "pong"


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
