"""What a model that makes pictures can do, as far as the data says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from vtai.providers.model_file import ModelEntry, VendorEntry

EditsAs = Literal["form", "json"]


@dataclass(frozen=True, slots=True)
class Abilities:
    """None is "not known": then it is tried.

    `options` are the names in `ImageOptions` that the model takes. `max_images` is how many pictures one
    change may start from; 0: it changes none. `partial_images` is how many previews it is asked for; 0: it
    streams none. `aspect_ratios`, where there are any, are what it takes in place of a size. Prices are in
    USD: of one picture, and of a million input tokens that stand for pictures.
    """

    options: frozenset[str] | None = None
    max_images: int | None = None
    takes_mask: bool | None = None
    partial_images: int = 0
    aspect_ratios: tuple[str, ...] = ()
    edits_as: EditsAs = "form"
    picture_price: float | None = None
    image_input_price: float | None = None

    def takes(self, option: str) -> bool:
        return self.options is None or option in self.options


def of(entry: ModelEntry | None, vendor: VendorEntry) -> Abilities:
    """What the data says; of a model that is not listed, only what its vendor takes."""
    if entry is None:
        return Abilities(edits_as=vendor.edits_as)
    return Abilities(
        options=entry.image_options,
        max_images=entry.max_images,
        takes_mask=entry.takes_mask,
        partial_images=entry.partial_images,
        aspect_ratios=entry.aspect_ratios,
        edits_as=vendor.edits_as,
        picture_price=entry.picture_price,
        image_input_price=entry.image_input_price,
    )
