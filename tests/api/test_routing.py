"""Decisions and corrections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.parts import Desk, FakeLearning, desk, is_told, make_app
from vtai.core.errors import NotReady, VTError
from vtai.core.routes import Decision
from vtai.core.turn import Turn


@pytest.fixture
def learning(api: Desk) -> FakeLearning:
    assert isinstance(api.app.learning, FakeLearning)
    return api.app.learning


async def test_a_message_gets_its_decision(api: Desk) -> None:
    message = {"text": "what is it?", "attachments": ["image"], "context": "hi", "prev_route": "text"}
    decision = await api.told("ann", "POST", "/route", json=message)
    assert decision.pop("ms") >= 0
    assert decision == {
        "route": "text",
        "confidence": 0.875,
        "reason": "It is plain text.",
        "alternatives": [{"route": "vision", "confidence": 0.1}],
        "router": "rules",
        "asks": [],
    }


async def test_what_comes_with_a_message_counts_for_its_decision(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[Turn] = []

    async def decide(turn: Turn) -> Decision:
        turns.append(turn)
        return Decision("text", 1.0, "“\ud800” goes on.", "rules")

    monkeypatch.setattr(api.app.chat, "decide", decide)
    message = {"text": "what is it?", "has_image": True, "context": "hi", "prev_route": "speech"}
    told = await api.told("ann", "POST", "/route", json=message)
    [turn] = turns
    assert (turn.attachments[0].kind, turn.history.last_user_text, turn.previous_route, turn.person) == (
        "image",
        "hi",
        "speech",
        "ann",
    )
    assert told["route"] == "text"


async def test_a_list_gets_a_list_with_failures_in_their_place(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def decide(turn: Turn) -> Decision:
        if turn.text == "bad":
            raise VTError("It cannot be decided.", "Try again.")
        return Decision(turn.text, 1.0, "", "rules")

    monkeypatch.setattr(api.app.chat, "decide", decide)
    messages = [{"text": name} for name in ("one", "bad", "two")]
    first, second, third = await api.told("ann", "POST", "/route", json=messages)
    assert (first["route"], third["route"]) == ("one", "two")
    assert second == {"message": "It cannot be decided.", "hint": "Try again."}


async def test_the_messages_of_a_list_are_looked_at_together(tmp_path: Path) -> None:
    from tests.fakes import FakeRouter

    running = most = 0

    class Router(FakeRouter):
        async def choose(self, turn: Turn) -> Decision | None:
            import asyncio

            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return None

    app = make_app(tmp_path)
    app.chat._chat._routers = (Router(),)  # type: ignore[attr-defined]
    async with desk(app) as api:
        await api.told("ann", "POST", "/route", json=[{"text": str(number)} for number in range(100)])
    assert 32 <= most <= 64


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param([{"text": "a"}, {"no": "text"}], "1.text", id="one of a list"),
        pytest.param({"text": "a", "context": 7}, "context", id="context is a number"),
        pytest.param([{"text": ""}] * 1_001, "1000", id="too many"),
    ],
)
async def test_a_bad_message_is_told_in_words(api: Desk, body: Any, words: str) -> None:
    response = await api.ask("ann", "POST", "/route", json=body)
    assert is_told(response, 422, words)


async def test_routing_that_failed_to_load_is_not_the_senders_fault(api: Desk) -> None:
    api.app.readiness.mark_failed("routing", NotReady("The index is broken.", "Install vtai again."))
    response = await api.ask("ann", "POST", "/route", json={"text": "a"})
    assert is_told(response, 503, "index is broken")
    assert response.headers["retry-after"]


async def test_corrections_are_ones_own_and_say_nothing_of_the_person(api: Desk) -> None:
    [shown] = (await api.told("ann", "GET", "/corrections"))["corrections"]
    assert (shown["id"], shown["text"], shown["right"]) == ("0123456789ab", "say it «again»", "speech")
    assert "person" not in shown
    assert (await api.told("bob", "GET", "/corrections"))["corrections"] == []


async def test_the_export_is_a_file_of_json_lines(api: Desk) -> None:
    response = await api.ask("ann", "GET", "/corrections/export")
    assert "corrections.jsonl" in response.headers["content-disposition"]
    [line] = response.text.splitlines()
    assert json.loads(line)["text"] == "say it «again»"


async def test_one_is_undone_once_and_by_its_owner(api: Desk, learning: FakeLearning) -> None:
    assert (await api.ask("bob", "DELETE", "/corrections/0123456789ab")).status_code == 404
    assert await api.told("ann", "DELETE", "/corrections/0123456789ab") == {"undone": "0123456789ab"}
    assert learning.kept == []
    assert is_told(await api.ask("ann", "DELETE", "/corrections/0123456789ab"), 404, "no correction")


async def test_one_is_promoted_by_an_admin(api: Desk, learning: FakeLearning) -> None:
    assert (await api.ask("ann", "POST", "/corrections/0123456789ab/promote")).status_code == 403
    await api.told("root", "POST", "/corrections/0123456789AB/promote")
    assert learning.promoted == ["0123456789ab"]


@pytest.mark.parametrize("given", ["x", "..", "0123456789zz", "0" * 33, "' OR 1=1", "0123-4567"])
async def test_what_cannot_be_an_id_never_reaches_the_store(
    api: Desk, learning: FakeLearning, given: str
) -> None:
    from urllib.parse import quote

    response = await api.ask("root", "POST", f"/corrections/{quote(given, safe='')}/promote")
    assert response.status_code in {404, 405}
    assert learning.promoted == []


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        pytest.param(VTError("The file is damaged.", "Move it away."), "Move it away", id="known"),
        pytest.param(RuntimeError("secret path"), "reference", id="unexpected"),
    ],
)
async def test_failures_are_told_without_their_insides(
    api: Desk, learning: FakeLearning, failure: Exception, words: str
) -> None:
    learning.fails = failure
    response = await api.ask("ann", "GET", "/corrections")
    assert is_told(response, 500, words)
    assert "secret" not in response.text


async def test_routers_that_do_not_learn_are_named_as_the_reason(api: Desk) -> None:
    api.app.learning = None
    assert is_told(await api.ask("ann", "GET", "/corrections"), 501, "do not learn")
    assert is_told(await api.ask("ann", "DELETE", "/corrections/0123456789ab"), 501, "do not learn")
