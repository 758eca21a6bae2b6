"""The one place where concrete parts meet. Knows every concrete class, decides nothing else.

`outside` puts the providers together, `preferences` says what a person starts with.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from vtai import plugins
from vtai.chat import ROUTING, Chat
from vtai.core.errors import NotReady, VTError
from vtai.core.ports import Services
from vtai.core.readiness import Readiness
from vtai.core.turn import Turn
from vtai.handlers import HANDLERS
from vtai.wiring import limiting
from vtai.wiring.entering import Entering
from vtai.wiring.preferences import preferences_from
from vtai.wiring.storing import Storing

if TYPE_CHECKING:
    from vtai.core.ports import EmbeddingModel, Handler, Hearing, Learning, Router, Talks
    from vtai.core.routes import Decision
    from vtai.core.turn import Preferences
    from vtai.limiting.rules import Rule
    from vtai.metrics import Incidents, MeasuredChat, Metrics
    from vtai.metrics.tracing import Tracing
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.providers.keys import KeyRing
    from vtai.routing.cached import Caching
    from vtai.routing.corrections import LearningRouter
    from vtai.settings import Loaded, Settings
    from vtai.wiring.assistance import Assistance

__all__ = ["MODEL", "App", "build", "preferences_from"]

logger = logging.getLogger(__name__)

MODEL = "model"


@dataclass
class App:
    """Everything a door needs, built once a process.

    `storing` gives what is kept; without it nothing is. `incidents` are what failed lately. `hearing` tells
    when people stop speaking; without it they say so themselves. `drafts` is held by whoever writes down
    speech that still goes on: one at a time, as that must not keep others waiting. `warm_ups` make a part
    ready, in the background; `closers` end what was started, the newest first; `forgetters` end what goes on
    in a person's conversation, or in all of them, before it is deleted; `readers` show one to which something
    was added by another door.
    """

    loaded: Loaded
    keys: KeyRing
    catalogue: TomlCatalogue
    services: Services
    chat: MeasuredChat
    metrics: Metrics
    preferences: Preferences
    learning: Learning | None = None
    assistance: Assistance | None = None
    storing: Storing | None = None
    incidents: Incidents | None = None
    limits: Sequence[Rule] = ()
    hearing: Hearing | None = None
    talks: Talks | None = None
    embeddings: EmbeddingModel | None = None
    drafts: asyncio.Lock = field(default_factory=asyncio.Lock)
    readiness: Readiness = field(default_factory=lambda: Readiness((ROUTING, MODEL)))
    warm_ups: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()
    forgetters: list[Callable[[str, str | None], Awaitable[None]]] = field(default_factory=list)
    readers: list[Callable[[str, str], Awaitable[None]]] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @cached_property
    def entering(self) -> Entering:
        """Who is at the page just now."""
        return Entering(self.loaded.settings)

    async def start(self) -> None:
        """Starts the warm-ups in the background and returns at once."""
        for part, warm_up in self.warm_ups.items():
            task = asyncio.create_task(self._make_ready(part, warm_up), name=f"warm up {part}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self.assistance is not None:
            task = asyncio.create_task(self._begin(self.assistance), name="begin assistance")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stops warm-ups and child processes; waits for each no longer than a few seconds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for closer in reversed(self.closers):
            try:
                async with asyncio.timeout(5):
                    await closer()
            except TimeoutError:
                logger.warning("a part did not close in time")

    async def forget(self, person: str, conversation: str | None = None) -> None:
        """Ends what goes on in a conversation, or in all of a person's: it is about to be deleted."""
        await asyncio.gather(*(forget(person, conversation) for forget in tuple(self.forgetters)))

    async def tell(self, person: str, conversation: str) -> None:
        """Shows what was added to a conversation wherever it is open."""
        await asyncio.gather(*(read(person, conversation) for read in self.readers))

    async def _begin(self, assistance: Assistance) -> None:
        """Tries out the sandbox and connects to MCP servers, once what every message needs is there."""
        for part in self.warm_ups:
            with contextlib.suppress(VTError):
                await self.readiness.wait(part)
        try:
            await assistance.begin()
        except VTError as error:
            logger.warning("%s %s", error.message, error.hint)
        except Exception:
            logger.exception("the assistant's parts failed to start")

    async def _make_ready(self, part: str, warm_up: Callable[[], Awaitable[None]]) -> None:
        try:
            await warm_up()
        except VTError as error:
            logger.warning("%s: %s %s", part, error.message, error.hint)
            self.readiness.mark_failed(part, error)
        except Exception:
            logger.exception("%s failed to load", part)
            self.readiness.mark_failed(
                part,
                NotReady(f"The {part} failed to load.", "Run `vtai doctor`; the server's log says more."),
            )
        else:
            self.readiness.mark_ready(part)


