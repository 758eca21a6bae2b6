"""Checks that a model can start from the pictures it is given, and names those that can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from vtai.core.errors import BadAttachment, NotConfigured
from vtai.core.events import Notice

if TYPE_CHECKING:
    from vtai.core.ports import ImageRequest, Model, Pictures
    from vtai.core.turn import Capability
    from vtai.providers.images.abilities import Abilities
    from vtai.providers.model_file import VendorEntry


class Known(Protocol):
    """What is asked of the catalogue."""

    @property
    def vendors(self) -> Mapping[str, VendorEntry]: ...

    @property
    def models(self) -> Sequence[Model]: ...

    def available(self, capability: Capability) -> Sequence[Model]: ...

    def image_abilities(self, model: Model) -> Abilities: ...


def check(request: ImageRequest, abilities: Abilities, known: Known) -> None:
    """Raises NotConfigured for a model that changes no pictures, BadAttachment for more than it takes."""
    limit, count = abilities.max_images, len(request.images)
    if limit is None or count <= limit:
        return
    hint = _who(known, request.model, lambda other: other.max_images is None or other.max_images >= count)
    if limit == 0:
        raise NotConfigured(
            f"{request.model.name} makes pictures, but cannot change any.",
            hint or "Choose another model for pictures.",
        )
    pictures = "one picture" if limit == 1 else f"{limit} pictures"
    fewer = "Attach fewer."
    raise BadAttachment(
        f"{request.model.name} takes at most {pictures} at once; these are {count}.",
        f"{fewer} {hint}" if hint else fewer,
    )


async def still(request: ImageRequest, converter: Pictures) -> ImageRequest:
    """The request with pictures that every vendor can start from: no vendor changes what moves."""
    images = [
        await converter.convert(f"picture-{number}.gif", picture.data, "png")
        if picture.media_type == "image/gif"
        else picture
        for number, picture in enumerate(request.images, start=1)
    ]
    return replace(request, images=tuple(images))


def mask_left_out(request: ImageRequest, known: Known) -> Notice:
    """What to say where the model takes no mask."""
    hint = _who(known, request.model, lambda other: other.takes_mask is True)
    text = f"{request.model.name} takes no mask: it may change the whole picture. {hint}"
    return Notice("image-mask", text.strip())


def _who(known: Known, asked: Model, is_able: Callable[[Abilities], bool]) -> str:
    """A sentence on who can do it: the models that are set up, else those that a key would turn on."""
    ready = [m for m in known.available("image") if m != asked and is_able(known.image_abilities(m))]
    if ready:
        return f"{_listed([model.name for model in ready])} can."
    others = [m for m in known.models if m.can("image") and m != asked and is_able(known.image_abilities(m))]
    keys = {key for model in others if (key := known.vendors[model.vendor].key_variable)}
    if not keys:
        return ""
    return f"{_listed([model.name for model in others])} can: set {_listed(sorted(keys))}."


def _listed(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
