"""The settings of the assistant."""

from __future__ import annotations

from typing import Any

import pytest

from tests import fakes
from tests.ui.helper import TOOLS, Named
from vtai.core.turn import AssistantOptions, Preferences
from vtai.ui import panel

PLAIN = fakes.FakeCatalogue(models=(fakes.model("large"),))


def inputs(preferences: Preferences, catalogue: fakes.FakeCatalogue = PLAIN) -> dict[str, dict[str, Any]]:
    (tab,) = [tab for tab in panel.tabs(catalogue, preferences, tools=TOOLS) if tab["id"] == "assistant"]
    return {each["id"]: each for each in tab["inputs"]}


def preferences(tools: frozenset[str] | None) -> Preferences:
    return Preferences(assistant=AssistantOptions(tools=tools))


def test_each_tool_has_a_switch_with_a_word_on_what_it_does_and_whether_it_asks() -> None:
    shown = inputs(Preferences())
    assert shown["tool_run_python"]["label"] == "Run python"
    assert shown["tool_run_python"]["description"] == "Runs Python code in a sandbox."
    assert shown["tool_send_mail"]["description"] == "Sends a mail. Asks you first."
    assert all(shown[f"tool_{tool.name}"]["initial"] for tool in TOOLS)


def test_a_long_description_is_shortened() -> None:
    (tab,) = [
        tab
        for tab in panel.tabs(PLAIN, Preferences(), tools=[Named("long", "word " * 200)])
        if tab["id"] == "assistant"
    ]
    (switch,) = [each for each in tab["inputs"] if each["id"] == "tool_long"]
    assert len(switch["description"]) < 150


@pytest.mark.parametrize(
    ("switches", "before", "tools"),
    [
        pytest.param({"a": True, "b": True}, None, None, id="all on"),
        pytest.param({"a": True, "b": True}, {"a"}, None, id="all on again"),
        pytest.param({"a": True, "b": False}, None, {"a"}, id="one off"),
        pytest.param({"a": False, "b": False}, None, set(), id="all off"),
        pytest.param({"a": True, "b": False}, {"a", "down"}, {"a", "down"}, id="one is not there just now"),
        pytest.param({}, {"a"}, {"a"}, id="none is there just now"),
        pytest.param({"a": "yes"}, {"b"}, {"b"}, id="no switch"),
    ],
)
def test_the_switches_say_which_tools_are_on(
    switches: dict[str, Any], before: set[str] | None, tools: set[str] | None
) -> None:
    values = {f"tool_{name}": value for name, value in switches.items()}
    found = panel.preferences_of(values, preferences(None if before is None else frozenset(before)))
    assert found.assistant.tools == tools


def test_the_tools_of_a_vendor_are_offered_where_a_model_has_them() -> None:
    hosting = fakes.model("hosting", hosted=frozenset({"file_search"}))
    catalogue = fakes.FakeCatalogue(models=(fakes.model("large"), hosting))
    offered = [key for key in inputs(Preferences(), catalogue) if key.startswith("hosted_")]
    assert offered == ["hosted_file_search"]
    assert not any(key.startswith("hosted_") for key in inputs(Preferences()))


def test_a_tool_of_a_vendor_is_off_until_it_is_switched_on() -> None:
    on = panel.preferences_of({"hosted_file_search": True}, Preferences())
    assert on.assistant.hosted == {"file_search"}
    assert panel.preferences_of({}, on).assistant.hosted == {"file_search"}
    assert panel.preferences_of({"hosted_file_search": False}, on).assistant.hosted == frozenset()


def test_the_wish_to_see_the_notes_is_no_preference() -> None:
    values = {"show_notes": True}
    assert panel.wants_notes(values)
    assert panel.preferences_of(values, Preferences()) == Preferences()


def test_empty_limits_are_the_usual_ones() -> None:
    before = Preferences(assistant=AssistantOptions(max_s=20, max_usd=3))
    values = {"assistant_s": "", "assistant_usd": ""}
    assert panel.preferences_of(values, before).assistant == AssistantOptions()
