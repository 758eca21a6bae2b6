"""The providers, put together behind the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai.core.ports import Services
from vtai.wiring.assistance import Assistance
from vtai.wiring.models import Language
from vtai.wiring.voice import Voice

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vtai.limiting.limiter import Limiter
    from vtai.metrics import Metrics
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.providers.endpoint import Timeouts
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

    def __init__(
        self,
        loaded: Loaded,
        keys: KeyRing,
        catalogue: TomlCatalogue,
        metrics: Metrics,
        limiter: Limiter | None = None,
    ) -> None:
        from vtai.providers.embeddings import VendorEmbeddings
        from vtai.providers.http_client import HttpClient
        from vtai.providers.images.vendor import VendorImages
        from vtai.providers.litellm_library import LiteLLMLibrary

        settings = loaded.settings
        timeouts = _timeouts(settings)
        http, library = HttpClient(timeouts.connect_s), LiteLLMLibrary()
        language = Language(loaded, catalogue, timeouts, http, library, metrics, limiter)
        self.warm = language.warm
        self.embeddings = VendorEmbeddings(catalogue, timeouts, http, library)
        search = _search(settings, keys)
        files = Files(settings)
        self.voice = Voice(settings, catalogue, timeouts, http, library)
        self.assistance = Assistance(loaded, keys)
        self.services = Services(
            catalogue=catalogue,
            models=language.models,
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
        self.closers = (
            http.aclose,
            search.close,
            *language.closers,
            files.aclose,
            *self.assistance.closers,
        )


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


def _timeouts(settings: Settings) -> Timeouts:
    from vtai.providers.endpoint import Timeouts

    return Timeouts(settings.connect_timeout_s, settings.first_token_timeout_s, settings.idle_timeout_s)


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
