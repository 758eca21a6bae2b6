"""The way to language models: from the wires outwards, each layer with the port of what it wraps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai import plugins
from vtai.wiring import limiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from vtai.core.ports import ModelClient
    from vtai.limiting.limiter import Limiter
    from vtai.metrics import Metrics
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.providers.embedded.models import EmbeddedModels
    from vtai.providers.endpoint import Timeouts, Wire
    from vtai.providers.http_client import HttpClient
    from vtai.providers.litellm_library import LiteLLMLibrary
    from vtai.settings import Loaded


class Language:
    """Wires, a queue before each vendor, tries after failures, limits, other models, a memory for answers."""

    def __init__(
        self,
        loaded: Loaded,
        catalogue: TomlCatalogue,
        timeouts: Timeouts,
        http: HttpClient,
        library: LiteLLMLibrary,
        metrics: Metrics,
        limiter: Limiter | None,
    ) -> None:
        from vtai.providers.fallback import FallbackModels
        from vtai.providers.litellm_models import LiteLLMModels
        from vtai.providers.openai_wire import OpenAIWire
        from vtai.providers.queued import QueuedModels
        from vtai.providers.retry import RetryingModels
        from vtai.providers.vendor_models import VendorModels

        settings = loaded.settings
        self._wanted = settings.default_model
        self._http = http
        self._catalogue = catalogue
        self._embedded = _embedded(loaded, timeouts)
        self._litellm = LiteLLMModels(catalogue.endpoint, timeouts, library)
        others = _other_wires(loaded, catalogue, timeouts)
        wires: dict[Wire, ModelClient] = {
            "openai": OpenAIWire(catalogue.endpoint, timeouts, http),
            "litellm": self._litellm,
            "embedded": self._embedded,
            **others,
        }
        queued = QueuedModels(
            VendorModels(wires, catalogue, on_left=metrics.spent),
            settings.vendor_concurrency,
            lambda name: catalogue.vendors[name].label,
        )
        metrics.watch_numbers(
            "vtai_vendor_waiting", "Requests that wait for a vendor.", "vendor", queued.waiting
        )
        retrying = RetryingModels(queued, settings.max_retries, budget_s=settings.rate_limit_wait_s)
        # Within the fallback: a model that steps in is counted by its own limits.
        limited = limiting.limited(retrying, limiter, catalogue)
        fallback = FallbackModels(limited, catalogue, settings.fallback_models)
        self.models, remembered = limiting.outermost(fallback, loaded, metrics)
        self.closers = (*remembered, self._litellm.aclose, self._embedded.aclose, *_closers(others))

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
            case _:
                pass  # a wire of another package makes ready what it needs by itself


def _other_wires(loaded: Loaded, catalogue: TomlCatalogue, timeouts: Timeouts) -> dict[Wire, ModelClient]:
    """Those of other packages. Raises SettingsError where a vendor names one that nobody brings."""
    from vtai.providers import model_file
    from vtai.providers.endpoint import WIRES

    makers = plugins.wires(WIRES)
    model_file.check_wires(loaded.config_dir, catalogue.vendors, WIRES | makers.keys())
    return {name: make(catalogue.endpoint, timeouts) for name, make in makers.items()}


def _closers(others: Mapping[Wire, ModelClient]) -> Sequence[Callable[[], Awaitable[None]]]:
    """What closes wires of other packages, where they can be closed."""
    return [wire.aclose for wire in others.values() if hasattr(wire, "aclose")]


def _embedded(loaded: Loaded, timeouts: Timeouts) -> EmbeddedModels:
    from vtai.providers.embedded.models import EmbeddedModels
    from vtai.providers.embedded.server import EmbeddedServer

    settings = loaded.settings
    server = EmbeddedServer(loaded.data_dir, slots=settings.embedded_slots, threads=settings.embedded_threads)
    return EmbeddedModels(
        server, slots=settings.embedded_slots, max_waiting=settings.embedded_queue, timeouts=timeouts
    )
