"""Arguments are checked by the server's schema, as far as that is safe."""

from __future__ import annotations

from typing import Any

import pytest

from vtai.core.errors import BadArguments
from vtai.providers.mcp import checking

PATH = {"type": "string", "description": "Where"}


def schema(properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties or {}, **more}


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        pytest.param(schema({"path": PATH}, required=["path"]), '{"path": "a"}', id="fits"),
        pytest.param(schema(), "", id="nothing at all"),
        pytest.param(
            schema({"pattern": PATH}, required=["pattern"]), '{"pattern": "("}', id="named like a keyword"
        ),
        pytest.param(
            schema({"x": {"type": "string", "pattern": "^(a+)+$"}}),
            '{"x": "' + "a" * 60 + '!"}',
            id="pattern",
        ),
        pytest.param(
            schema(patternProperties={"^(a+)+$": {}}, additionalProperties=False),
            '{"aa": 1}',
            id="pattern of names",
        ),
        pytest.param(
            schema({"x": {"$ref": "https://127.0.0.1:9/schema.json"}}), '{"x": 1}', id="address outside"
        ),
        pytest.param(schema({"x": {"$ref": "#/properties/x"}}), '{"x": 1}', id="round in circles"),
        pytest.param(
            schema({"x": {"enum": ["a", {"pattern": "b"}]}}),
            '{"x": {"pattern": "b"}}',
            id="data kept as it is",
        ),
    ],
)
def test_arguments_that_may_fit_are_let_through(given: dict[str, Any], arguments: str) -> None:
    assert isinstance(checking.parsed(arguments, given, "files__read"), dict)


@pytest.mark.parametrize(
    ("given", "arguments", "reason"),
    [
        pytest.param(
            schema({"path": PATH}, required=["path"]), "{}", "'path' is a required property", id="missing"
        ),
        pytest.param(
            schema({"n": {"type": "integer"}}), '{"n": "1"}', "n: '1' is not of type 'integer'", id="type"
        ),
        pytest.param(schema(additionalProperties=False), '{"n": 1}', "Additional properties", id="unknown"),
        pytest.param(schema({"n": {"enum": [1, 2]}}), '{"n": 3}', "n: 3 is not one of", id="choice"),
        pytest.param(
            schema(
                {"a": {"type": "array", "items": {"$ref": "#/$defs/n"}}}, **{"$defs": {"n": {"minimum": 3}}}
            ),
            '{"a": [4, 2]}',
            "a.1: 2 is less than",
            id="deep inside",
        ),
        pytest.param(schema(), "[1]", "not a JSON object", id="a list"),
        pytest.param(schema(), "{", "not JSON", id="no JSON"),
        pytest.param(schema(), "[" * 100_000, "not JSON", id="nested too deeply"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_with_the_reason(
    given: dict[str, Any], arguments: str, reason: str
) -> None:
    with pytest.raises(BadArguments) as refused:
        checking.parsed(arguments, given, "files__read")
    assert refused.value.message.startswith("The arguments of files__read are wrong: ")
    assert reason in refused.value.message


def test_many_reasons_are_cut_to_the_first_ones() -> None:
    given = schema({f"n{n}": {"type": "integer"} for n in range(50)})
    with pytest.raises(BadArguments) as refused:
        checking.parsed("{" + ", ".join(f'"n{n}": "{"x" * 999}"' for n in range(50)) + "}", given, "t")
    assert len(refused.value.message) < 2_000
