"""Which models there are and which one serves a capability, from `models.toml` and the keys that are set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from vtai.core.errors import NotConfigured, UnknownName
from vtai.core.ports import Model
from vtai.core.turn import Capability
from vtai.providers import listing
from vtai.providers.endpoint import WIRES, Endpoint
from vtai.providers.images import abilities
from vtai.providers.images.abilities import Abilities
from vtai.providers.keys import KeyRing
from vtai.providers.model_file import ModelEntry, ModelFile, Retired, VendorEntry
from vtai.providers.near_names import near_names
from vtai.providers.realtime_cost import SoundPrices

EMBEDDED = "embedded"
_DOING: Mapping[Capability, str] = {
    "chat": "answer",
    "reasoning": "think before it answers",
    "vision": "look at pictures",
    "image": "make pictures",
    "speech": "speak",
    "transcription": "listen",
    "tools": "use tools",
    "realtime": "hold a conversation by voice",
    "embedding": "turn texts into vectors",
}


def _today() -> date:
    return datetime.now(UTC).date()


class TomlCatalogue:
    """The `Catalogue` port over one parsed file. Keys are looked at when asked: a new one counts.

    `embedded` says whether the packaged model may answer.
    """

    def __init__(
        self,
        file: ModelFile,
        keys: KeyRing,
        embedded: Callable[[], bool],
        today: Callable[[], date] = _today,
    ) -> None:
        self._file = file
        self._keys = keys
        self._embedded = embedded
        self._today = today
        self._entries = tuple(listing.entries(file))
        self._model_of = {
            entry.name: listing.model(entry, file.vendors[entry.vendor]) for entry in self._entries
        }
        self._by_name = listing.index(self._entries)
        self._vendor_names = {
            known: name for name, entry in file.vendors.items() for known in (*entry.aliases, name)
        }

    @property
    def models(self) -> tuple[Model, ...]:
        """Every listed model, in the order of the file."""
        return tuple(self._model_of.values())

    @property
    def vendors(self) -> Mapping[str, VendorEntry]:
        return MappingProxyType(dict(self._file.vendors))

    def resolve(self, name: str) -> Model:
        """The model behind a name, an alias, a vendor's own name, `vendor/model` or a name of before.

        Raises UnknownName with near matches.
        """
        if entry := self._by_name.get(name.strip().lower()):
            return self._model_of[entry.name]
        if old := self._retired(name):
            return self._model_of[old.model]
        if found := self._split(name):
            vendor, id_ = found
            return listing.unlisted(vendor, id_, self._file.vendors[vendor])
        near = near_names(name, self._by_name)
        first = f"Did you mean {', '.join(near)}? " if near else ""
        raise UnknownName(
            f"There is no model {name!r}.",
            f"{first}`vtai models` lists the names; vendor/model reaches any other.",
        )

    def notice(self, name: str) -> str | None:
        """A line to show when `name` is one of before: what became of it, what answers instead."""
        if name.strip().lower() in self._by_name or (old := self._retired(name)) is None:
            return None
        instead = self._model_of[old.model]
        if old.since is None:
            return f"{name} was retired; {instead.id} answers instead."
        verb = "was retired" if old.since <= self._today() else "is to be retired"
        return f"{name} {verb} on {old.since}; {instead.id} answers instead."

    def choose(self, capability: Capability, wanted: str | None = None) -> Model:
        """`wanted` where it is able, else the first default whose key is set, else the packaged model.

        An unlisted model is taken at the person's word. Raises UnknownName or NotConfigured.
        """
        if wanted is not None:
            model = self.resolve(wanted)
            if model.can(capability):
                return model
            if model.name not in self._model_of:
                return replace(model, capabilities=model.capabilities | {capability})
        if able := self.available(capability):
            return able[0]
        raise self._nothing_for(capability)

    def available(self, capability: Capability) -> Sequence[Model]:
        """The models that could serve a capability now, the default first, then by vendor."""
        vendors = [vendor for vendor in (*self._file.order, EMBEDDED) if self.is_configured(vendor)]
        able = [
            self._model_of[entry.name]
            for vendor in vendors
            for entry in self._entries
            if entry.vendor == vendor and capability in entry.capabilities and not self._is_gone(entry)
        ]
        defaults = (self._file.vendors[vendor].defaults.get(capability) for vendor in vendors)
        default = next((model for name in defaults for model in able if model.name == name), None)
        return able if default is None else [default, *(model for model in able if model != default)]

    def is_configured(self, vendor: str) -> bool:
        """Whether a vendor could be asked now: its key is set, or its address where it needs no key."""
        entry = self._file.vendors[vendor]
        if entry.wire == "embedded":
            return self._embedded()
        if entry.asks_for_key:
            return self._keys.get(vendor) is not None
        if entry.is_local:
            return self._set_url(entry) is not None
        # A wire of another package may know where to go; who names it in their own file wants it used.
        if entry.base_url is not None or entry.wire not in WIRES:
            return True
        return entry.key_variable is not None and self._keys.get(vendor) is not None

    def endpoint(self, model: Model) -> Endpoint:
        """Where a model answers, its key included."""
        vendor = self._file.vendors[model.vendor]
        entry = self._entry(model)
        set_url = self._set_url(vendor)
        base_url = set_url or vendor.base_url
        if base_url and vendor.wire == "openai" and urlsplit(base_url).path in {"", "/"}:
            base_url = base_url.rstrip("/") + "/v1"
        return Endpoint(
            vendor=model.vendor,
            label=vendor.label or model.vendor,
            base_url=base_url,
            key=self._keys.get(model.vendor) if vendor.key_variable else None,
            key_variable=vendor.key_variable,
            has_own_url=set_url is not None,
            litellm_model=f"{vendor.litellm_prefix or model.vendor}/{model.id}",
            max_tokens_field=vendor.max_tokens_field,
            asks_for_usage=vendor.asks_for_usage,
            end_mark=vendor.end_mark,
            efforts={**vendor.efforts, **(entry.efforts if entry else {})},
            extra_body={**vendor.extra_body, **(entry.extra_body if entry else {})},
            search_body=vendor.search_body,
            searches_at=vendor.searches_at,
            hosted_body=vendor.hosted_body,
            vector_stores=vendor.vector_stores,
        )

    def aliases(self, model: Model) -> tuple[str, ...]:
        entry = self._entry(model)
        return entry.aliases if entry else ()

    def image_abilities(self, model: Model) -> Abilities:
        """What is known of how a model makes pictures."""
        return abilities.of(self._entry(model), self._file.vendors[model.vendor])

    def sound_prices(self, model: Model) -> SoundPrices:
        """What is known of what a model's sound costs."""
        entry = self._entry(model)
        if entry is None:
            return SoundPrices()
        return SoundPrices(entry.audio_input_price, entry.audio_output_price, entry.cached_input_price)

    def ageing(self, today: date, within_days: int = 30) -> Sequence[tuple[Model, date]]:
        """The models that stop answering within so many days, or have stopped, with the day."""
        limit = today + timedelta(days=within_days)
        return [
            (self._model_of[entry.name], entry.deprecation_date)
            for entry in self._entries
            if entry.deprecation_date is not None and entry.deprecation_date <= limit
        ]

    def defaults(self) -> Iterator[tuple[str, Capability, Model]]:
        """Every default of the file: vendor, capability, model."""
        for vendor, entry in self._file.vendors.items():
            for capability, name in entry.defaults.items():
                yield vendor, capability, self._model_of[name]

    def _entry(self, model: Model) -> ModelEntry | None:
        found = self._by_name.get(model.name.lower())
        return found if found is not None and found.id == model.id else None

    def _set_url(self, vendor: VendorEntry) -> str | None:
        return next((url for name in vendor.base_url_variables if (url := self._keys.variable(name))), None)

    def _is_gone(self, entry: ModelEntry) -> bool:
        return entry.deprecation_date is not None and entry.deprecation_date <= self._today()

    def _split(self, name: str) -> tuple[str, str] | None:
        """Vendor and its own name of the model."""
        for mark in ("/", ":"):
            vendor, found, id_ = name.strip().partition(mark)
            known = self._vendor_names.get(vendor.lower())
            if found and id_ and known is not None and known != EMBEDDED:
                return known, id_
        return None

    def _retired(self, name: str) -> Retired | None:
        """Where the vendor is named too, only what is gone from that vendor is replaced."""
        found = self._split(name)
        vendor, bare = found or (None, name.strip())
        for old in self._file.retired:
            if not old.covers(bare):
                continue
            is_gone = old.since is None or old.since <= self._today()
            if vendor is None or (is_gone and self._model_of[old.model].vendor == vendor):
                return old
        return None

    def _nothing_for(self, capability: Capability) -> NotConfigured:
        able = {entry.vendor for entry in self._entries if capability in entry.capabilities}
        vendors = [v for v in self._file.order if v in able and self._file.vendors[v].asks_for_key]
        variables = [str(self._file.vendors[v].key_variable) for v in vendors]
        if not vendors:
            return NotConfigured(
                f"No model is set up that can {_DOING[capability]}.", "Add one to your models.toml."
            )
        listed = " or ".join(filter(None, [", ".join(variables[:-1]), variables[-1]]))
        return NotConfigured(
            f"No model is set up that can {_DOING[capability]}.",
            f"Set {listed}, or store a key: vtai --api-key {vendors[0]}=...",
        )
