"""`@tool`: a typed async function becomes something that the assistant may call.

The first paragraph of the docstring is what the model reads about it, the signature gives the JSON schema,
and `Annotated[..., Field(description=...)]` explains an argument.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from vtai.core.errors import BadArguments
from vtai.core.ports import ToolSpec

Function = Callable[..., Awaitable[str]]


class FunctionTool:
    """A function with its schema; fits the Tool port."""

    def __init__(self, function: Function) -> None:
        name = getattr(function, "__name__", "")
        description = inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"The tool {name!r} must be an async function.")
        if not description:
            raise TypeError(f"The tool {name!r} needs a docstring: it is what the model reads.")
        self._function = function
        self._arguments = _arguments_of(function, name)
        schema = _without_titles(self._arguments.model_json_schema())
        self._spec = ToolSpec(name, description, schema)

    @property
    def spec(self) -> ToolSpec:
        return self._spec

    async def run(self, arguments: str) -> str:
        """The function's answer. Raises BadArguments naming each argument that is wrong, and why."""
        try:
            given = self._arguments.model_validate_json(arguments.strip() or "{}")
        except ValidationError as error:
            raise BadArguments(
                f"The arguments of {self._spec.name} are wrong: {_reasons(error)}.",
                "Call it again with arguments that fit its schema.",
            ) from error
        return await self._function(**{name: getattr(given, name) for name in type(given).model_fields})


def tool(function: Function) -> FunctionTool:
    """Makes a Tool of an async function that returns text. Raises TypeError for one that does not fit."""
    return FunctionTool(function)


def _arguments_of(function: Function, name: str) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints:
            raise TypeError(f"The argument {parameter.name!r} of the tool {name!r} has no type.")
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            raise TypeError(f"The tool {name!r} may not take * or ** arguments.")
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    return create_model(f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **fields)


def _without_titles(schema: Any) -> Any:
    """Pydantic titles every field with its own name; models pay for those words."""
    match schema:
        case {"properties": dict() as properties, **rest}:
            kept = {name: _without_titles(value) for name, value in properties.items()}
            return {**_without_titles(rest), "properties": kept}
        case dict():
            return {
                key: _without_titles(value)
                for key, value in schema.items()
                if not (key == "title" and isinstance(value, str))
            }
        case list():
            return [_without_titles(item) for item in schema]
        case _:
            return schema


def _reasons(error: ValidationError) -> str:
    """Each fault with the place it is in, without what was given: it may be long or private."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'the JSON'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)
    )
