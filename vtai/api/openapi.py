"""The interface described for programs, as OpenAPI 3.1, made of the endpoints and their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import vtai
from vtai.api import shapes
from vtai.api.endpoints import Endpoint, Media
from vtai.api.reading import Body, Result

_PARTS: Mapping[str, Mapping[str, str]] = {
    "id": {"description": "An id."},
    "key": {"description": "A file's key."},
    "name": {"description": "A model's name or alias, or vendor/model."},
    "token": {"description": "The token of a shared link."},
}
_REFUSALS: Mapping[int, str] = {
    400: "What was sent cannot be read.",
    401: "Nobody knows who asks.",
    403: "Who asks may not.",
    404: "There is no such thing, or it is somebody else's.",
    413: "What was sent is too large.",
    415: "What was sent is of a kind that is not taken.",
    422: "What was sent is not what is asked for.",
}
_PLACE = "#/components/schemas/{model}"
_Shape = tuple[type[BaseModel], JsonSchemaMode]


class Refusal(Result):
    """Every error has this form."""

    message: str
    """What happened."""
    hint: str
    """What to do next."""


def document(endpoints: Iterable[Endpoint[Any, Any]], also: Iterable[type[BaseModel]] = ()) -> dict[str, Any]:
    """The whole document. `also` are shapes that are described and stand in no answer as JSON."""
    every = tuple(endpoints)
    schemas, definitions = _schemas(every, also)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in every:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "VT.ai",
            "version": vtai.__version__,
            "description": "All that the page can do, for programs. Every error has the form "
            "{message, hint}; a thing of somebody else answers as one that does not exist.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key."}},
            "responses": {
                "Refusal": {
                    "description": "An error.",
                    "content": _json(schemas[Refusal, "serialization"]),
                }
            },
        },
    }


def _schemas(
    endpoints: tuple[Endpoint[Any, Any], ...], also: Iterable[type[BaseModel]]
) -> tuple[Mapping[_Shape, Any], dict[str, Any]]:
    wanted: dict[_Shape, None] = {(Refusal, "serialization"): None}
    for endpoint in endpoints:
        if endpoint.body is not None:
            wanted[endpoint.body, "validation"] = None
        if isinstance(endpoint.result, type):
            wanted[endpoint.result, "serialization"] = None
    wanted |= dict.fromkeys((model, _MODE) for model in also)
    schemas, definitions = models_json_schema(list(wanted), ref_template=_PLACE)
    found = definitions.get("$defs", {})
    shapes.describe(found, Body, Result)
    return cast("Mapping[_Shape, Any]", schemas), found


_MODE: Literal["serialization"] = "serialization"


def _operation(endpoint: Endpoint[Any, Any], schemas: Mapping[_Shape, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": f"Needs the scope `{endpoint.scope}`.",
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": _json(schemas[endpoint.body, "validation"]),
        }
    elif endpoint.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(endpoint.takes)}
    return operation


def _path_parameters(endpoint: Endpoint[Any, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
            **_PARTS.get(name, {}),
        }
        for name in re.findall(r"\{(\w+)", endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint[Any, Any]) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    described = endpoint.query.model_json_schema(mode="validation")
    sentences = shapes.sentences(endpoint.query)
    required = described.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": sentences.get(name, ""),
            "schema": _given(schema),
        }
        for name, schema in described["properties"].items()
    ]


def _given(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Without null: in an address a value is there or it is not."""
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    plain = {name: value for name, value in schema.items() if name not in {"anyOf", "title", "description"}}
    if plain.get("default", 0) is None:
        del plain["default"]
    return {**plain, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})}


def _responses(endpoint: Endpoint[Any, Any], schemas: Mapping[_Shape, Any]) -> dict[str, Any]:
    refusal = {"$ref": "#/components/responses/Refusal"}
    if endpoint.result is None:
        good: dict[str, Any] = {"description": "Done."}
        status = 204
    else:
        status = endpoint.status
        if isinstance(endpoint.result, Media):
            content = _content(endpoint.result)
        else:
            content = _json(schemas[endpoint.result, "serialization"])
        good = {"description": "What was asked for.", "content": content | _content(endpoint.also)}
    if endpoint.leads:
        good["links"] = {name: _link(name, parts) for name, parts in endpoint.leads.items()}
    answers = {str(status): good}
    for each in sorted(_expected(endpoint)):
        words = endpoint.says.get(each) or _REFUSALS.get(each, "An error.")
        answers[str(each)] = {
            "description": words,
            "content": _json(schemas[Refusal, "serialization"]),
        }
    return answers | {"default": refusal}


def _link(name: str, parts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "operationId": name,
        "parameters": {part: f"$response.body#{place}" for part, place in parts.items()},
    }


def _expected(endpoint: Endpoint[Any, Any]) -> set[int]:
    expected = {401, 403, 422, *endpoint.says}
    if "{" in endpoint.path:
        expected.add(404)
    if endpoint.body is not None or endpoint.takes is not None:
        expected |= {400, 413, 415}
    return expected


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _content(media: Media | None) -> dict[str, Any]:
    return {kind: {"schema": dict(schema)} for kind, schema in media.types.items()} if media else {}
