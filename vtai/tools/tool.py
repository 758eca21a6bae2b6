"""`@tool`: a typed async function becomes something that the assistant may call.

The first paragraph of the docstring is what the model reads about it, the signature gives the JSON schema,
and `Annotated[..., Field(description=...)]` explains an argument. A parameter of type ToolContext gets the
turn and the ports, one of the tool's own settings class gets its settings; the model sees neither.

A function that returns text is done with it. An async generator yields pieces of text as progress, files and
tables as they are ready, and a ToolResult at the end.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, get_type_hints, overload

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from vtai.core.errors import BadArguments, SettingsError
from vtai.core.ports import ToolContext, ToolEvent, ToolResult, ToolSpec

Function = Callable[..., Any]


class FunctionTool:
    """A function with its schema; fits the Tool port."""

    def __init__(
        self,
        function: Function,
        *,
        needs_approval: bool = False,
        code: str | None = None,
        settings: type[BaseModel] | None = None,
        values: BaseModel | None = None,
    ) -> None:
        name = getattr(function, "__name__", "")
        description = inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        if not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)):
            raise TypeError(f"The tool {name!r} must be an async function.")
        if not description:
            raise TypeError(f"The tool {name!r} needs a docstring: it is what the model reads.")
        self._function = function
        self._is_stream = inspect.isasyncgenfunction(function)
        self._code = code
        self._settings = settings
        self._values = values
        self._context, self._setting, fields = _parameters(function, name, settings)
        self._arguments: type[BaseModel] = create_model(
            f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **fields
        )
        self.needs_approval = needs_approval
        self.spec = ToolSpec(name, description, _without_titles(self._arguments.model_json_schema()))

    @property
    def package(self) -> str:
        """The package that the function is from, as it is imported."""
        return self._function.__module__.partition(".")[0]

    def configured(
        self, values: Mapping[str, Any] | None = None, *, needs_approval: bool | None = None
    ) -> FunctionTool:
        """The tool with its own settings. Raises SettingsError naming what is wrong with them."""
        return FunctionTool(
            self._function,
            needs_approval=self.needs_approval if needs_approval is None else needs_approval,
            code=self._code,
            settings=self._settings,
            values=self._values if values is None else self._checked(values),
        )

    def shown(self, arguments: str) -> tuple[str, str]:
        """The code where that is all, else the arguments as readable JSON: nothing stays unseen."""
        try:
            given = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            return arguments, ""
        match given:
            case {**named} if named.keys() == {self._code} and isinstance(code := named[self._code], str):
                return _writable(code), "python"
        return (_writable(json.dumps(given, indent=2, ensure_ascii=False)), "json") if given else ("", "")

    async def run(self, arguments: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
        """The function's events. Raises BadArguments naming each argument that is wrong, and why."""
        call: Any = self._function(**self._given(arguments, context))
        if not self._is_stream:
            yield ToolResult(str(await call))
            return
        async with aclosing(call) as events:
            async for event in events:
                yield event

    def _given(self, arguments: str, context: ToolContext) -> dict[str, Any]:
        try:
            given = self._arguments.model_validate_json(arguments.strip() or "{}")
        except ValidationError as error:
            raise BadArguments(
                f"The arguments of {self.spec.name} are wrong: {_reasons(error)}.",
                "Call it again with arguments that fit its schema.",
            ) from error
        values: dict[str, Any] = {name: getattr(given, name) for name in type(given).model_fields}
        if self._context:
            values[self._context] = context
        if self._setting and self._settings:
            values[self._setting] = self._values or self._checked({})
        return values

    def _checked(self, values: Mapping[str, Any]) -> BaseModel:
        name = self.spec.name
        if self._settings is None:
            raise SettingsError(f"The tool {name!r} has no settings.", f"Remove the table [tool.{name}].")
        try:
            return self._settings.model_validate(dict(values))
        except ValidationError as error:
            known = ", ".join(self._settings.model_fields)
            raise SettingsError(
                f"The settings of the tool {name!r} are wrong: {_reasons(error)}.", f"It has: {known}."
            ) from error


@overload
def tool(function: Function, /) -> FunctionTool: ...


@overload
def tool(
    *, needs_approval: bool = False, code: str | None = None, settings: type[BaseModel] | None = None
) -> Callable[[Function], FunctionTool]: ...


def tool(
    function: Function | None = None,
    /,
    *,
    needs_approval: bool = False,
    code: str | None = None,
    settings: type[BaseModel] | None = None,
) -> FunctionTool | Callable[[Function], FunctionTool]:
    """Makes a Tool of an async function. Raises TypeError for one that does not fit.

    `needs_approval`: the person is asked before each call. `code` names the argument that is Python code.
    `settings` is the class of the tool's own settings, read from the table [tool.NAME] of tools.toml.
    """

    def made(function: Function) -> FunctionTool:
        return FunctionTool(function, needs_approval=needs_approval, code=code, settings=settings)

    return made if function is None else made(function)


def _parameters(
    function: Function, name: str, settings: type[BaseModel] | None
) -> tuple[str | None, str | None, dict[str, Any]]:
    """Which parameter takes the context, which the settings, and the fields of the arguments."""
    hints = get_type_hints(function, include_extras=True)
    context: str | None = None
    setting: str | None = None
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints:
            raise TypeError(f"The argument {parameter.name!r} of the tool {name!r} has no type.")
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            raise TypeError(f"The tool {name!r} may not take * or ** arguments.")
        hint = hints[parameter.name]
        if hint is ToolContext:
            context = parameter.name
        elif settings is not None and hint is settings:
            setting = parameter.name
        else:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[parameter.name] = (hint, default)
    return context, setting, fields


def _writable(text: str) -> str:
    """The text without halves of characters, which JSON can hold and no file or page can."""
    return text.encode("utf-8", "replace").decode("utf-8")


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
