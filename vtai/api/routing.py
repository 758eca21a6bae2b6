"""Where messages go, and what was learned from being corrected."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, RootModel, Tag
from starlette.responses import Response

from vtai.api.answers import as_json
from vtai.api.endpoints import Answer, Call, Endpoint, Media
from vtai.api.openapi import Refusal
from vtai.api.reading import WHOLE_TEXT, Body, Result, Text
from vtai.chat import ROUTING
from vtai.core.errors import NotConfigured, UnknownName, VTError
from vtai.routing import lines

if TYPE_CHECKING:
    from vtai.core.ports import Correction, Learning
    from vtai.core.routes import Decision
    from vtai.wiring import App

MOST_MESSAGES = 1_000
# As many as one call of the classifier takes, and some that queue for the next.
_AT_ONCE = 64
_ID = re.compile(r"[0-9a-f]{6,32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_JSON_LINES = {"type": "string", "description": "One correction a line, as JSON."}


class Question(Body):
    """A message to be decided. Nothing is answered or learned."""

    text: Text
    attachments: tuple[Annotated[str, Field(min_length=1), WHOLE_TEXT], ...] = ()
    """Kinds such as "image" or "csv", or file names, of what comes with it."""
    has_image: bool = False
    """The same as an attachment "image"."""
    context: Text = ""
    """The message before."""
    prev_route: Text = ""
    """Where that one went."""


def _form(given: object) -> str:
    return "messages" if isinstance(given, list | tuple) else "message"


_One = Annotated[Question, Tag("message")]
_Many = Annotated[tuple[Question, ...], Field(max_length=MOST_MESSAGES), Tag("messages")]


class Questions(RootModel[Annotated[_One | _Many, Discriminator(_form)]]):
    """One message, or a list of them that share what it costs to look at them."""


class Other(Result):
    route: str
    confidence: float


class Decided(Result):
    route: str
    confidence: float
    """How sure, 0..1."""
    reason: str
    router: str
    """Who decided."""
    alternatives: list[Other]
    ms: float
    asks: list[str] = Field(default_factory=list)
    """Where it is not sure enough for a costly route: the routes that come into question."""


class Decisions(RootModel[Decided | list[Decided | Refusal]]):
    """A decision, or one for each message of a list; an error stands in the place of its message."""


class CorrectionShown(Result):
    id: str
    text: str
    context: str
    previous_route: str
    wrong: str
    right: str
    at: float
    is_shared: bool
    """It counts for everybody."""
    files: str


class Corrections(Result):
    corrections: list[CorrectionShown]


class Undone(Result):
    undone: str


class Promoted(Result):
    promoted: str


class Routing:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        off = {501: "The chosen routers do not learn."}
        exported = Media({"application/x-ndjson": _JSON_LINES})
        return (
            Endpoint(
                "POST",
                "/route",
                "chat",
                "Decides where a message goes, or each of a list.",
                self.route,
                Decisions,
                body=Questions,
                says={503: "The routing is still loading, or it failed to."},
            ),
            Endpoint(
                "GET", "/corrections", "read", "What was corrected.", self.corrections, Corrections, says=off
            ),
            Endpoint(
                "GET",
                "/corrections/export",
                "read",
                "The same as a file of JSON lines.",
                self.export_corrections,
                exported,
                says=off,
            ),
            Endpoint(
                "DELETE",
                "/corrections/{id}",
                "write",
                "Takes a correction back.",
                self.undo_correction,
                Undone,
                says=off,
            ),
            Endpoint(
                "POST",
                "/corrections/{id}/promote",
                "admin",
                "Makes a correction count for everybody.",
                self.promote_correction,
                Promoted,
                says=off,
            ),
        )

    async def route(self, call: Call[Questions, None]) -> Answer:
        await self._app.readiness.wait(ROUTING)
        asked = call.body.root
        if isinstance(asked, Question):
            return Decisions(await self._decided(asked, call.person))
        gate = asyncio.Semaphore(_AT_ONCE)

        async def decided(one: Question) -> Decided | Refusal:
            async with gate:
                try:
                    return await self._decided(one, call.person)
                except VTError as error:
                    return Refusal(message=error.message, hint=error.hint)

        return Decisions(list(await asyncio.gather(*map(decided, asked))))

    async def corrections(self, call: Call[None, None]) -> Answer:
        found = await self._learning.corrections(call.person)
        return Corrections(corrections=[_shown(one) for one in found])

    async def export_corrections(self, call: Call[None, None]) -> Answer:
        found = await self._learning.corrections(call.person)
        content = "".join(f"{as_json(_shown(one))}\n" for one in found)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="corrections.jsonl"',
        }
        return Response(content, 200, headers, "application/x-ndjson")

    async def undo_correction(self, call: Call[None, None]) -> Answer:
        correction_id = _id_of(call.part())
        if not await self._learning.undo(call.person, correction_id):
            raise _unknown(correction_id)
        return Undone(undone=correction_id)

    async def promote_correction(self, call: Call[None, None]) -> Answer:
        correction_id = _id_of(call.part())
        if not await self._learning.promote(correction_id):
            raise _unknown(correction_id)
        return Promoted(promoted=correction_id)

    @property
    def _learning(self) -> Learning:
        if self._app.learning is None:
            raise NotConfigured(
                "The chosen routers do not learn.", 'Set routers = "rules+semantic" in config.toml.'
            )
        return self._app.learning

    async def _decided(self, one: Question, person: str) -> Decided:
        turn = lines.turn_of(one.model_dump_json(), self._app.preferences)
        return decided_of(await self._app.chat.decide(replace(turn, person=person, door="api")))


def decided_of(decision: Decision) -> Decided:
    """The decision as it is answered."""
    others = [Other(route=each.route, confidence=round(each.confidence, 4)) for each in decision.alternatives]
    return Decided(
        route=decision.route,
        confidence=round(decision.confidence, 4),
        reason=decision.reason,
        router=decision.router,
        alternatives=others,
        ms=round(decision.elapsed_ms, 3),
        asks=list(decision.options),
    )


def _shown(one: Correction) -> CorrectionShown:
    """Without the person: it is the one who asks, or nobody's business."""
    return CorrectionShown(**{name: value for name, value in asdict(one).items() if name != "person"})


def _id_of(given: str) -> str:
    """The id in the address. Raises UnknownName for what cannot be one."""
    if not _ID.fullmatch(given):
        raise _unknown(given[:40])
    return given.lower()


def _unknown(correction_id: str) -> UnknownName:
    return UnknownName(f"There is no correction {correction_id!r}.", "GET /api/v1/corrections lists them.")
