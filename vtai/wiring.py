"""The one place where concrete parts meet. Knows every concrete class, decides nothing else."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from vtai import plugins
from vtai.chat import ROUTING, Chat
from vtai.core.errors import NotReady, VTError
from vtai.core.ports import Services
from vtai.core.readiness import Readiness
from vtai.core.turn import Capability, ImageOptions, Preferences, SearchOptions, SpeechOptions
from vtai.handlers import HANDLERS
from vtai.tools import TOOLS

if TYPE_CHECKING:
    from vtai.core.ports import Learning, ModelClient, SpeechProvider
    from vtai.metrics import MeasuredChat, Metrics
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.providers.endpoint import Timeouts, Wire
    from vtai.providers.http_client import HttpClient
    from vtai.providers.keys import KeyRing
    from vtai.providers.litellm_library import LiteLLMLibrary
    from vtai.routing.cached import Caching
    from vtai.settings import Loaded, Settings

logger = logging.getLogger(__name__)

MODEL = "model"


@dataclass
class App:
    """Everything a door needs, built once a process.

    `warm_ups` make a part ready, in the background; `closers` end what was started, the newest first.
    """

    loaded: Loaded
    keys: KeyRing
    catalogue: TomlCatalogue
    services: Services
    chat: MeasuredChat
    metrics: Metrics
    preferences: Preferences
    learning: Learning | None = None
    readiness: Readiness = field(default_factory=lambda: Readiness((ROUTING, MODEL)))
    warm_ups: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Starts the warm-ups in the background and returns at once."""
        for part, warm_up in self.warm_ups.items():
            task = asyncio.create_task(self._make_ready(part, warm_up), name=f"warm up {part}")
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
    from vtai.metrics import MeasuredChat, Metrics
    from vtai.providers import catalogue as catalogues
    from vtai.providers import model_file
    from vtai.providers.corrections import FileCorrections
    from vtai.providers.keys import KeyRing
    from vtai.routing import own_routes, registry
    from vtai.routing.batched import BatchedClassifier
    from vtai.routing.classifier import SemanticClassifier
    from vtai.routing.corrections import LearningRouter

    settings = loaded.settings
    keys = KeyRing.load(loaded.config_dir, os.environ, model_file.read(loaded.config_dir).vendors)
    catalogue = catalogues.load(loaded.config_dir, keys, embedded=lambda: settings.embedded)
    metrics = Metrics()
    outside = _Outside(loaded, keys, catalogue, metrics)
    classifier = SemanticClassifier(own_routes.read(loaded.config_dir))
    handlers = (*HANDLERS, *plugins.load("vtai.handlers").values())
    caching = _caching(settings, metrics)
    means = registry.Means(
        models=outside.services.models,
        catalogue=catalogue,
        routes=tuple(handler.route for handler in handlers),
        model=settings.second_opinion_model,
        timeout_s=settings.second_opinion_timeout_s,
        caching=caching,
    )
    routers = registry.build(
        settings.routers, BatchedClassifier(classifier), plugins.load("vtai.routers"), means
    )
    # What a person corrected comes first; it steps back for commands, marks and files by itself.
    store = FileCorrections(loaded.data_dir)
    learning = LearningRouter(store, classifier.head)
    readiness = Readiness((ROUTING, MODEL))
    metrics.watch(readiness)
    return App(
        loaded=loaded,
        keys=keys,
        catalogue=catalogue,
        services=outside.services,
        chat=MeasuredChat(Chat((learning, *routers), handlers, outside.services, readiness), metrics),
        metrics=metrics,
        preferences=preferences_from(settings),
        learning=learning,
        readiness=readiness,
        warm_ups={ROUTING: classifier.warm, MODEL: outside.warm},
        closers=(*outside.closers, store.close),
    )


def _caching(settings: Settings, metrics: Metrics) -> Caching:
    from vtai.routing.cached import CacheCounts, Caching
    from vtai.routing.encoder import index_version

    version, counts = index_version(), CacheCounts()
    metrics.watch_cache(lambda: (counts.hits, counts.misses))
    return Caching(settings.routing_cache_size, settings.routing_cache_s, lambda: version, counts=counts)


