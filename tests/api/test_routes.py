"""The JSON interface: decisions, corrections, and errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests import fakes
from tests.cli.conftest import FakeHandler
from vtai import api
from vtai.chat import Chat
from vtai.core.errors import VTError
from vtai.core.ports import Correction
from vtai.core.routes import Alternative, Decision
from vtai.core.turn import Preferences, Turn
from vtai.settings import Loaded, Settings
from vtai.wiring import App

if TYPE_CHECKING:
    import httpx

DECISION = Decision("vision", 0.875, "An image came with it.", "rules", (Alternative("text", 0.1),))
KEPT = Correction("0123456789ab", "local", "say it «again»", "", "", "text", "speech", 1.0)

Ask = Callable[..., Awaitable["httpx.Response"]]


@dataclass
class FakeLearning:
    kept: list[Correction] = field(default_factory=lambda: [KEPT])
    fails: Exception | None = None
    promoted: list[str] = field(default_factory=list)

    async def learn(self, turn: Turn, decision: Decision, right: str) -> Correction:
        raise NotImplementedError

    async def corrections(self, person: str) -> list[Correction]:
        if self.fails:
            raise self.fails
        return [one for one in self.kept if one.person == person]

    async def undo(self, person: str, correction_id: str) -> bool:
        before = len(self.kept)
        self.kept = [one for one in self.kept if (one.person, one.id) != (person, correction_id)]
        return len(self.kept) < before

    async def promote(self, correction_id: str) -> bool:
        self.promoted.append(correction_id)
        return any(one.id == correction_id for one in self.kept)


@pytest.fixture
def learning() -> FakeLearning:
    return FakeLearning()


@pytest.fixture
def router() -> fakes.FakeRouter:
    return fakes.FakeRouter(DECISION)


@pytest.fixture
def app(learning: FakeLearning, router: fakes.FakeRouter, tmp_path: Path) -> App:
    services = fakes.services()
    chat = Chat([router], [FakeHandler("text"), FakeHandler("vision")], services)
    made = App(
        loaded=Loaded(Settings(), tmp_path, tmp_path, {}),
        keys=None,  # type: ignore[arg-type]
        catalogue=None,  # type: ignore[arg-type]
        services=services,
        chat=chat,  # type: ignore[arg-type]
        metrics=None,  # type: ignore[arg-type]
        preferences=Preferences(),
        learning=learning,
    )
    made.readiness.mark_ready("routing")
    return made


@pytest.fixture
async def ask(app: App) -> AsyncIterator[Ask]:
    import httpx

    mounted = Starlette(routes=[Mount("/api/v1", routes=api.routes(app))])
    transport = httpx.ASGITransport(mounted)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client:
        yield client.request


def is_told(response: httpx.Response, status: int, *words: str) -> bool:
    """Whether it is an error in words with this status that holds all of these."""
    body = response.json()
    told = f"{body['message']} {body['hint']}"
    return (
        response.status_code == status
        and body.keys() == {"message", "hint"}
        and all(w in told for w in words)
    )


async def test_a_message_gets_its_decision(ask: Ask, router: fakes.FakeRouter) -> None:
    message = {"text": "what is it?", "attachments": ["image"], "context": "hi", "prev_route": "text"}
    response = await ask("POST", "/route", json=message)
    decision = response.json()
    assert decision.pop("ms") >= 0
    assert decision == {
        "route": "vision",
        "confidence": 0.875,
        "reason": "An image came with it.",
        "alternatives": [{"route": "text", "confidence": 0.1}],
        "router": "rules",
    }
    [turn] = router.turns
    assert (turn.attachments[0].kind, turn.history.last_user_text, turn.previous_route) == (
        "image",
        "hi",
        "text",
    )


async def test_a_list_gets_a_list_with_errors_in_their_place(ask: Ask) -> None:
    response = await ask("POST", "/route", json=[{"text": "a"}, {"no": "text"}, 7, {"text": "b"}])
    first, second, third, fourth = response.json()
    assert (response.status_code, first["route"], fourth["route"]) == (200, "vision", "vision")
    assert second["message"] == "The message has no text."
    assert third["message"] == "The message is not a JSON object."


async def test_half_a_character_is_answered(ask: Ask, router: fakes.FakeRouter) -> None:
    router.decision = Decision("text", 0.5, "“\ud800” goes on.", "rules")
    response = await ask("POST", "/route", content=b'{"text": "\\ud800"}')
    assert response.json()["route"] == "text"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        pytest.param(b"{", 400, "not valid JSON", id="no JSON"),
        pytest.param(b"\xff\xfe\xff", 400, "not valid JSON", id="no text"),
        pytest.param(b"[" * 100_000, 400, "not valid JSON", id="nested deeply"),
        pytest.param(b"7", 400, "not a JSON object", id="a number"),
        pytest.param(b'{"text": 7}', 400, "no text", id="text is a number"),
        pytest.param(b'{"text": "a", "context": 7}', 400, "context", id="context is a number"),
        pytest.param(json.dumps([{}] * 1_001).encode(), 400, "at most 1000", id="too many"),
        pytest.param(b" " * 1_000_001, 413, "larger than 1000 kB", id="too large"),
    ],
)
async def test_a_bad_request_is_told_in_words(ask: Ask, content: bytes, status: int, words: str) -> None:
    assert is_told(await ask("POST", "/route", content=content), status, words)


async def test_a_body_of_unannounced_length_is_cut_off_too(ask: Ask) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 100_000

    assert is_told(await ask("POST", "/route", content=endless()), 413, "larger")


async def test_routing_that_failed_to_load_is_not_the_senders_fault(ask: Ask, app: App) -> None:
    from vtai.core.errors import NotReady

    app.readiness.mark_failed("routing", NotReady("The index is broken.", "Install vtai again."))
    assert is_told(await ask("POST", "/route", json={"text": "a"}), 503, "index is broken")


async def test_corrections_are_listed_without_the_person(ask: Ask) -> None:
    [shown] = (await ask("GET", "/corrections")).json()["corrections"]
    assert (shown["id"], shown["text"], shown["right"]) == ("0123456789ab", "say it «again»", "speech")
    assert "person" not in shown


async def test_the_export_is_a_file_of_json_lines(ask: Ask) -> None:
    response = await ask("GET", "/corrections/export")
    assert "corrections.jsonl" in response.headers["content-disposition"]
    [line] = response.text.splitlines()
    assert json.loads(line)["text"] == "say it «again»"


async def test_one_is_undone_once(ask: Ask, learning: FakeLearning) -> None:
    assert (await ask("DELETE", "/corrections/0123456789ab")).json() == {"undone": "0123456789ab"}
    assert learning.kept == []
    assert is_told(await ask("DELETE", "/corrections/0123456789ab"), 404, "no correction")


async def test_one_is_promoted(ask: Ask, learning: FakeLearning) -> None:
    response = await ask("POST", "/corrections/0123456789ab/promote")
    assert (response.status_code, learning.promoted) == (200, ["0123456789ab"])


@pytest.mark.parametrize("given", ["x", "..", "0123456789zz", "0" * 33, "' OR 1=1", "0123-4567"])
async def test_what_cannot_be_an_id_never_reaches_the_store(
    ask: Ask, learning: FakeLearning, given: str
) -> None:
    from urllib.parse import quote

    response = await ask("POST", f"/corrections/{quote(given, safe='')}/promote")
    assert response.status_code == 404
    assert learning.promoted == []


async def test_a_uuid_is_an_id(ask: Ask, learning: FakeLearning) -> None:
    await ask("POST", "/corrections/6F1F3C4E-7A54-4D3E-9D55-0A4A6F0C1A11/promote")
    assert learning.promoted == ["6f1f3c4e-7a54-4d3e-9d55-0a4a6f0c1a11"]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        pytest.param(VTError("The file is damaged.", "Move it away."), "Move it away", id="known"),
        pytest.param(RuntimeError("secret path"), "reference", id="unexpected"),
    ],
)
async def test_failures_are_told_without_their_insides(
    ask: Ask, learning: FakeLearning, failure: Exception, words: str
) -> None:
    learning.fails = failure
    response = await ask("GET", "/corrections")
    assert is_told(response, 500, words)
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/corrections"),
        ("GET", "/corrections/export"),
        ("DELETE", "/corrections/0123456789ab"),
        ("POST", "/corrections/0123456789ab/promote"),
    ],
)
async def test_routers_that_do_not_learn_are_named_as_the_reason(
    ask: Ask, app: App, method: str, path: str
) -> None:
    app.learning = None
    assert is_told(await ask(method, path), 501, "do not learn")


async def test_answers_are_not_stored_on_the_way(ask: Ask) -> None:
    responses: list[Any] = [await ask("GET", "/corrections"), await ask("POST", "/route", json={"text": "a"})]
    assert all(response.headers["cache-control"] == "no-store" for response in responses)
