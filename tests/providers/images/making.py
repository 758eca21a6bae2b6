"""What the tests of pictures share: a catalogue, a way to ask, answers of two kinds of vendors."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from tests.fakes import FakeFetcher, FakePictures
from tests.providers.catalogues import catalogue_of
from tests.providers.wires import KEY
from tests.standins.fast import FastServer
from tests.standins.script import PIXEL_PNG, Script
from vtai.core.documents import Picture
from vtai.core.errors import VTError
from vtai.core.events import FileReady, Notice, PicturePreview
from vtai.core.ports import ImageRequest
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.images.vendor import VendorImages
from vtai.providers.images.wire import Waits
from vtai.providers.litellm_library import LiteLLMLibrary

PIXEL = base64.b64decode(PIXEL_PNG)
CAT = Picture("image/png", PIXEL, 1, 1)
DOG = Picture("image/jpeg", b"\xff\xd8\xff the dog", 2, 2)
MASK = Picture("image/png", PIXEL + b" the mask", 1, 1)


def encoded(kind: str = "PNG", size: tuple[int, int] = (6, 4)) -> str:
    """A picture of a vendor's, as base64."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def shop(url: str, own: str = "", **environ: str) -> TomlCatalogue:
    """Everybody's models, all answering at `url`."""
    names = ("OPENAI_BASE_URL", "XAI_API_BASE", "GEMINI_API_BASE", "OLLAMA_API_BASE")
    keys = dict.fromkeys(("OPENAI_API_KEY", "XAI_API_KEY", "GEMINI_API_KEY"), KEY)
    return catalogue_of({**dict.fromkeys(names, url), **keys, **environ}, own)


async def attempt(
    catalogue: TomlCatalogue,
    name: str = "gpt-image",
    *,
    converter: FakePictures | None = None,
    fetcher: FakeFetcher | None = None,
    waits: Waits | None = None,
    **more: Any,
) -> tuple[list[Any], VTError | None]:
    """What came, and the error that ended it."""
    library, events = LiteLLMLibrary(), list[Any]()
    client = VendorImages(
        catalogue, converter or FakePictures(), fetcher or FakeFetcher(), library=library, waits=waits
    )
    request = ImageRequest(catalogue.choose("image", name), "A cat", **more)
    try:
        async with aclosing(client.generate(request)) as making:
            async for event in making:
                events += [event]
    except VTError as error:
        return events, error
    finally:
        await client.aclose()
        await library.aclose()
    return events, None


async def made(catalogue: TomlCatalogue, name: str = "gpt-image", **more: Any) -> list[Any]:
    """What came, where all went well."""
    events, error = await attempt(catalogue, name, **more)
    assert error is None, error.message
    return events


def files(events: Sequence[Any]) -> list[FileReady]:
    return [event for event in events if isinstance(event, FileReady)]


def previews(events: Sequence[Any]) -> list[PicturePreview]:
    return [event for event in events if isinstance(event, PicturePreview)]


def notices(events: Sequence[Any]) -> dict[str, str]:
    return {event.key: event.text for event in events if isinstance(event, Notice)}


def details(events: Sequence[Any]) -> dict[str, str]:
    return dict(files(events)[0].details)


def form(body: str) -> dict[str, list[str]]:
    """The fields of a form as they came, each with its values; of files their content."""
    boundary = body.split("\r\n", 1)[0]
    fields: dict[str, list[str]] = {}
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.strip("\r\n").partition("\r\n\r\n")
        found = re.search(r'name="([^"]+)"', head)
        assert found is not None
        fields.setdefault(found[1], []).append(content)
    return fields


def gemini(*pictures: str, **more: Any) -> str:
    """An answer of Gemini's; `more` replaces its parts."""
    parts = [{"inlineData": {"mimeType": "image/png", "data": picture}} for picture in pictures]
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 20, "totalTokenCount": 30}
    candidates = [{"content": {"parts": parts}, "finishReason": "STOP"}]
    return json.dumps({"candidates": candidates, "usageMetadata": usage, **more})


def serve(vendor: FastServer, name: str, *pictures: str) -> None:
    """Every request to the vendor of the model `name` is answered with these pictures."""
    is_gemini = name.startswith("gemini")
    vendor.default = Script(raw=gemini(*pictures)) if is_gemini else Script(images=pictures)
