"""Limits put together: the rules of `limits.toml` over counters in the database or in Redis."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from vtai.core.errors import SettingsError

if TYPE_CHECKING:
    from vtai.core.ports import Catalogue, ModelClient
    from vtai.core.ports.counting import Counters
    from vtai.limiting.limiter import Limiter
    from vtai.metrics import Metrics
    from vtai.providers.redis_counters import RedisCounters
    from vtai.providers.response_cache import Answers
    from vtai.settings import Loaded, Settings
    from vtai.wiring.storing import Storing


def limiter(loaded: Loaded, counters: Counters) -> Limiter | None:
    """Nothing where no rule is written. Raises SettingsError."""
    from vtai.limiting import rules
    from vtai.limiting.limiter import Limiter

    found = rules.read(loaded.config_dir)
    return Limiter(found, counters) if found else None


def counters(loaded: Loaded, storing: Storing) -> RedisCounters | StoredCounters:
    """Where limits are counted."""
    from vtai.providers.redis_counters import RedisCounters

    url = loaded.settings.limits_url
    return RedisCounters(url) if url is not None else StoredCounters(storing)


def outermost(
    models: ModelClient, loaded: Loaded, catalogue: Catalogue, metrics: Metrics, limiter: Limiter | None
) -> tuple[ModelClient, tuple[Callable[[], Awaitable[None]], ...]]:
    """The models with limits and a memory for answers, where those are wanted; and what closes them."""
    from vtai.limiting.models import LimitedModels

    if limiter is not None:
        models = LimitedModels(models, limiter, catalogue)
    kept = _answers(loaded)
    if kept is None:
        return models, ()
    return _remembering(models, kept, loaded.settings, metrics), (kept.aclose,)


def _answers(loaded: Loaded) -> Answers | None:
    """Where answers are remembered; nowhere by default."""
    from vtai.providers.answer_stores import FileAnswers, MemoryAnswers, RedisAnswers

    settings = loaded.settings
    match settings.response_cache:
        case "off":
            return None
        case "memory":
            return MemoryAnswers()
        case "disk":
            return FileAnswers(loaded.data_dir)
        case "redis":
            if settings.limits_url is None:
                raise SettingsError(
                    'VT_RESPONSE_CACHE is "redis" and VT_LIMITS_URL names no Redis.',
                    "A value that works: VT_LIMITS_URL=redis://localhost:6379/0",
                )
            return RedisAnswers(settings.limits_url)


def _remembering(models: ModelClient, kept: Answers, settings: Settings, metrics: Metrics) -> ModelClient:
    """The models with a memory of answers."""
    from vtai.providers.response_cache import CachedModels

    cached = CachedModels(models, kept, settings.response_cache_s, is_shared=settings.response_cache_shared)
    metrics.watch_numbers(
        "vtai_response_cache",
        "Answers that were remembered (hit) or had to be asked for (miss) since the start.",
        "result",
        lambda: {"hit": cached.counts.hits, "miss": cached.counts.misses},
    )
    return cached


class StoredCounters:
    """Those of the store, once that is open."""

    def __init__(self, storing: Storing) -> None:
        self._storing = storing

    async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
        return await (await self._storing.ready()).counters.add(amounts, ttl_s)

    async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
        return await (await self._storing.ready()).counters.get(keys)

    async def aclose(self) -> None:
        """The store is closed by who opened it."""
