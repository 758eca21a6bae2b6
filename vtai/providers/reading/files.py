"""The reader of files: sends each to a child process, and pages that are pictures to text recognition."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vtai.core.documents import Document, Passage
from vtai.core.errors import BadAttachment, NotConfigured, NotReady
from vtai.providers.reading.limits import Limits
from vtai.providers.reading.splitting import cut, pages_named

if TYPE_CHECKING:
    from vtai.core.messages import Attachment
    from vtai.providers.workshop import Workshop

_READ = "vtai.providers.reading.documents_job:read"
_PAGE = "vtai.providers.reading.documents_job:page"
_RECOGNISE = "vtai.providers.reading.ocr_job:lines"
_NO_RECOGNITION = NotConfigured(
    "The part that reads words in pictures is not installed.",
    "Install VT.ai with its embedded models: pip install 'vtai[embedded]'.",
)


class FileReader:
    """A Reader. `workshop` reads the files; `ocr`, where there is one, recognises text in pictures."""

    def __init__(self, workshop: Workshop, ocr: Workshop | None = None, limits: Limits = Limits()) -> None:  # noqa: B008 frozen
        self._workshop = workshop
        self._ocr = ocr
        self._limits = limits

    async def read(self, file: Attachment) -> Document:
        """The words of a file in reading order, with their places. Raises BadAttachment, Busy."""
        options = {
            "name": file.name,
            "path": str(await asyncio.to_thread(file.path.absolute)),
            "media_type": file.media_type,
            "limits": self._limits.as_options(),
        }
        result, data = await self._workshop.run(_READ, b"", options, self._limits.timeout_s)
        document = await asyncio.to_thread(_document, file.name, data)
        scans: Sequence[tuple[int, int]] = [(index, page) for index, page in result["scans"]]
        return await self._with_scans(document, scans, options) if scans else document

    async def _with_scans(
        self, document: Document, scans: Sequence[tuple[int, int]], options: dict[str, Any]
    ) -> Document:
        """The document with the words of its scanned pages where they belong."""
        most = self._limits.scanned_pages
        recognised: dict[int, str] = {}
        failed = list[int]()
        notes = list(document.notes)
        for index, (_, page) in enumerate(scans[:most]):
            try:
                recognised[page] = await self._recognised(page, options)
            except (NotConfigured, NotReady) as missing:
                left = [page for _, page in scans[index:]]
                notes.append(f"Scanned and not read: {pages_named(left)}. {missing.message} {missing.hint}")
                break
            except BadAttachment:
                failed.append(page)
        else:
            if left := [page for _, page in scans[most:]]:
                notes.append(f"Scanned and left out: {pages_named(left)}. The limit is {most} such pages.")
        if failed:
            notes.append(f"Scanned and not readable: {pages_named(failed)}.")
        if read := [page for page, text in recognised.items() if text.strip()]:
            notes.append(
                f"Read from pictures of the text, so single letters may be wrong: {pages_named(read)}."
            )
        return Document(document.name, _merged(document.passages, scans, recognised), tuple(notes))

    async def _recognised(self, page: int, options: dict[str, Any]) -> str:
        if self._ocr is None:
            raise _NO_RECOGNITION
        _, picture = await self._workshop.run(_PAGE, b"", {**options, "page": page}, self._limits.timeout_s)
        found, _ = await self._ocr.run(
            _RECOGNISE, picture, {"name": f"page {page} of {options['name']}"}, self._limits.timeout_s
        )
        return str(found["text"])


def _document(name: str, data: bytes) -> Document:
    read = json.loads(data)
    return Document(
        name, tuple(Passage(place, text) for place, text in read["passages"]), tuple(read["notes"])
    )


def _merged(
    passages: Sequence[Passage], scans: Sequence[tuple[int, int]], recognised: dict[int, str]
) -> tuple[Passage, ...]:
    merged, done = list[Passage](), 0
    for index, page in scans:
        merged.extend(passages[done:index])
        done = index
        merged.extend(Passage(f"page {page}", part) for part in cut(recognised.get(page, "")))
    return (*merged, *passages[done:])
