"""`/chat/completions`: routed like a message of the page, or one call of a model that is named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from vtai.api.compat import asked as asking
from vtai.api.compat import bodies, conversing, routed
from vtai.api.compat.answering import PATIENCE_S, Answer
from vtai.api.compat.asked import Asked
from vtai.api.compat.desk import Desk
from vtai.api.compat.direct import Direct
from vtai.api.compat.failures import WrongField
from vtai.api.compat.feeding import unless_left
from vtai.api.compat.kept import Kept
from vtai.api.compat.writing import Writing
from vtai.core import routes
from vtai.core.code import SessionKey
from vtai.core.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from vtai.api.compat.conversing import Conversed
    from vtai.core.people import Caller
    from vtai.core.turn import Capability, Turn
    from vtai.metrics.measured import Answering
    from vtai.wiring import App

MOST_FILES: Final = 50
# Files take a third more as base64.
_BASE64: Final = 1.37
MOST_BODY_BYTES: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class _Called:
    """A turn and who answers it. `direct` is that one model, where no route of ours answers."""

    turn: Turn
    chat: Answering
    direct: Direct | None = None


class Completions:
    """Answers conversations and keeps nothing of them."""

    def __init__(self, app: App, patience_s: float = PATIENCE_S) -> None:
        self._app = app
        self._patience_s = patience_s
        self._max_bytes = app.loaded.settings.max_upload_mb * 1_000_000

    async def __call__(self, request: Request, caller: Caller) -> Response:
        asked = await bodies.read(request, Asked, min(round(self._max_bytes * _BASE64), MOST_BODY_BYTES))
        asking.check(asked)
        work = _Work(self._app, asked, caller, request, self._patience_s)
        is_poured = False
        try:
            response = await unless_left(request, work.response(self._max_bytes))
            is_poured = bool(asked.stream)
        finally:
            if not is_poured:
                await work.aclose()
        return response


class _Work:
    """One request from its messages to its answer, and what has to be put away after it."""

    def __init__(self, app: App, asked: Asked, caller: Caller, request: Request, patience_s: float) -> None:
        self._app = app
        self._asked = asked
        self._patience_s = patience_s
        self._turn = routed.turn_for(caller)
        self._kept = Kept(app, caller.person.id, self._turn.conversation, routed.base_url(request))
        self._desk: Desk | None = None
        self._answer: Answer | None = None

    async def response(self, max_bytes: int) -> Response:
        """The answer, or its beginning. Raises VTError."""
        asked = self._asked
        wanted = routed.wanted(asked.model, self._app.chat.routes)
        if wanted.model is not None:
            # Before anything is fetched for it.
            self._app.services.catalogue.resolve(wanted.model)
        self._desk = Desk(self._app.services.fetcher, MOST_FILES, max_bytes)
        conversed = await conversing.read(asked.messages, self._desk, self._kept)
        called = self._called(conversed, wanted)
        writing = Writing(self._kept, asked.stop)
        events = called.chat.reply(called.turn)
        self._answer = Answer(asked, events, writing, called.direct, self._patience_s)
        return await (self._answer.streamed(self.aclose) if asked.stream else self._answer.whole())

    async def aclose(self) -> None:
        """Ends the answer, and puts away its files and what code left behind."""
        if self._answer is not None:
            await self._answer.aclose()
            if self._answer.route == routes.ASSISTANT:
                await self._app.services.sandbox.end(SessionKey(self._turn.person, self._turn.conversation))
        if self._desk is not None:
            await self._desk.aclose()

    def _called(self, conversed: Conversed, wanted: routed.Wanted) -> _Called:
        """Who answers. Tools of the program are for the program to run: no route of ours knows of them."""
        is_plain = self._asked.has_tools or self._asked.is_json
        if is_plain and wanted.route not in {None, routes.TEXT, routes.VISION}:
            hint = f"Leave out tools and response_format, or take the model {routed.AUTO}."
            raise WrongField(f"The route {wanted.route} takes no tools or formats of yours.", hint, "model")
        if wanted.model is not None or is_plain:
            return self._directly(conversed, wanted.model)
        last = conversed.last
        turn = replace(
            self._turn,
            text=last.text,
            attachments=last.attachments,
            history=Conversation(conversed.said[:-1]),
            route=wanted.route,
            preferences=routed.preferred(self._app, self._asked),
            instructions=conversed.instructions,
        )
        return _Called(turn, self._app.chat)

    def _directly(self, conversed: Conversed, model: str | None) -> _Called:
        """By one call of that model, or of one that is able."""
        if not conversed.said:
            raise WrongField("There is no message to answer.", "Add one of the user.", "messages")
        direct = Direct(self._asked, conversed.messages, is_free=model is None)
        start = self._app.preferences
        models: Mapping[Capability, str] = start.models if model is None else {"chat": model}
        turn = replace(
            self._turn,
            text=conversed.said[-1].text,
            history=Conversation(conversed.messages[:-1]),
            route=direct.route.name,
            preferences=replace(start, models=models, max_tokens=self._asked.max_tokens),
        )
        return _Called(turn, self._app.chat.only(direct), direct)
