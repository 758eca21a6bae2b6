"""Prompts are files, filled in safely."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from string import Template

import pytest

from vtai import prompts

PACKAGE = Path(prompts.__file__).parent
USERS = ("handlers", "routing")


@cache
def renderings() -> dict[str, list[set[str]]]:
    """Per prompt the values of each place in the code that renders it."""
    found: dict[str, list[set[str]]] = {}
    for file in (file for folder in USERS for file in (PACKAGE.parent / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="render"), args=[ast.Constant(value=str(name))], keywords=given
                ):
                    found.setdefault(name, []).append({keyword.arg or "**" for keyword in given})
    return found


@pytest.mark.parametrize("name", prompts.names())
def test_every_prompt_is_used_with_exactly_its_values(name: str) -> None:
    places = set(Template((PACKAGE / f"{name}.md").read_text(encoding="utf-8")).get_identifiers())
    uses = renderings().get(name, [])
    assert uses, f"nobody renders {name}"
    assert all(use == places for use in uses)
    assert prompts.render(name, **dict.fromkeys(places, "v"))


def test_every_prompt_that_is_rendered_is_there() -> None:
    assert set(renderings()) == set(prompts.names())


def test_values_are_put_in_as_they_are() -> None:
    assert prompts.render("file", name="$content", content="costs $5 and ${x}") == (
        '<file name="$content">\ncosts $5 and ${x}\n</file>'
    )


def test_a_wrong_name_or_value_is_a_mistake_in_the_program() -> None:
    with pytest.raises(FileNotFoundError):
        prompts.render("nope")
    with pytest.raises(KeyError):
        prompts.render("file", name="a")
    with pytest.raises(TypeError, match="colour"):
        prompts.render("file", name="a", content="b", colour="c")
