"""Decides how the options of a picture are met: what is sent, what is done afterwards, what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vtai.core.events import Notice

if TYPE_CHECKING:
    from vtai.core.documents import PictureFormat
    from vtai.core.ports import ImageRequest
    from vtai.core.turn import ImageOptions
    from vtai.providers.images.abilities import Abilities

_MAX_COUNT = 4
_ONLY_ASKED = ("size", "quality", "background", "moderation")
_FIELDS: Mapping[str, str] = {
    "size": "size",
    "quality": "quality",
    "background": "background",
    "moderation": "moderation",
    "format": "output_format",
    "compression": "output_compression",
    "count": "n",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How one reply's pictures are made.

    `sent` are the options of ours that go to the model. `format` and `compression` hold for the pictures in
    the end, whoever sees to it. `left_out` cannot be met. `partial_images` and `asks_for_data` go with the
    request.
    """

    abilities: Abilities
    sent: Mapping[str, Any]
    count: int
    format: PictureFormat | None = None
    compression: int | None = None
    left_out: tuple[str, ...] = ()
    has_mask: bool = False
    partial_images: int = 0
    asks_for_data: bool = False

    @property
    def requests(self) -> int:
        """How many requests are made side by side."""
        return 1 if "count" in self.sent else self.count

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of one request."""
        fields = {_FIELDS[name]: value for name, value in self.sent.items()}
        if self.abilities.aspect_ratios and "size" in fields:
            fields["aspect_ratio"] = fields.pop("size")
        # One stream makes one picture: its previews do not say which of several they belong to.
        if self.partial_images and "count" not in self.sent:
            fields |= {"stream": True, "partial_images": self.partial_images}
        if self.asks_for_data:
            fields["response_format"] = "b64_json"
        return fields

    def without(self, names: frozenset[str]) -> Plan:
        """The plan after the model refused the options `names`."""
        newly = tuple(name for name in _ONLY_ASKED if name in names and name in self.sent)
        return replace(
            self,
            sent={name: value for name, value in self.sent.items() if name not in names},
            left_out=(*self.left_out, *newly),
            has_mask=self.has_mask and "mask" not in names,
            partial_images=0 if "stream" in names else self.partial_images,
            asks_for_data=self.asks_for_data and "data" not in names,
        )


def planned(request: ImageRequest, abilities: Abilities) -> Plan:
    """The plan by what is known of the model."""
    options = request.options
    sent: dict[str, Any] = {}
    left_out: list[str] = []
    for name in _ONLY_ASKED:
        asked = getattr(options, name)
        value = asked if abilities.takes(name) else None
        if name == "size" and value is not None and abilities.aspect_ratios:
            value = _nearest(value, abilities.aspect_ratios)
        if value is not None:
            sent[name] = value
        elif asked not in {None, "auto"}:
            left_out.append(name)
    wanted = _format(options, needs_alpha=sent.get("background") == "transparent")
    compression = options.compression if wanted in {"jpeg", "webp"} else None
    if wanted is not None and abilities.takes("format"):
        sent["format"] = wanted
        if compression is not None and abilities.takes("compression"):
            sent["compression"] = compression
    count = min(max(options.count, 1), _MAX_COUNT)
    if count > 1 and abilities.takes("count"):
        sent["count"] = count
    return Plan(
        abilities=abilities,
        sent=sent,
        count=count,
        format=wanted,
        compression=compression,
        left_out=tuple(left_out),
        has_mask=request.mask is not None and bool(request.images) and abilities.takes_mask is not False,
        partial_images=abilities.partial_images,
    )


def notices(plan: Plan, request: ImageRequest) -> Iterator[Notice]:
    """What people should know of the plan. A later notice of a key says all that an earlier one said."""
    options = request.options
    if plan.left_out:
        listed = ", ".join(plan.left_out)
        yield Notice("image-options", f"{request.model.name} does not take {listed}; left out.")
    if options.format == "jpeg" and plan.format != "jpeg":
        yield Notice("image-format", "JPEG cannot be transparent; the picture is a PNG.")
    if options.compression is not None and plan.compression is None:
        yield Notice(
            "image-compression", "Only JPEG and WebP are compressed by percent; compression left out."
        )


def _format(options: ImageOptions, *, needs_alpha: bool) -> PictureFormat | None:
    if needs_alpha and options.format in {None, "jpeg"}:
        return "png"
    return options.format


def _nearest(size: str, ratios: tuple[str, ...]) -> str | None:
    """The ratio that a size such as "1536x1024" comes nearest to; None for a size that is no numbers."""
    if size in ratios:
        return size
    wanted = _ratio(size, "x")
    known = [(ratio, value) for ratio in ratios if (value := _ratio(ratio, ":")) is not None]
    if wanted is None or not known:
        return None
    # As far off as it is too wide or too narrow, whichever.
    return min(known, key=lambda pair: max(pair[1] / wanted, wanted / pair[1]))[0]


def _ratio(text: str, mark: str) -> float | None:
    width, _, height = text.partition(mark)
    try:
        ratio = float(width) / float(height)
    except (ValueError, ZeroDivisionError):
        return None
    return ratio if ratio > 0 else None
