"""What can be asked: `/route` decides messages; `/corrections` is what was learned from being corrected."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from vtai.api.answers import BadRequestBody, answered, body_of, told
from vtai.chat import ROUTING
from vtai.core.errors import NotConfigured, UnknownName, VTError
from vtai.routing import lines

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.core.ports import Correction, Learning
    from vtai.wiring import App

# Everybody who is let in is the same person as long as there are no accounts.
PERSON = "local"
MOST_MESSAGES = 1_000
_ID = re.compile(r"[0-9a-f]{6,32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def routes(app: App) -> list[Route]:
    """The routes of the interface, without the address they are mounted at."""
    asked = _Asked(app)
    return [
        Route("/route", answered(asked.route), methods=["POST"]),
        Route("/corrections", answered(asked.listed), methods=["GET"]),
        Route("/corrections/export", answered(asked.exported), methods=["GET"]),
        Route("/corrections/{id}", answered(asked.undone), methods=["DELETE"]),
        Route("/corrections/{id}/promote", answered(asked.promoted), methods=["POST"]),
    ]


class _Asked:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def route(self, request: Request) -> Response:
        """One decision for one message, or a list of them for a list; nothing is answered or learned."""
        given = await body_of(request)
        await self._app.readiness.wait(ROUTING)
        if not isinstance(given, list):
            return told(await self._decision(given))
        if len(given) > MOST_MESSAGES:
            raise BadRequestBody(
                f"{len(given)} messages are too many for one request.", f"Send at most {MOST_MESSAGES}."
            )
        return told([await self._decision_or_error(one) for one in given])

    async def listed(self, _: Request) -> Response:
        return told({"corrections": [_shown(one) for one in await self._learning.corrections(PERSON)]})

    async def exported(self, _: Request) -> Response:
        """As JSON lines, to be kept as a file."""
        found = await self._learning.corrections(PERSON)
        content = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in found)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="corrections.jsonl"',
        }
        return Response(content, 200, headers, "application/x-ndjson")

    async def undone(self, request: Request) -> Response:
        correction_id = _id_of(request)
        if not await self._learning.undo(PERSON, correction_id):
            raise _unknown(correction_id)
        return told({"undone": correction_id})

    async def promoted(self, request: Request) -> Response:
        correction_id = _id_of(request)
        if not await self._learning.promote(correction_id):
            raise _unknown(correction_id)
        return told({"promoted": correction_id})

    @property
    def _learning(self) -> Learning:
        if self._app.learning is None:
            raise NotConfigured(
                "The chosen routers do not learn.", 'Set routers = "rules+semantic" in config.toml.'
            )
        return self._app.learning

    async def _decision(self, given: Any) -> dict[str, Any]:
        try:
            turn = lines.turn_of(json.dumps(given), self._app.preferences)
        except lines.BadLine as error:
            message = error.message.replace("The line", "The message")
            raise BadRequestBody(message, error.hint.replace("A line", "A message")) from error
        decision = await self._app.chat.decide(turn)
        return {**lines.output_of(decision), "router": decision.router}

    async def _decision_or_error(self, given: Any) -> dict[str, Any]:
        # A long list lets others have their turn in between.
        await asyncio.sleep(0)
        try:
            return await self._decision(given)
        except VTError as error:
            return {"message": error.message, "hint": error.hint}


def _shown(one: Correction) -> dict[str, Any]:
    """Without the person: it is the one who asks, or nobody's business."""
    return {name: value for name, value in asdict(one).items() if name != "person"}


def _id_of(request: Request) -> str:
    """The id in the address. Raises UnknownName for what cannot be one."""
    given = str(request.path_params["id"])
    if not _ID.fullmatch(given):
        raise _unknown(given[:40])
    return given.lower()


def _unknown(correction_id: str) -> UnknownName:
    return UnknownName(f"There is no correction {correction_id!r}.", "GET /api/v1/corrections lists them.")
