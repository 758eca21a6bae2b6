"""The `Pictures` port: everything that is done to a picture happens in child processes with limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vtai.core.documents import Picture, PictureFormat, PictureText
from vtai.core.errors import NotConfigured
from vtai.providers.reading.ocr_job import is_installed
from vtai.providers.workshop import Answer, Workshop

_JOBS = "vtai.providers.reading.picture_job"
_OCR_JOBS = "vtai.providers.reading.ocr_job"
# Vendors refuse a longer side, and fewer pixels are no use to anybody.
_MOST_SIDE, _LEAST_SIDE = 8_000, 64
_MOST_PAGES = 5
# The reader of words stops by itself after the first and says so; the second is for what it cannot help.
_READING_S, _MOST_READING_S = 60.0, 150.0


class WorkshopPictures:
    """Pictures for models that see, words and facts for those that do not.

    `workshop` decodes what people send; `ocr` is apart from it, because its children keep a model loaded.
    `time_limit_s` is for decoding and encoding one picture; `can_read` says whether words can be read at all.
    """

    def __init__(
        self,
        workshop: Workshop,
        ocr: Workshop,
        *,
        time_limit_s: float = 40.0,
        can_read: Callable[[], bool] = is_installed,
    ) -> None:
        self._workshop = workshop
        self._ocr = ocr
        self._can_read = can_read
        self._time_limit_s = time_limit_s

    async def prepare(self, name: str, raw: bytes, max_side: int, *, is_still: bool = False) -> Picture:
        """A PNG, JPEG or WebP of at most `max_side` pixels a side and 3.7 MB, upright, without metadata.

        An animation becomes a sheet of four of its frames, a TIFF of several pages a sheet of the first four;
        `is_still` takes the first alone. Raises BadAttachment.
        """
        side = min(max(max_side, _LEAST_SIDE), _MOST_SIDE)
        options = {"name": name, "max_side": side, "is_still": is_still}
        return _picture(await self._workshop.run(f"{_JOBS}:prepare", raw, options, self._time_limit_s))

    async def convert(
        self, name: str, raw: bytes, wanted: PictureFormat, compression: int | None = None
    ) -> Picture:
        """The picture in another format, full size, without metadata. Raises BadAttachment.

        `compression` is 0 to 100 in the sense of image vendors: 100 is the best picture, 0 the smallest file.
        """
        options = {"name": name, "format": wanted, "compression": compression}
        return _picture(await self._workshop.run(f"{_JOBS}:convert", raw, options, self._time_limit_s))

    async def facts(self, name: str, raw: bytes) -> tuple[str, ...]:
        """What can be told without reading: form, size, date, camera, colours. Raises BadAttachment."""
        described, _ = await self._workshop.run(f"{_JOBS}:facts", raw, {"name": name}, self._time_limit_s)
        return tuple(described["facts"])

    async def read(self, name: str, raw: bytes) -> PictureText:
        """The words in reading order, on up to five pages, and the facts with what codes say.

        Raises BadAttachment; NotConfigured where the reader of words is not installed.
        """
        if not self._can_read():
            raise NotConfigured(
                "The part that reads words in pictures is not installed.",
                "Install VT.ai with its embedded models (pip install 'vtai[embedded]'), or add a key for a "
                "model that sees.",
            )
        described, png = await self._workshop.run(f"{_JOBS}:facts", raw, {"name": name}, self._time_limit_s)
        said: list[str] = list(described["facts"])
        pages = min(described["pages"], _MOST_PAGES)
        if described["pages"] > pages:
            said.append(f"only the first {pages} pages were read")
        texts = []
        for number in range(pages):
            if number:
                options = {"name": name, "page": number}
                _, png = await self._workshop.run(f"{_JOBS}:facts", raw, options, self._time_limit_s)
            words = await self._words(name, png)
            said += [fact for fact in words["facts"] if fact not in said]
            mark = f"[page {number + 1}]\n" if pages > 1 else ""
            texts.append(mark + words["text"] if words["text"] else "")
        return PictureText("\n\n".join(text for text in texts if text), tuple(said))

    async def _words(self, name: str, png: bytes) -> dict[str, Any]:
        options = {"name": name, "finds_codes": True, "most_s": _READING_S}
        found, _ = await self._ocr.run(f"{_OCR_JOBS}:lines", png, options, _MOST_READING_S)
        return found


def _picture(answer: Answer) -> Picture:
    made, data = answer
    return Picture(made["media_type"], data, made["width"], made["height"])
