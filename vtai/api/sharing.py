"""Links to conversations, which can be taken back, and what people think of answers."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from vtai.api.conversations import unknown
from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.messages import Messages, asked_of, messages_of
from vtai.api.reading import WHOLE, WHOLE_TEXT, Body, Result
from vtai.api.stored import history_of
from vtai.core.errors import UnknownName
from vtai.core.history import Feedback

if TYPE_CHECKING:
    from vtai.core.history import Share
    from vtai.wiring import App


class ShareShown(Result):
    token: str
    """The page shows it at /share/TOKEN to everybody who is let in."""
    conversation: str
    at: float
    """Seconds since the epoch: what was said later is not shown."""


class Shares(Result):
    items: list[ShareShown]


class Thumb(Body):
    message: Annotated[str, Field(min_length=1, max_length=64), WHOLE_TEXT]
    """The id of the answer."""
    value: Annotated[int, Field(ge=0, le=1), WHOLE]
    """1 is a thumb up, 0 a thumb down."""
    comment: Annotated[str, Field(max_length=10_000), WHOLE_TEXT] = ""


class FeedbackShown(Result):
    id: str
    message: str
    value: int
    comment: str
    route: str | None
    model: str | None
    at: float


class Feedbacks(Result):
    items: list[FeedbackShown]


class Shared:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        one = "/conversations/{id}"
        return (
            Endpoint(
                "POST",
                f"{one}/shares",
                "write",
                "Makes a link to it as it is now.",
                self.share_conversation,
                ShareShown,
                status=201,
                leads={name: {"token": "/token"} for name in ("shared", "unshare")},
            ),
            Endpoint("GET", "/shares", "read", "The links that you made.", self.shares, Shares),
            Endpoint(
                "GET", "/shares/{token}", "read", "What a link shows, whoever made it.", self.shared, Messages
            ),
            Endpoint("DELETE", "/shares/{token}", "write", "Takes a link back.", self.unshare),
            Endpoint(
                "GET", f"{one}/feedback", "read", "What you think of its answers.", self.feedback, Feedbacks
            ),
            Endpoint(
                "PUT",
                f"{one}/feedback",
                "write",
                "A thumb for an answer.",
                self.rate,
                FeedbackShown,
                body=Thumb,
                leads={"unrate": {"id": "/id"}},
            ),
            Endpoint("DELETE", "/feedback/{id}", "write", "Takes a thumb back.", self.unrate),
        )

    async def share_conversation(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        if (share := await store.histories.share(call.person, call.part())) is None:
            raise unknown()
        return _share(share)

    async def shares(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        return Shares(items=[_share(each) for each in await store.histories.shares(call.person)])

    async def shared(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        if (record := await store.histories.shared(call.part("token"))) is None:
            raise _unknown_link()
        return messages_of(record)

    async def unshare(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        if not await store.histories.unshare(call.person, call.part("token")):
            raise _unknown_link()
        return None

    async def feedback(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        if await store.histories.find(call.person, call.part()) is None:
            raise unknown()
        found = await store.histories.feedback(call.person, call.part())
        return Feedbacks(items=[_feedback(each) for each in found])

    async def rate(self, call: Call[Thumb, None]) -> Answer:
        store = await history_of(self._app)
        person, conversation, thumb = call.person, call.part(), call.body
        if (record := await store.histories.open(person, conversation)) is None:
            raise unknown()
        steps = {step.id: step for step in record.steps}
        step = steps.get(thumb.message)
        if step is None or step.kind != "assistant_message":
            raise UnknownName("There is no such answer in this conversation.", "Name one of its messages.")
        asked = asked_of(step, steps)
        exchange = next((each for each in record.exchanges if asked and each.id == asked.id), None)
        before = await store.histories.feedback(person, conversation)
        known = next((each.id for each in before if each.step_id == step.id), None)
        feedback = Feedback(
            known or str(uuid.uuid4()),
            step.id,
            thumb.value,
            thumb.comment,
            exchange.route if exchange else None,
            exchange.model if exchange else None,
            time.time(),
        )
        if not await store.histories.rate(person, conversation, feedback):
            raise unknown()
        return _feedback(feedback)

    async def unrate(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        if not await store.histories.unrate(call.person, call.part()):
            raise UnknownName("There is no such thumb.", "It may be taken back already.")
        return None


def _share(share: Share) -> ShareShown:
    return ShareShown(token=share.token, conversation=share.conversation, at=share.at)


def _unknown_link() -> UnknownName:
    return UnknownName("There is no such link.", "It may have been taken back.")


def _feedback(each: Feedback) -> FeedbackShown:
    return FeedbackShown(
        id=each.id,
        message=each.step_id,
        value=each.value,
        comment=each.comment,
        route=each.route,
        model=each.model,
        at=each.at,
    )
