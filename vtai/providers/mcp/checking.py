"""Looks at a call's arguments before they leave, by the schema that the server gave.

The schema is the server's word, so checking is bounded: patterns and whatever may take more than a moment are
left to the server, and a schema that leads round in circles checks nothing. References lead nowhere outside.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final

from vtai.core.errors import BadArguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.protocols import Validator  # type: ignore[import-untyped]  # publishes no types

logger = logging.getLogger(__name__)

_MAX_STEPS: Final = 50_000
_MAX_REASONS: Final = 5
_MAX_REASON: Final = 200
# Their values are schemas by name, so a name may look like a keyword.
_NAMED: Final = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
# Their values are data.
_DATA: Final = frozenset({"const", "enum", "default", "examples", "required"})
_LEFT_TO_THE_SERVER: Final = frozenset(
    {"pattern", "patternProperties", "uniqueItems", "unevaluatedProperties", "unevaluatedItems", "format"}
)


class _TooLong(Exception):
    """Checking takes more steps than it may."""


def fault(schema: Mapping[str, Any]) -> str | None:
    """What is wrong with a schema; None where it can be used. Blocking."""
    from jsonschema import SchemaError  # type: ignore[import-untyped]  # publishes no types
    from jsonschema.validators import (  # type: ignore[import-untyped]  # publishes no types
        Draft202012Validator,
        validator_for,
    )

    if schema.get("type") != "object":
        return "its schema is not that of an object"
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        return f"its schema is wrong: {_cut(error.message)}"
    except RecursionError:
        return "its schema is nested too deeply"
    return None


def parsed(arguments: str, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The arguments as they are sent. Blocking. Raises BadArguments naming what is wrong."""
    try:
        given = json.loads(arguments.strip() or "{}")
    except (ValueError, RecursionError) as error:
        raise _bad(name, ["they are not JSON"]) from error
    if not isinstance(given, dict):
        raise _bad(name, ["they are not a JSON object"])
    if reasons := _reasons(given, schema):
        raise _bad(name, reasons)
    return given


def _reasons(given: dict[str, Any], schema: Mapping[str, Any]) -> list[str]:
    from referencing.exceptions import Unresolvable

    found: list[str] = []
    try:
        for error in _validator(schema).iter_errors(given):
            place = ".".join(str(part) for part in error.absolute_path)
            found.append(f"{place}: {_cut(error.message)}" if place else _cut(error.message))
            if len(found) == _MAX_REASONS:
                break
    except (_TooLong, RecursionError, Unresolvable) as error:
        logger.debug("arguments of an MCP tool could not be checked here: %s", type(error).__name__)
    return found


def _validator(schema: Mapping[str, Any]) -> Validator:
    """One that counts its steps, knows no addresses and no patterns."""
    from jsonschema.validators import Draft202012Validator, extend, validator_for
    from referencing import Registry

    rest = _MAX_STEPS

    def counted(check: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
        def checked(*given: Any) -> Iterator[Any]:
            nonlocal rest
            rest -= 1
            if rest < 0:
                raise _TooLong
            yield from check(*given) or ()

        return checked

    base = validator_for(schema, default=Draft202012Validator)
    counting = extend(base, {name: counted(check) for name, check in base.VALIDATORS.items()})
    registry: Registry[Any] = Registry()
    validator: Validator = counting(_quick(schema), registry=registry)
    return validator


def _quick(schema: Any) -> Any:
    """The schema without what is left to the server, and without what would be wrong without it."""
    if isinstance(schema, list):
        return [_quick(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    left = _LEFT_TO_THE_SERVER | ({"additionalProperties"} if "patternProperties" in schema else set())
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMED and isinstance(value, dict):
            kept[key] = {name: _quick(each) for name, each in value.items()}
        elif key in _DATA:
            kept[key] = value
        elif key not in left:
            kept[key] = _quick(value)
    return kept


def _bad(name: str, reasons: list[str]) -> BadArguments:
    return BadArguments(
        f"The arguments of {name} are wrong: {'; '.join(reasons)}.",
        "Call it again with arguments that fit its schema.",
    )


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_REASON else f"{text[:_MAX_REASON]}…"
