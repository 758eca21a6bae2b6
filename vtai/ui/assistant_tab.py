"""The settings panel's tab for the assistant: how far it may go, and which tools it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from vtai.core.ports import Catalogue, Tool
from vtai.core.turn import AssistantOptions, HostedTool
from vtai.ui import inputs
from vtai.ui.inputs import Absent

_SHOW_NOTES = "show_notes"
_TOOL, _HOSTED = "tool_", "hosted_"
_MOST_CHARACTERS_OF_A_NAME = 100
_MOST_CHARACTERS_OF_A_HINT = 140
_HOSTED_TOOLS: Mapping[HostedTool, tuple[str, str]] = {
    "code_interpreter": ("Code at the vendor", "Runs code on the vendor's machines, which get your files."),
    "file_search": ("File search at the vendor", "Searches files that you keep with the vendor."),
}


class AssistantValues(BaseModel):
    """The tab's values as the browser sends them. What is missing keeps its default."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    assistant_steps: int = Field(default=AssistantOptions().max_steps, ge=1, le=50)
    assistant_s: Annotated[Annotated[float, Field(ge=10, le=3600)] | None, Absent] = None
    assistant_usd: Annotated[Annotated[float, Field(gt=0, le=100)] | None, Absent] = None


def options_of(
    parsed: AssistantValues, values: Mapping[str, Any], before: AssistantOptions
) -> AssistantOptions:
    """The options that the tab's values mean. `values` are all of them: tools are switches of their own."""
    standard = AssistantOptions()
    return replace(
        before,
        max_steps=parsed.assistant_steps,
        max_s=standard.max_s if parsed.assistant_s is None else parsed.assistant_s,
        max_usd=standard.max_usd if parsed.assistant_usd is None else parsed.assistant_usd,
        tools=_tools(values, before),
        hosted=frozenset(
            tool for tool in _HOSTED_TOOLS if values.get(_HOSTED + tool, tool in before.hosted) is True
        ),
    )


def _tools(values: Mapping[str, Any], before: AssistantOptions) -> frozenset[str] | None:
    """Those that are switched on. While none is switched off, later ones are on as well."""
    switches = {
        key.removeprefix(_TOOL): value
        for key, value in values.items()
        if key.startswith(_TOOL) and isinstance(value, bool) and len(key) <= _MOST_CHARACTERS_OF_A_NAME
    }
    if not switches:
        return before.tools
    on = {name for name, is_on in switches.items() if is_on}
    if len(on) == len(switches):
        return None
    return frozenset(on | ((before.tools or frozenset()) - switches.keys()))


def wants_notes(values: Mapping[str, Any]) -> bool:
    """Whether the panel was confirmed with the wish to see the notes."""
    return values.get(_SHOW_NOTES) is True


def fields(catalogue: Catalogue, now: AssistantOptions, tools: Sequence[Tool]) -> Iterable[dict[str, Any]]:
    """The tab's inputs, showing the options as they are now."""
    yield inputs.slider("assistant_steps", "Most steps an answer", now.max_steps, 1, 50, 1)
    yield inputs.text("assistant_s", "Most seconds", f"{now.max_s:g}", "10 to 3600.", "300")
    yield inputs.text(
        "assistant_usd",
        "Most US dollars",
        f"{now.max_usd:g}",
        "Above 0, up to 100. Counts known prices.",
        "1",
    )
    for tool in tools:
        is_on = now.tools is None or tool.spec.name in now.tools
        yield inputs.switch(_TOOL + tool.spec.name, _label(tool.spec.name), is_on, _hint(tool))
    offered = {hosted for model in catalogue.available("tools") for hosted in model.hosted}
    for name, (label, hint) in _HOSTED_TOOLS.items():
        if name in offered:
            yield inputs.switch(_HOSTED + name, label, name in now.hosted, hint)
    # The panel has inputs only; this one is never kept.
    yield inputs.switch(
        _SHOW_NOTES,
        "Show what VT.ai remembers",
        False,
        "Opens, once you confirm, the list of the notes that you had kept: delete them there.",
    )


def _label(name: str) -> str:
    """`run_python` as "Run python"."""
    words = name.replace("_", " ").strip()
    return (words[:1].upper() + words[1:])[:60] or name


def _hint(tool: Tool) -> str:
    """What it does, in a sentence, and that it asks, should it."""
    first = tool.spec.description.strip().partition(". ")[0].rstrip(".")
    if len(first) > _MOST_CHARACTERS_OF_A_HINT:
        first = first[: _MOST_CHARACTERS_OF_A_HINT - 1].rstrip() + "…"
    return f"{first}. Asks you first." if tool.needs_approval else f"{first}."
