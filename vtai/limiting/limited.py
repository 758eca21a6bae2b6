"""A chat with limits. It has the shape of `Chat`, so nobody else knows of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from vtai.core.errors import LimitReached, VTError
from vtai.core.events import Event, Failed, Notice, RouteChosen, TextDelta, ThinkingDelta, Usage
from vtai.limiting.limiter import Admission, Asker, Limiter, Use

if TYPE_CHECKING:
    from vtai.chat import Chat
    from vtai.core.ports import Catalogue, Handler
    from vtai.core.routes import Decision, Route
    from vtai.core.turn import Capability, Turn

logger = logging.getLogger(__name__)

# What a model of the rule's `to` may take over. A picture or speech has its own models.
_TAKEN_OVER: Final[tuple[Capability, ...]] = ("chat", "reasoning", "vision", "tools")
_CHARACTERS_A_TOKEN: Final = 4
_TOKENS_OF_AN_ANSWER: Final = 600


@dataclass(slots=True)
class _Count:
    """What one turn used until now."""

    question: int
    characters: int = 0
    usages: list[Usage] = field(default_factory=list)

    def note(self, event: Event) -> None:
        if isinstance(event, TextDelta | ThinkingDelta):
            self.characters += len(event.text)
        elif isinstance(event, Usage):
            self.usages.append(event)

    @property
    def use(self) -> Use:
        """As the vendor told it; estimated where an answer was broken off before that."""
        if self.usages:
            tokens = sum(usage.input_tokens + usage.output_tokens for usage in self.usages)
            return Use.of(tokens, sum(usage.cost_usd or 0.0 for usage in self.usages))
        if not self.characters:
            return Use()
        return Use.of(self.question + self.characters // _CHARACTERS_A_TOKEN, None)


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
        count = _Count(_question(turn))
        try:
            async with aclosing(self._within(turn, count, admissions)) as events:
                async for event in events:
                    yield event
        except VTError as error:
            yield Failed(error.message, error.hint, error=error)
        finally:
            await self._settle(admissions, count.use)

    async def _within(
        self, turn: Turn, count: _Count, admissions: list[Admission]
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
        asker = Asker(turn.person, turn.person_name, turn.group, turn.key, is_guest=turn.is_guest)
        rules = self._limiter.applies(asker, route)
        if not rules:
            return Admission()
        return await self._limiter.admit(rules, asker, self._expected(turn))

    def _expected(self, turn: Turn) -> Use:
        """What a turn uses about; reserved, so that many at once do not all get past a limit."""
        tokens = _question(turn) + (turn.preferences.max_tokens or _TOKENS_OF_AN_ANSWER)
        try:
            model = self._catalogue.choose("chat", turn.preferences.models.get("chat"))
        except VTError:
            return Use(1, tokens)
        usd = tokens * (model.output_price or 0.0) / 1_000_000
        return replace(Use.of(tokens, usd), requests=1)

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

    async def _settle(self, admissions: list[Admission], use: Use) -> None:
        for admission in admissions:
            try:
                await self._limiter.settle(admission, use)
            except VTError as error:
                # What was reserved stays counted: nobody gets more than a limit by it.
                logger.warning("what a turn used was not counted: %s", error.message)


def _question(turn: Turn) -> int:
    """Its length in tokens, about."""
    characters = len(turn.text) + sum(len(message.text) for message in turn.history.messages)
    return characters // _CHARACTERS_A_TOKEN
