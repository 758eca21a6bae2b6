"""An image model that paints coloured discs, and does as the words of the prompt say.

"three" makes three pictures, "previews" sends two of each before it is ready, "refuse" fails as a vendor's
policy does, "wait" stops half way until the file `go` is there.
"""

from __future__ import annotations

import asyncio
import colorsys
import json
from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path

from vtai.core.documents import Picture
from vtai.core.errors import ContentRefused
from vtai.core.events import FileReady, Notice, PicturePreview, Usage
from vtai.core.ports import ImageRequest

_SIZE = (480, 320)
_PREVIEWS = (24, 6)


def painted(number: int, blur: int = 1, size: tuple[int, int] = _SIZE) -> bytes:
    """A PNG; each number has a colour of its own, and `blur` makes it rough."""
    from PIL import Image, ImageDraw

    colour = tuple(int(part * 255) for part in colorsys.hsv_to_rgb(number * 0.29 % 1, 0.6, 0.85))
    picture = Image.new("RGB", size, (238, 236, 230))
    centre, radius = (size[0] // 2, size[1] // 2), size[1] // 3
    ImageDraw.Draw(picture).circle(centre, radius, fill=colour)
    if blur > 1:
        picture = picture.resize((size[0] // blur, size[1] // blur)).resize(size)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


class Painter:
    """Writes down each request beside those of the other model."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made = 0

    async def generate(
        self, request: ImageRequest
    ) -> AsyncGenerator[PicturePreview | FileReady | Notice | Usage, None]:
        self._write(request)
        prompt = request.prompt
        if "refuse" in prompt:
            raise ContentRefused(
                "The vendor's rules do not allow this picture.", "Describe it in other words, without people."
            )
        count = 3 if "three" in prompt else request.options.count
        details = (("Model", "painter-1"), ("Size", "480x320"), ("Quality", "high"), ("Format", "png"))
        for slot in range(count):
            self._made += 1
            for blur in _PREVIEWS if "previews" in prompt or "wait" in prompt else ():
                yield PicturePreview(slot, "image/png", painted(self._made, blur))
            while "wait" in prompt and not (self._path.parent / "go").exists():
                await asyncio.sleep(0.02)
            yield FileReady(f"picture-{slot + 1}.png", "image/png", painted(self._made), prompt, details)
        yield Usage("painter-1", 40, 1_100, 0.042)

    def _write(self, request: ImageRequest) -> None:
        about = {
            "prompt": request.prompt,
            "images": [_digest(picture) for picture in request.images],
            "mask": _open_share(request.mask) if request.mask else None,
        }
        with self._path.open("a") as file:
            file.write(json.dumps({"picture": about}) + "\n")


def _digest(picture: Picture) -> list[int]:
    """The colour in the middle: enough to know which picture it is."""
    from PIL import Image

    with Image.open(BytesIO(picture.data)) as image:
        pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    return list(pixel) if isinstance(pixel, tuple) else []


def _open_share(mask: Picture) -> dict[str, object]:
    """The mask's size, and how much of it is transparent, in 0..1."""
    from PIL import Image

    with Image.open(BytesIO(mask.data)) as image:
        alpha = image.getchannel("A").histogram()
        return {"size": list(image.size), "open": alpha[0] / (image.width * image.height)}