class _Outside:
    """The providers, sharing one HTTP client and one LiteLLM."""

    def __init__(self, loaded: Loaded, keys: KeyRing, catalogue: TomlCatalogue, metrics: Metrics) -> None:
        from vtai.providers.embedded.models import EmbeddedModels
        from vtai.providers.embedded.server import EmbeddedServer
        from vtai.providers.endpoint import Timeouts
        from vtai.providers.fallback import FallbackModels
        from vtai.providers.http_client import HttpClient
        from vtai.providers.images import LiteLLMImages
        from vtai.providers.litellm_library import LiteLLMLibrary
        from vtai.providers.litellm_models import LiteLLMModels
        from vtai.providers.openai_wire import OpenAIWire
        from vtai.providers.retry import RetryingModels
        from vtai.providers.search import ChosenSearch
        from vtai.providers.vendor_models import VendorModels

        settings = loaded.settings
        timeouts = Timeouts(
            settings.connect_timeout_s, settings.first_token_timeout_s, settings.idle_timeout_s
        )
        http, library = HttpClient(timeouts.connect_s), LiteLLMLibrary()
        server = EmbeddedServer(
            loaded.data_dir, slots=settings.embedded_slots, threads=settings.embedded_threads
        )
        self._wanted = settings.default_model
        self._http = http
        self._catalogue = catalogue
        self._embedded = EmbeddedModels(
            server, slots=settings.embedded_slots, max_waiting=settings.embedded_queue, timeouts=timeouts
        )
        self._litellm = LiteLLMModels(catalogue.endpoint, timeouts, library)
        wires: dict[Wire, ModelClient] = {
            "openai": OpenAIWire(catalogue.endpoint, timeouts, http),
            "litellm": self._litellm,
            "embedded": self._embedded,
        }
        vendors = VendorModels(wires, catalogue, on_left=metrics.spent)
        retrying = RetryingModels(vendors, settings.max_retries)
        search = ChosenSearch(
            lambda: keys.get("tavily"), searxng_url=settings.searxng_url, tavily_url=settings.tavily_url
        )
        self.services = Services(
            catalogue=catalogue,
            models=FallbackModels(retrying, catalogue, settings.fallback_models),
            images=LiteLLMImages(catalogue, timeouts, http, library),
            speech=_speech(catalogue, timeouts, http, library, has_own=settings.embedded),
            search=search,
            tools=(*TOOLS, *plugins.load("vtai.tools").values()),
        )
        self.closers = (http.aclose, search.close, self._litellm.aclose, self._embedded.aclose)

    async def warm(self) -> None:
        """Returns once the default chat model can answer. Raises VTError when it cannot."""
        model = self._catalogue.choose("chat", self._wanted)
        match self._catalogue.vendors[model.vendor].wire:
            case "embedded":
                await self._embedded.warm()
            case "litellm":
                await self._litellm.warm()
            case "openai":
                await self._http.get()


def _speech(
    catalogue: TomlCatalogue, timeouts: Timeouts, http: HttpClient, library: LiteLLMLibrary, *, has_own: bool
) -> SpeechProvider:
    from vtai.providers.embedded.listening import EmbeddedEars
    from vtai.providers.embedded.voice import EmbeddedVoice
    from vtai.providers.speech import ChosenSpeech
    from vtai.providers.speech_litellm import LiteLLMSpeech
    from vtai.providers.speech_vendor import OpenAISpeech

    return ChosenSpeech(
        catalogue,
        OpenAISpeech(catalogue.endpoint, timeouts, http),
        LiteLLMSpeech(catalogue.endpoint, timeouts, library),
        EmbeddedVoice() if has_own else None,
        EmbeddedEars() if has_own else None,
    )


def preferences_from(settings: Settings) -> Preferences:
    """What a person starts with before changing anything."""
    wanted: dict[Capability, str | None] = {
        "chat": settings.default_model,
        "reasoning": settings.reasoning_model,
        "vision": settings.vision_model,
        "image": settings.image_model,
        "speech": settings.speech_model,
        "transcription": settings.transcription_model,
        "tools": settings.assistant_model,
    }
    return Preferences(
        models=MappingProxyType({capability: name for capability, name in wanted.items() if name}),
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        effort=settings.reasoning_effort,
        trims_history=settings.trim_history,
        routes_by_itself=settings.dynamic_routing,
        asks_when_unsure=settings.ask_when_unsure,
        image=ImageOptions(
            size=settings.image_size,
            quality=settings.image_quality,
            background=settings.image_background,
            format=settings.image_format,
            compression=settings.image_compression,
            moderation=settings.image_moderation,
            count=settings.image_count,
        ),
        speech=SpeechOptions(
            is_automatic=settings.speak_replies, voice=settings.speech_voice, speed=settings.speech_speed
        ),
        search=SearchOptions(
            summarise=settings.search_summarise,
            depth=settings.search_depth,
            include_links=settings.search_links,
            max_results=settings.search_results,
        ),
    )
