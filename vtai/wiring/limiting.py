"""Limits put together: the rules of `limits.toml` over counters in the database or in Redis."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from vtai.core.errors import SettingsError, UnknownName, VTError

if TYPE_CHECKING:
    from vtai.core.ports import Catalogue, ModelClient
    from vtai.core.ports.counting import Counters
    from vtai.limiting.limiter import Limiter
    from vtai.limiting.rules import Rule
    from vtai.metrics import Metrics
    from vtai.providers.redis_counters import RedisCounters
    from vtai.providers.response_cache import Answers
    from vtai.settings import Loaded, Settings
    from vtai.wiring.storing import Storing


logger = logging.getLogger(__name__)


def limiter(loaded: Loaded, counters: Counters, catalogue: Catalogue) -> Limiter | None:
    """Nothing where no rule is written. Raises SettingsError; warns of money that cannot be counted."""
    from vtai.limiting import rules
    from vtai.limiting.limiter import Limiter

    found = [_named(rule, catalogue) for rule in rules.read(loaded.config_dir)]
    if (unpriced := without_price(found, catalogue)) and any(rule.what == "usd" for rule in found):
        logger.warning(
            "limits.toml has limits in usd, and these models cost nothing there as their price is not known: "
            "%s. Give them input_price and output_price in models.toml, or limit their tokens.",
            ", ".join(unpriced),
        )
    return Limiter(found, counters) if found else None


def without_price(rules: Sequence[Rule], catalogue: Catalogue) -> list[str]:
    """The models that limits in usd cannot count, by name."""
    wanted = [rule.model for rule in rules if rule.what == "usd"]
    if not wanted:
        return []
    if None in wanted:
        models = list(catalogue.available("chat"))
    else:
        models = []
        for name in wanted:
            with suppress(VTError):
                models.append(catalogue.resolve(name or ""))
    return sorted(
        {
            each.name
            for each in models
            if not each.is_embedded and None in {each.input_price, each.output_price}
        }
    )


def _named(rule: Rule, catalogue: Catalogue) -> Rule:
    """With the names of the catalogue instead of others for the same model. Raises SettingsError."""
    model, to = (_name(name, rule, catalogue) if name else None for name in (rule.model, rule.to))
    return rule.model_copy(update={"model": model, "to": to})


def _name(name: str, rule: Rule, catalogue: Catalogue) -> str:
    where = f'limits.toml, the limit for = "{rule.for_}" a {rule.per}'
    try:
        model = catalogue.resolve(name)
    except UnknownName as error:
        raise SettingsError(f"{where}: {error.message}", error.hint) from error
    if not model.can("chat"):
        raise SettingsError(
            f"{where}: {name} does not answer in words.",
            'For pictures, speech and the like name their route: route = "image-generation".',
        )
    return model.name


def counters(loaded: Loaded, storing: Storing) -> RedisCounters | StoredCounters:
    """Where limits are counted."""
    from vtai.providers.redis_counters import RedisCounters

    url = loaded.settings.limits_url
    return RedisCounters(url) if url is not None else StoredCounters(storing)


def limited(models: ModelClient, limiter: Limiter | None, catalogue: Catalogue) -> ModelClient:
    """The models with limits of their own, where there are rules."""
    from vtai.limiting.models import LimitedModels

    return models if limiter is None else LimitedModels(models, limiter, catalogue)


def outermost(
    models: ModelClient, loaded: Loaded, metrics: Metrics
) -> tuple[ModelClient, tuple[Callable[[], Awaitable[None]], ...]]:
    """The models with a memory for answers, where that is wanted; and what closes it."""
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
