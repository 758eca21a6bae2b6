"""Questions, corrections and their undoing, from the page's socket to the next message."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest

from tests.ui.browser import Tab
from tests.ui.program import Program

pytestmark = pytest.mark.slow


async def press(page: Program, tab: Tab, name: str, **payload: Any) -> Any:
    """Presses a button of ours; gives what the server answered."""

    def post() -> Any:
        body = {"sessionId": tab.session, "action": {"name": name, "payload": payload}}
        request = urllib.request.Request(
            page.url + "/project/action", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)["response"]

    return await asyncio.to_thread(post)


async def rerouted(page: Program, tab: Tab, text: str, route: str) -> dict[str, Any]:
    """Sends a message and then the same one to `route`; gives the second footer's properties."""
    ended = len(tab.ended)
    key = await tab.say(text)
    await tab.until(lambda: len(tab.ended) == ended + 1)
    await press(page, tab, "vtai_reroute", turn=key, route=route)
    await tab.until(lambda: len(tab.ended) == ended + 2)
    return footer(tab)


def footer(tab: Tab) -> dict[str, Any]:
    props: dict[str, Any] = tab.screen.footer["props"]
    return props


def listed(tab: Tab) -> list[str]:
    """The texts of the list as it was last shown."""
    (element,) = tab.screen.named("set_sidebar_elements")[-1]["elements"]
    return [each["text"] for each in element["props"]["corrections"]]


async def test_an_unsure_message_is_asked_about_and_nothing_runs_before_a_choice(page: Program) -> None:
    before = len(page.requests)
    async with Tab(page.url) as tab:
        question = await tab.ask("unsure: a fox in the rain")
        assert len(page.requests) == before
        assert [choice["name"] for choice in footer(tab)["choices"]] == ["image-generation", "text"]
        assert footer(tab)["route"]["certainty"] == "unsure"
        await press(page, tab, "vtai_reroute", turn=footer(tab)["turn"], route="text")
        await tab.until(lambda: len(tab.ended) == 2)
        assert question in tab.answers
        assert footer(tab)["route"]["name"] == "text"
        note = footer(tab)["note"]
        await press(page, tab, "vtai_undo", correction=note["id"])
    assert [text for role, text in page.requests[-1]["messages"] if role == "user"] == [
        "unsure: a fox in the rain"
    ]


async def test_choosing_what_was_thought_likeliest_is_no_correction(page: Program) -> None:
    async with Tab(page.url) as tab:
        props = await rerouted(page, tab, "unsure: a hare", "image-generation")
        assert props["note"] is None
        assert "unsure: a hare" not in await press(page, tab, "vtai_export")


async def test_typing_on_instead_of_choosing_is_answered_without_the_question(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("unsure: an owl")
        await tab.ask("never mind, hello")
    assert [text for role, text in page.requests[-1]["messages"] if role == "user"] == ["never mind, hello"]


async def test_with_never_ask_an_unsure_message_is_answered_at_once(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.emit("chat_settings_change", {"never_ask": True})
        await tab.ask("unsure: a stoat")
    assert footer(tab)["choices"] == []
    assert footer(tab)["route"]["name"] == "text"


async def test_a_correction_is_noted_and_the_same_message_goes_there_at_once(page: Program) -> None:
    async with Tab(page.url) as tab:
        props = await rerouted(page, tab, "guess: badger", "speech")
        assert props["note"]["label"] == "Speech"
        await tab.ask("guess: badger")
        assert footer(tab)["route"]["name"] == "speech"
        assert await press(page, tab, "vtai_undo", correction=props["note"]["id"]) is True
        await tab.ask("guess: badger")
    assert footer(tab)["route"]["name"] == "text"


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"modes": {"route": "web-search"}}, id="picker"),
        pytest.param({"command": "Search"}, id="command"),
    ],
)
async def test_a_route_that_the_person_had_chosen_teaches_nothing(
    page: Program, message: dict[str, Any]
) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("guess: chosen", **message)
        await press(page, tab, "vtai_reroute", turn=footer(tab)["turn"], route="speech")
        await tab.until(lambda: len(tab.ended) == 2)
        assert footer(tab)["note"] is None
        await press(page, tab, "vtai_again", turn=footer(tab)["turn"])
        await tab.until(lambda: len(tab.ended) == 3)
        assert footer(tab)["note"] is None


async def test_again_teaches_nothing(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("guess: again")
        await press(page, tab, "vtai_again", turn=footer(tab)["turn"])
        await tab.until(lambda: len(tab.ended) == 2)
        assert "guess: again" not in await press(page, tab, "vtai_export")


async def test_corrections_are_listed_undone_and_exported(page: Program) -> None:
    async with Tab(page.url) as tab:
        await rerouted(page, tab, "guess: lynx", "speech")
        await rerouted(page, tab, "guess: vole", "vision")
        await press(page, tab, "vtai_corrections")
        await tab.until(lambda: bool(tab.screen.named("set_sidebar_elements")))
        assert listed(tab)[:2] == ["guess: vole", "guess: lynx"]
        exported = (await press(page, tab, "vtai_export")).splitlines()
        keys = {each["text"]: each["id"] for each in map(json.loads, exported)}
        for text in ("guess: vole", "guess: lynx"):
            await press(page, tab, "vtai_undo", correction=keys[text], list=True)
        await tab.until(lambda: len(tab.screen.named("set_sidebar_elements")) == 3)
    assert not {"guess: vole", "guess: lynx"} & set(listed(tab))


async def test_the_settings_open_the_list_and_forget_the_wish(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.emit("chat_settings_change", {"show_corrections": True})
        await tab.until(lambda: bool(tab.screen.named("set_sidebar_elements")))
    (routing,) = [each for each in tab.screen.named("chat_settings")[-1] if each["id"] == "routing"]
    assert [each["initial"] for each in routing["inputs"] if each["id"] == "show_corrections"] == [False]


@pytest.mark.parametrize("key", [None, 7, "no such one"])
async def test_undoing_what_is_not_there_does_no_harm(page: Program, key: object) -> None:
    async with Tab(page.url) as tab:
        await press(page, tab, "vtai_undo", correction=key)
        assert await tab.ask("still there?")
