"""Reads PDF files. Places are pages; pages that are pictures of text are handed back to be recognised."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vtai.core.documents import Passage
from vtai.core.errors import BadAttachment
from vtai.providers.reading import pdf_extras
from vtai.providers.reading.source import Note, Piece, Scan, Source, damaged, locked
from vtai.providers.reading.splitting import cut, pages_named

if TYPE_CHECKING:
    import pypdfium2

# Fewer letters than this on a page with a large picture: the letters are a stamp, the words in the picture.
_FEW_LETTERS = 200
_LARGE_SHARE = 0.5
# Letters drawn as shapes: many paths and no letters.
_MANY_PATHS = 200
_MOST_OBJECTS = 2_000
_LEAST_READABLE = 0.7
_PICTURE_SIDE = 2_000
_HYPHEN = re.compile("(?:\ufffe|\x02)\n?")
_ODD = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")


def read(source: Source) -> Iterator[Piece]:
    import pypdfium2

    with _document(source) as document:
        if document.get_formtype():
            document.init_forms()
        pages, most = len(document), source.limits.pages
        if pages == 0:
            raise damaged(source.name)
        unread = list[int]()
        for number in range(1, min(pages, most) + 1):
            try:
                yield from _page(document, number)
            except pypdfium2.PdfiumError:
                unread.append(number)
        if len(unread) == min(pages, most):
            raise damaged(source.name)
        if unread:
            yield Note(f"Damaged and left out: {pages_named(unread)}.")
        if pages > most:
            yield Note(f"Read {most:,} of {pages:,} pages.")


def picture(source: Source, number: int) -> bytes:
    """A page as a PNG that is large enough for its words to be recognised."""
    import pypdfium2

    with _document(source) as document:
        try:
            page = document[number - 1]
            scale = min(_PICTURE_SIDE / max(1.0, *page.get_size()), 8.0)
            image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise damaged(source.name) from error
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()


def _document(source: Source) -> pypdfium2.PdfDocument:
    import pypdfium2
    import pypdfium2.raw

    try:
        return pypdfium2.PdfDocument(source.path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise locked(source.name) from error
        if error.err_code == pypdfium2.raw.FPDF_ERR_SECURITY:
            raise BadAttachment(
                f"{source.name} is protected in a way that cannot be read here.",
                "Save a copy without the protection and attach that.",
            ) from error
        raise damaged(source.name) from error


def _page(document: pypdfium2.PdfDocument, number: int) -> Iterator[Piece]:
    page = document[number - 1]
    try:
        text = page.get_textpage().get_text_range()
        text = _HYPHEN.sub("", text.replace("\r\n", "\n")).strip()
        letters = sum(not character.isspace() for character in text)
        readable = 1 - len(_ODD.findall(text)) / (letters or 1)
        if letters < _FEW_LETTERS and _is_picture(page, letters):
            yield from (Passage(f"page {number}", part) for part in cut(text))
            yield Scan(number)
        elif readable < _LEAST_READABLE:
            # Its fonts do not say which letters they draw.
            yield Scan(number)
        else:
            yield from (Passage(f"page {number}", part) for part in cut(text))
        extras = "\n".join(pdf_extras.fields_and_comments(page))
        yield from (Passage(f"page {number}", part) for part in cut(extras))
    finally:
        page.close()


def _is_picture(page: pypdfium2.PdfPage, letters: int) -> bool:
    """Whether what is on a page is drawn rather than written."""
    import pypdfium2.raw

    width, height = page.get_size()
    paths = 0
    for count, item in enumerate(page.get_objects(max_depth=3)):
        if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE:
            share = _share(item, width * height)
            if share > _LARGE_SHARE or (letters == 0 and share > 0.02):
                return True
        paths += item.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH
        if count > _MOST_OBJECTS:
            break
    return letters == 0 and paths > _MANY_PATHS


def _share(item: Any, area: float) -> float:
    left, bottom, right, top = item.get_bounds()
    return abs(float((right - left) * (top - bottom))) / (area or 1)
