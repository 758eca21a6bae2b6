"""Turns the tables of a model file into models and finds each by every spelling of its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vtai.core.ports import Model
from vtai.providers.model_file import ModelEntry, ModelFile, VendorEntry


def entries(file: ModelFile) -> Iterator[ModelEntry]:
    """The listed models, and those that a vendor's table names in short."""
    yield from file.models
    listed = {(entry.vendor, entry.id) for entry in file.models}
    for vendor, table in file.vendors.items():
        for id_ in table.models:
            if (vendor, id_) not in listed:
                yield ModelEntry(name=f"{vendor}/{id_}", vendor=vendor, id=id_)


def index(entries: Sequence[ModelEntry]) -> dict[str, ModelEntry]:
    """Every spelling of every listed model; friendly names win over the vendors' own."""
    index: dict[str, ModelEntry] = {}
    for entry in entries:
        for spelling in (entry.name, *entry.aliases):
            index.setdefault(spelling.lower(), entry)
    for entry in entries:
        owner, slash, _ = entry.id.partition("/")
        spellings = [f"{entry.vendor}/{entry.id}", f"{entry.vendor}:{entry.id}"]
        if not slash or owner == entry.vendor:
            spellings.append(entry.id)
        for spelling in spellings:
            index.setdefault(spelling.lower(), entry)
    return index


def model(entry: ModelEntry, vendor: VendorEntry) -> Model:
    """A listed model; what its own table leaves open is its vendor's."""
    inherited = vendor.hosted if "tools" in entry.capabilities else frozenset()
    return Model(
        name=entry.name,
        id=entry.id,
        vendor=entry.vendor,
        capabilities=entry.capabilities,
        context_tokens=entry.context_tokens or vendor.context_tokens,
        max_output_tokens=entry.max_output_tokens,
        input_price=entry.input_price,
        output_price=entry.output_price,
        is_embedded=vendor.wire == "embedded",
        rejects=vendor.rejects | entry.rejects,
        image_side=entry.image_side or vendor.image_side,
        has_search=entry.has_search,
        hosted=inherited if entry.hosted is None else entry.hosted,
    )


def unlisted(vendor: str, id_: str, entry: VendorEntry) -> Model:
    """A model of which nothing is known: it chats, and its context is the vendor's least."""
    return Model(
        name=f"{vendor}/{id_}",
        id=id_,
        vendor=vendor,
        capabilities=frozenset({"chat"}),
        context_tokens=entry.context_tokens,
        rejects=entry.rejects,
        image_side=entry.image_side,
        has_search=entry.has_search,
    )