def build(loaded: Loaded) -> App:
    """Everything put together; nothing heavy is loaded and nothing started. Raises SettingsError."""
    from vtai.limiting.limited import LimitedChat
    from vtai.metrics import Incidents, MeasuredChat, Metrics, tracing
    from vtai.providers import model_file
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.providers.keys import KeyRing
    from vtai.wiring.outside import Outside

    settings = loaded.settings
    models = model_file.read(loaded.config_dir)
    keys = KeyRing.load(loaded.config_dir, os.environ, models.vendors)
    catalogue = TomlCatalogue(models, keys, embedded=lambda: settings.embedded)
    readiness = Readiness((ROUTING, MODEL))
    metrics, incidents = Metrics(), Incidents(settings.error_log)
    storing = Storing(loaded, readiness)
    readiness.add(*storing.warm_ups)
    traces = tracing.tracing(os.environ)
    counters = limiting.counters(loaded, storing)
    limiter = limiting.limiter(loaded, counters, catalogue)
    outside = Outside(loaded, keys, catalogue, metrics, limiter)
    handlers = (*HANDLERS, *plugins.handlers(HANDLERS))
    routing = _routing(loaded, outside.services, handlers, metrics)
    metrics.watch(readiness)
    chat = Chat(routing.routers, handlers, outside.services, readiness)
    limited = LimitedChat(chat, limiter, catalogue) if limiter else chat

    async def decide(text: str) -> Decision:
        return await chat.decide(Turn(text))

    return App(
        loaded=loaded,
        keys=keys,
        catalogue=catalogue,
        services=outside.services,
        chat=MeasuredChat(limited, metrics, storing.spend, incidents, traces),
        metrics=metrics,
        incidents=incidents,
        embeddings=outside.embeddings,
        limits=limiter.rules if limiter else (),
        storing=storing,
        preferences=preferences_from(settings),
        assistance=outside.assistance,
        learning=routing.learning,
        hearing=outside.voice.hearing,
        talks=outside.voice.talks(decide),
        readiness=readiness,
        warm_ups={ROUTING: routing.warm, MODEL: outside.warm, **storing.warm_ups},
        closers=(*_last(storing, traces), counters.aclose, *outside.closers, routing.close),
    )


def _last(storing: Storing, traces: Tracing | None) -> Sequence[Callable[[], Awaitable[None]]]:
    """What is closed after everything that may still write to it."""

    async def close_traces() -> None:
        if traces is not None:
            await asyncio.to_thread(traces.close)

    return storing.aclose, close_traces


@dataclass(frozen=True, slots=True)
class _Routing:
    """Who decides where a turn goes, in order, and who learns."""

    routers: tuple[Router, ...]
    learning: LearningRouter
    warm: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


def _routing(loaded: Loaded, services: Services, handlers: Sequence[Handler], metrics: Metrics) -> _Routing:
    from vtai.providers.corrections import FileCorrections
    from vtai.routing import own_routes, registry
    from vtai.routing.batched import BatchedClassifier
    from vtai.routing.classifier import SemanticClassifier
    from vtai.routing.corrections import LearningRouter

    settings = loaded.settings
    brought = own_routes.of(handler.route for handler in handlers if handler not in HANDLERS)
    classifier = SemanticClassifier((*own_routes.read(loaded.config_dir), *brought))
    means = registry.Means(
        models=services.models,
        catalogue=services.catalogue,
        routes=tuple(handler.route for handler in handlers),
        model=settings.second_opinion_model,
        timeout_s=settings.second_opinion_timeout_s,
        caching=_caching(settings, metrics),
    )
    others = plugins.routers(registry.SHIPPED)
    routers = registry.build(settings.routers, BatchedClassifier(classifier), others, means)
    # What a person corrected comes first; it steps back for commands, marks and files by itself.
    store = FileCorrections(loaded.data_dir)
    learning = LearningRouter(store, classifier.head)
    return _Routing((learning, *routers), learning, classifier.warm, store.close)


def _caching(settings: Settings, metrics: Metrics) -> Caching:
    from vtai.routing.cached import CacheCounts, Caching
    from vtai.routing.encoder import index_version

    version, counts = index_version(), CacheCounts()
    metrics.watch_cache(lambda: (counts.hits, counts.misses))
    return Caching(settings.routing_cache_size, settings.routing_cache_s, lambda: version, counts=counts)
