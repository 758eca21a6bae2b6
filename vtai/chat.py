"""The heart: choose a route for a turn, let its handler answer, keep failures presentable.

Knows ports only: no settings, no vendor, no page.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from vtai.core import routes
from vtai.core.errors import VTError
from vtai.core.events import Choice, Choices, Event, Failed, Notice, RouteChosen, Usage
from vtai.core.ports import Handler, Router, Services
from vtai.core.readiness import Readiness
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn

logger = logging.getLogger(__name__)

ROUTING = "routing"


class Chat:
    """Answers turns. `routers` are asked in order; the first opinion wins, otherwise it is text."""

    def __init__(
        self,
        routers: Sequence[Router],
        handlers: Sequence[Handler],
        services: Services,
        readiness: Readiness | None = None,
    ) -> None:
        self._routers = tuple(routers)
        self._handlers: Mapping[str, Handler] = {handler.route.name: handler for handler in handlers}
        self._services = services
        self._readiness = readiness

    @property
    def routes(self) -> tuple[Route, ...]:
        return tuple(handler.route for handler in self._handlers.values())

    def only(self, handler: Handler) -> Chat:
        """A chat in which this handler alone answers: turns that name its route."""
        return Chat((), (handler,), self._services)

    async def decide(self, turn: Turn) -> Decision:
        """Where the turn goes. A forced route wins over every router. May raise VTError."""
        start = time.perf_counter()
        decision = await self._first_opinion(turn)
        if decision.route not in self._handlers:
            decision = replace(decision, route=routes.TEXT, reason=f"No handler for {decision.route}.")
        return replace(decision, elapsed_ms=(time.perf_counter() - start) * 1000)

    async def reply(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """The events of the answer, RouteChosen first. Never raises but for cancellation.

        Read it inside `aclosing`: closing it closes the vendor's stream.
        """
        start = time.perf_counter()
        decision: Decision | None = None
        usage: Usage | None = None
        try:
            if self._readiness is not None and self._readiness.is_loading(ROUTING):
                yield Notice("starting", "VT.ai is still starting; your message is next.")
                await self._readiness.wait(ROUTING)
            decision = await self.decide(turn)
            yield RouteChosen(decision)
            if decision.options:
                yield self._question(decision)
                return
            handler = self._handlers[decision.route]
            async with aclosing(handler.reply(turn, decision, self._services)) as events:
                async for event in events:
                    if isinstance(event, Usage):
                        usage = event
                    yield event
        except VTError as error:
            logger.info("turn failed: %s", type(error).__name__)
            yield Failed(error.message, error.hint, error=error)
        except Exception:
            reference = secrets.token_hex(4)
            logger.exception("turn failed unexpectedly [%s]", reference)
            yield Failed(
                "Something went wrong on the server.",
                f"Try again; if it happens again, give the operator the reference {reference}.",
                kind="unexpected",
                reference=reference,
            )
        finally:
            _log_turn(decision, usage, time.perf_counter() - start)

    def _question(self, decision: Decision) -> Choices:
        """The routes that come into question, as buttons."""
        known = [self._handlers[name].route for name in decision.options if name in self._handlers]
        return Choices("What is this to be?", tuple(Choice(route.name, route.label) for route in known))

    async def _first_opinion(self, turn: Turn) -> Decision:
        if turn.route is not None:
            return Decision(turn.route, 1.0, "You chose this route.", "chosen")
        for router in self._routers:
            if decision := await router.choose(turn):
                return decision
        return Decision(routes.TEXT, 1.0, "Nothing pointed elsewhere.", "default")


def _log_turn(decision: Decision | None, usage: Usage | None, seconds: float) -> None:
    """One line a turn. What people wrote, and the reason that quotes them, stay out above DEBUG."""
    if decision:
        logger.debug("turn reason=%s", decision.reason)
    logger.info(
        "turn route=%s confidence=%.2f router=%s model=%s seconds=%.2f tokens=%s/%s",
        decision.route if decision else "-",
        decision.confidence if decision else 0.0,
        decision.router if decision else "-",
        usage.model if usage else "-",
        seconds,
        usage.input_tokens if usage else "-",
        usage.output_tokens if usage else "-",
    )
