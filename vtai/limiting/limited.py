"""A chat with limits. It has the shape of `Chat`, so nobody else knows of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from vtai.core.errors import LimitReached, VTError
from vtai.core.events import Event, Failed, Notice, RouteChosen
from vtai.limiting.counts import Count, settle
from vtai.limiting.limiter import CHARACTERS_A_TOKEN, TOKENS_OF_AN_ANSWER, Admission, Limiter, Use

if TYPE_CHECKING:
    from vtai.chat import Chat
    from vtai.core.ports import Catalogue, Handler, Model
    from vtai.core.routes import Decision, Route
    from vtai.core.turn import Capability, Turn

# What a model of the rule's `to` may take over. A picture or speech has its own models.
_TAKEN_OVER: Final[tuple[Capability, ...]] = ("chat", "reasoning", "vision", "tools")


class LimitedChat:
    """Asks the rules before a turn, and again once its route is known; counts what it used after it."""

    def __init__(self, chat: Chat, limiter: Limiter, catalogue: Catalogue) -> None:
        self._chat = chat
        self._limiter = limiter
        self._catalogue = catalogue

    @property
    def routes(self) -> tuple[Route, ...]:
        return self._chat.routes

    def only(self, handler: Handler) -> LimitedChat:
        """The same limits, around this handler alone."""
        return LimitedChat(self._chat.only(handler), self._limiter, self._catalogue)

    async def decide(self, turn: Turn) -> Decision:
        return await self._chat.decide(turn)

    async def reply(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """As `Chat.reply`. A turn that a rule stops is a Failed that says when there is room again."""
        admissions: list[Admission] = []
        count = Count(_question(turn), self._model(turn))
        try:
            async with aclosing(self._within(turn, count, admissions)) as events:
                async for event in events:
                    yield event
            count.is_over = True
        except VTError as error:
            count.has_failed = True
            yield Failed(error.message, error.hint, error=error)
        finally:
            await asyncio.shield(self._limiter.begun(settle(self._limiter, admissions, count)))

    async def _within(
        self, turn: Turn, count: Count, admissions: list[Admission]
    ) -> AsyncGenerator[Event, None]:
        admission = await self._admit(turn, None)
        admissions.append(admission)
        for text in admission.notices:
            yield Notice("limit", text)
        turn = self._downgraded(turn, admission)
        chosen: RouteChosen | None = None
        async with aclosing(self._chat.reply(turn)) as events:
            async for event in events:
                if isinstance(event, RouteChosen) and not event.decision.options:
                    chosen = event
                    break
                count.note(event)
                yield event
            if chosen is None:
                return
            yield chosen
            more = await self._admit(turn, chosen.decision.route)
            admissions.append(more)
            for text in more.notices:
                yield Notice("limit", text)
            if more.downgrade_to is None:
                async for event in events:
                    count.note(event)
                    yield event
                return
        # The route stays as it was decided; another model answers.
        turn = self._downgraded(replace(turn, route=chosen.decision.route), more)
        async with aclosing(self._chat.reply(turn)) as events:
            async for event in events:
                count.note(event)
                if not isinstance(event, RouteChosen):
                    yield event

    async def _admit(self, turn: Turn, route: str | None) -> Admission:
        rules = self._limiter.applies(turn.asker, route)
        if not rules:
            return Admission()
        return await self._limiter.admit(rules, turn.asker, self._expected(turn))

    def _expected(self, turn: Turn) -> Use:
        """What a turn uses about; reserved, so that many at once do not all get past a limit."""
        answer = turn.preferences.max_tokens or TOKENS_OF_AN_ANSWER
        return Use(1) + Use.estimated(_question(turn), answer, self._model(turn))

    def _model(self, turn: Turn) -> Model | None:
        """Who answers, likely."""
        try:
            return self._catalogue.choose("chat", turn.preferences.models.get("chat"))
        except VTError:
            return None

    def _downgraded(self, turn: Turn, admission: Admission) -> Turn:
        """With the model of the rule. Raises LimitReached where that cannot do what is asked for."""
        if admission.downgrade_to is None:
            return turn
        model = self._catalogue.resolve(admission.downgrade_to)
        able = [capability for capability in _TAKEN_OVER if model.can(capability)]
        if turn.route is not None and turn.route not in {"text", "vision", "assistant", "web-search"}:
            raise LimitReached(
                admission.notices[-1].partition(";")[0] + ".", "No other model does this here; ask for text."
            )
        models = {**turn.preferences.models, **dict.fromkeys(able, model.name)}
        return replace(turn, preferences=replace(turn.preferences, models=MappingProxyType(models)))


def _question(turn: Turn) -> int:
    """Its length in tokens, about."""
    characters = len(turn.text) + sum(len(message.text) for message in turn.history.messages)
    return characters // CHARACTERS_A_TOKEN
