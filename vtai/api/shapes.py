"""What the shapes say of themselves in their source: read when the description is made, not before."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel


def describe(definitions: Mapping[str, dict[str, Any]], *bases: type[BaseModel]) -> None:
    """Puts the sentence under each field into its schema, for all shapes made of these."""
    for shape in (each for base in bases for each in _made_of(base)):
        properties = definitions.get(shape.__name__, {}).get("properties", {})
        for name, text in sentences(shape).items():
            if name in properties:
                properties[name].setdefault("description", text)


def sentences(shape: type[BaseModel]) -> dict[str, str]:
    """The sentences under the fields of a shape and of what it is made of, by name."""
    found: dict[str, str] = {}
    for each in reversed(shape.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= dict(_under_fields(each))
    return found


def _under_fields(shape: type[BaseModel]) -> Iterator[tuple[str, str]]:
    try:
        source = textwrap.dedent(inspect.getsource(shape))
    except (OSError, TypeError):
        return  # made at run time, with descriptions of its own
    [written] = ast.parse(source).body
    for field, below in pairwise(written.body if isinstance(written, ast.ClassDef) else ()):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
            case _:
                pass


def _made_of(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in base.__subclasses__():
        yield each
        yield from _made_of(each)
