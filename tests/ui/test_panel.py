"""The settings panel and the preferences it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import ValidationError

from tests import fakes
from tests.ui.helper import TOOLS
from vtai.core.turn import AssistantOptions, ImageOptions, Preferences, SearchOptions, SpeechOptions
from vtai.providers.searching.regions import region_of
from vtai.settings import Settings
from vtai.ui import composer, panel, search_tab
from vtai.wiring import preferences_from

HOSTING = fakes.model("large", hosted=frozenset({"code_interpreter"}))
CATALOGUE = fakes.FakeCatalogue(models=(HOSTING, fakes.model("small")))
FULL = Preferences(
    models=MappingProxyType({"chat": "small"}),
    temperature=0.0,
    top_p=0.5,
    max_tokens=100,
    effort="low",
    trims_history=False,
    routes_by_itself=False,
    asks_when_unsure=False,
    image=ImageOptions("1024x1024", "high", "opaque", "webp", 80, "low", 3),
    speech=SpeechOptions(is_automatic=True, voice="amy", speed=1.5, instructions="Calm."),
    spoken_language="de",
    search=SearchOptions(
        summarise=False,
        depth="high",
        include_links=False,
        max_results=9,
        time_range="week",
        region="ch",
        safe_search="strict",
        model="small",
        budget_s=45.5,
        budget_usd=0.25,
    ),
    assistant=AssistantOptions(
        max_steps=5,
        max_s=60.5,
        max_usd=0.25,
        tools=frozenset({"run_python"}),
        hosted=frozenset({"code_interpreter"}),
    ),
)


def inputs(preferences: Preferences) -> Iterator[dict[str, Any]]:
    for tab in panel.tabs(CATALOGUE, preferences, tools=TOOLS):
        yield from tab["inputs"]


@pytest.mark.parametrize(
    "preferences", [pytest.param(FULL, id="chosen"), pytest.param(Preferences(), id="fresh")]
)
def test_the_panel_shows_the_preferences_and_its_values_mean_the_same(preferences: Preferences) -> None:
    values = {each["id"]: each["initial"] for each in inputs(preferences)}
    assert panel.preferences_of(values, preferences) == preferences


def test_every_capability_lists_its_models_by_friendly_name() -> None:
    (chat,) = [each for each in inputs(FULL) if each["id"] == "model_chat"]
    assert [item["value"] for item in chat["items"]] == ["default", "large", "small"]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": "3"}, "temperature"),
        ({"top_p": "0"}, "top_p"),
        ({"image_count": 50}, "image_count"),
        ({"search_depth": "abyss"}, "search_depth"),
        ({"search_region": "Switzerland"}, "search_region"),
        ({"search_time_range": "decade"}, "search_time_range"),
        ({"search_budget_s": "5"}, "search_budget_s"),
        ({"search_budget_usd": "0"}, "search_budget_usd"),
        ({"speech_voice": ["amy"]}, "speech_voice"),
        ({"speech_instructions": "x" * 1_001}, "speech_instructions"),
        ({"spoken_language": "German"}, "spoken_language"),
        ({"microphone": "radio"}, "microphone"),
        ({"temperature": {}}, "temperature"),
        ({"assistant_steps": 0}, "assistant_steps"),
        ({"assistant_s": "forever"}, "assistant_s"),
        ({"assistant_usd": "-1"}, "assistant_usd"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(values: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        panel.preferences_of(values, Preferences())
    assert refused.value.errors()[0]["loc"][0] == wrong


def test_choosing_the_default_again_takes_a_model_back() -> None:
    assert "chat" not in panel.preferences_of({"model_chat": "default"}, FULL).models


@pytest.mark.parametrize("can_learn", [pytest.param(True, id="learning"), pytest.param(False, id="none")])
def test_the_routing_tab_offers_the_corrections_where_there_is_learning(can_learn: bool) -> None:
    (routing,) = [tab for tab in panel.tabs(CATALOGUE, FULL, can_learn=can_learn) if tab["id"] == "routing"]
    ids = [each["id"] for each in routing["inputs"]]
    assert ids == ["routes_by_itself", "never_ask", *(["show_corrections"] if can_learn else [])]


def test_the_wish_to_see_the_corrections_is_no_preference() -> None:
    values = {"show_corrections": True}
    assert panel.wants_corrections(values)
    assert panel.preferences_of(values, Preferences()) == Preferences()


def test_the_picker_says_that_a_small_local_model_answers_and_how_to_get_better_ones() -> None:
    local = fakes.FakeCatalogue(models=(fakes.model("small", is_embedded=True),))
    first = composer.pickers(local, ())[0]["options"][0]
    assert first["name"] == "Small local model"
    assert "Add a key" in first["description"]


def test_every_country_on_offer_is_one_that_can_be_searched_in() -> None:
    assert all(region_of(code) for code in search_tab.countries())
    assert list(search_tab.countries().values()) == sorted(search_tab.countries().values())


def test_a_country_of_the_settings_that_is_not_on_offer_stays_chosen() -> None:
    preferences = Preferences(search=SearchOptions(region="bt"))
    (region,) = [each for each in inputs(preferences) if each["id"] == "search_region"]
    assert region["initial"] == "bt"
    assert {"label": "BT", "value": "bt"} in region["items"]


def test_an_empty_budget_is_the_usual_one() -> None:
    values = {"search_budget_s": "", "search_budget_usd": ""}
    before = Preferences(search=SearchOptions(budget_s=45, budget_usd=3))
    assert panel.preferences_of(values, before).search == SearchOptions()


def test_research_stands_beside_search_among_the_tools() -> None:
    names = [command["id"] for command in composer.commands()]
    assert names.index("Research") == names.index("Search") + 1


def test_the_operators_settings_of_the_search_are_what_one_starts_with() -> None:
    settings = Settings(
        search_time_range="month",
        search_region="DE",
        search_safe="off",
        search_model="small",
        search_research_s=60,
        search_research_usd=0.1,
    )
    assert preferences_from(settings).search == SearchOptions(
        time_range="month", region="de", safe_search="off", model="small", budget_s=60, budget_usd=0.1
    )


def voice_tab(**about: bool) -> dict[str, dict[str, Any]]:
    (tab,) = [each for each in panel.tabs(CATALOGUE, FULL, **about) if each["id"] == "voice"]
    return {each["id"]: each for each in tab["inputs"]}


def test_the_voice_tab_offers_the_packaged_voice_beside_the_models_that_speak() -> None:
    values = [item["value"] for item in voice_tab()["model_speech"]["items"]]
    assert values == ["default", "large", "small", "embedded"]
    assert panel.preferences_of({"model_speech": "embedded"}, Preferences()).models["speech"] == "embedded"


def test_a_conversation_is_offered_where_there_is_one_to_be_had() -> None:
    assert "microphone" not in voice_tab()
    assert voice_tab(can_talk=True)["microphone"]["initial"] == "message"
    assert voice_tab(can_talk=True, is_hands_free=True)["microphone"]["initial"] == "conversation"


@pytest.mark.parametrize(
    ("values", "before", "is_hands_free"),
    [
        ({"microphone": "conversation"}, False, True),
        ({"microphone": "message"}, True, False),
        ({}, True, True),
        ({"microphone": ["conversation"]}, False, False),
    ],
    ids=["chosen", "taken back", "not asked", "nonsense"],
)
def test_what_the_microphone_does_is_as_chosen(
    values: dict[str, Any], before: bool, is_hands_free: bool
) -> None:
    assert panel.is_hands_free(values, before) == is_hands_free
