"""The providers, put together behind the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai import plugins
from vtai.core.ports import Services
from vtai.wiring.assistance import Assistance
from vtai.wiring.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from pydantic import SecretStr

    from vtai.core.ports import ModelClient
    from vtai.metrics import Metrics
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.providers.embedded.models import EmbeddedModels
    from vtai.providers.endpoint import Timeouts, Wire
    from vtai.providers.keys import KeyRing
    from vtai.providers.searching.chosen import ChosenSearch
    from vtai.providers.searching.connected import ConnectedSearch
    from vtai.settings import Loaded, Settings

_FILE_MEMORY_MB = 1_500
_OCR_MEMORY_MB = 2_000
_PAGES_IDLE_S = 300.0
_SEARCHES_PER_SECOND = 5
# Search engines that are asked without a key soon refuse who asks often.
_METASEARCHES_PER_SECOND = 2


class Outside:
    """The providers, sharing one HTTP client and one LiteLLM."""

    def __init__(self, loaded: Loaded, keys: KeyRing, catalogue: TomlCatalogue, metrics: Metrics) -> None:
        from vtai.providers.fallback import FallbackModels
        from vtai.providers.http_client import HttpClient
        from vtai.providers.images.vendor import VendorImages
        from vtai.providers.litellm_library import LiteLLMLibrary
        from vtai.providers.litellm_models import LiteLLMModels
        from vtai.providers.openai_wire import OpenAIWire
        from vtai.providers.retry import RetryingModels
        from vtai.providers.vendor_models import VendorModels

        settings = loaded.settings
        timeouts = _timeouts(settings)
        http, library = HttpClient(timeouts.connect_s), LiteLLMLibrary()
        self._wanted = settings.default_model
        self._http = http
        self._catalogue = catalogue
        self._embedded = _embedded(loaded, timeouts)
        self._litellm = LiteLLMModels(catalogue.endpoint, timeouts, library)
        wires: dict[Wire, ModelClient] = {
            "openai": OpenAIWire(catalogue.endpoint, timeouts, http),
            "litellm": self._litellm,
            "embedded": self._embedded,
        }
        others = _other_wires(loaded, catalogue, timeouts)
        wires |= others
        vendors = VendorModels(wires, catalogue, on_left=metrics.spent)
        retrying = RetryingModels(vendors, settings.max_retries)
        search = _search(settings, keys)
        files = Files(settings)
        self.voice = Voice(settings, catalogue, timeouts, http, library)
        self.assistance = Assistance(loaded, keys)
        self.services = Services(
            catalogue=catalogue,
            models=FallbackModels(retrying, catalogue, settings.fallback_models),
            images=VendorImages(catalogue, files.pictures, files.fetcher, timeouts, http, library),
            speech=self.voice.speech,
            transcripts=self.voice.transcripts,
            search=search,
            reader=files.reader,
            pictures=files.pictures,
            fetcher=files.fetcher,
            pages=files.pages,
            similarity=files.similarity,
            sandbox=self.assistance.sandbox,
            notes=self.assistance.notes,
            toolbox=self.assistance.toolbox,
        )
        closers = (http.aclose, search.close, self._litellm.aclose, self._embedded.aclose, files.aclose)
        self.closers = (*closers, *_closers(others), *self.assistance.closers)

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


class Files:
    """What reads files, pictures and addresses. Child processes start when they are first needed."""

    def __init__(self, settings: Settings) -> None:
        from vtai.providers.fetching.guarded import GuardedFetcher
        from vtai.providers.pages.cached import CachedPages
        from vtai.providers.pages.reader import WebPages
        from vtai.providers.reading.cached import CachedReader
        from vtai.providers.reading.files import FileReader
        from vtai.providers.reading.pictures import WorkshopPictures
        from vtai.providers.similarity import WorkshopSimilarity
        from vtai.providers.workshop import Workshop

        workshop = Workshop(size=settings.file_workers, memory_mb=_FILE_MEMORY_MB)
        # Recognising words takes more memory than all else, and a second at a time is enough.
        ocr = Workshop(memory_mb=_OCR_MEMORY_MB)
        # Pages are read while somebody waits: not behind a long file, nor by a child that starts anew.
        pages = Workshop(size=settings.file_workers, memory_mb=_FILE_MEMORY_MB, idle_s=_PAGES_IDLE_S)
        self._workshops = (workshop, ocr, pages)
        self.reader = CachedReader(FileReader(workshop, ocr))
        self.pictures = WorkshopPictures(workshop, ocr)
        self.similarity = WorkshopSimilarity(workshop)
        self.fetcher = GuardedFetcher(settings.fetch_allow)
        self.pages = CachedPages(WebPages(self.fetcher, pages))

    async def aclose(self) -> None:
        await self.fetcher.aclose()
        for workshop in self._workshops:
            await workshop.aclose()


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


def _timeouts(settings: Settings) -> Timeouts:
    from vtai.providers.endpoint import Timeouts

    return Timeouts(settings.connect_timeout_s, settings.first_token_timeout_s, settings.idle_timeout_s)


def _embedded(loaded: Loaded, timeouts: Timeouts) -> EmbeddedModels:
    from vtai.providers.embedded.models import EmbeddedModels
    from vtai.providers.embedded.server import EmbeddedServer

    settings = loaded.settings
    server = EmbeddedServer(loaded.data_dir, slots=settings.embedded_slots, threads=settings.embedded_threads)
    return EmbeddedModels(
        server, slots=settings.embedded_slots, max_waiting=settings.embedded_queue, timeouts=timeouts
    )


def _search(settings: Settings, keys: KeyRing) -> ChosenSearch:
    """What is set up, else what needs no key; each one paced, tried again and remembered by itself."""
    from vtai.providers.searching.cached import CachedSearch
    from vtai.providers.searching.chosen import ChosenSearch
    from vtai.providers.searching.keyless import KeylessSearch
    from vtai.providers.searching.paced import PacedSearch
    from vtai.providers.searching.retrying import RetryingSearch
    from vtai.providers.searching.searxng import SearxngSearch
    from vtai.providers.searching.tavily import TavilySearch

    def kept(search: ConnectedSearch, per_second: int = _SEARCHES_PER_SECOND) -> ConnectedSearch:
        retrying = RetryingSearch(PacedSearch(search, per_second), min(1, settings.max_retries))
        return CachedSearch(retrying, settings.search_cache_s)

    def tavily(key: SecretStr | None = None) -> ConnectedSearch:
        return kept(TavilySearch(key, settings.tavily_url, depth=settings.tavily_depth))

    keyless: dict[str, tuple[ConnectedSearch, ...]] = {
        "off": (),
        "tavily": (tavily(),),
        "metasearch": (tavily(), kept(KeylessSearch(), _METASEARCHES_PER_SECOND)),
    }
    return ChosenSearch(
        lambda: keys.get("tavily"),
        tavily,
        searxng=kept(SearxngSearch(settings.searxng_url)) if settings.searxng_url else None,
        keyless=keyless[settings.keyless_search],
    )
