"""Reads Word documents (DOCX). Places are the headings a passage stands under."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from xml.parsers.expat import ExpatError

from vtai.core.documents import Passage
from vtai.core.errors import BadAttachment
from vtai.providers.reading import markup, packages
from vtai.providers.reading.source import Note, Piece, Source, damaged
from vtai.providers.reading.splitting import cut

# About 15 seconds of work, and thousands of pages.
_LARGEST_PART_BYTES = 40_000_000
_WORDS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BACK_LINK = re.compile(r'<a href="#(?:foot|end)note-ref-[^"]*">↑</a>')
_CHANGES = re.compile(rb"<w:(?:ins|del|moveFrom) ")
_TAILS = (
    ('<ol><li id="footnote-', "<h1>Footnotes</h1>"),
    ('<ol><li id="endnote-', "<h1>Endnotes</h1>"),
    ('<dl><dt id="comment-', "<h1>Comments</h1>"),
)


def read(source: Source) -> Iterator[Piece]:
    with packages.opened(source) as package:
        packages.refuse_declarations(package, source)
        largest = max((member.file_size for member in _texts(package)), default=0)
        if largest > _LARGEST_PART_BYTES:
            raise BadAttachment(
                f"{source.name} holds {largest // 1_000_000:,} MB of text, more than is read here.",
                "Send a part of it.",
            )
        texts = {member.filename: package.read(member) for member in _texts(package)}
        changes = any(_CHANGES.search(text) for text in texts.values())
        beside = [("headers and footers", text) for text in _margins(package)]
        if not any(b"commentReference" in text for text in texts.values()):
            # Comments that no sign in the text points to.
            beside += [("comments", text) for text in _paragraphs(package, "word/comments.xml")]
    yield from markup.pieces(_html(source))
    for place, text in beside:
        yield from (Passage(place, part) for part in cut(text))
    if changes:
        yield Note("It has tracked changes; it was read as if all of them were accepted.")


def _texts(package: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    names = re.compile(r"word/[^/]*\.xml")
    return [member for member in package.infolist() if names.fullmatch(member.filename)]


def _html(source: Source) -> str:
    import mammoth

    try:
        with source.path.open("rb") as file:
            # Pictures are not opened: their descriptions are enough.
            pictures = mammoth.images.img_element(lambda _: {"src": ""})
            result = mammoth.convert_to_html(
                file, convert_image=pictures, style_map="comment-reference => sup", external_file_access=False
            )
    except (KeyError, ValueError, AttributeError, OSError, ExpatError) as error:
        raise damaged(source.name) from error
    html = _BACK_LINK.sub("", str(result.value))
    for tail, heading in _TAILS:
        before, found, after = html.partition(tail)
        html = before + heading + found + after if found else before
    return html


def _margins(package: zipfile.ZipFile) -> Iterator[str]:
    """The different headers and footers."""
    seen = set[str]()
    for name in package.namelist():
        if re.fullmatch(r"word/(?:header|footer)\d*\.xml", name):
            text = "\n".join(_paragraphs(package, name))
            if text and text not in seen:
                seen.add(text)
                yield text


def _paragraphs(package: zipfile.ZipFile, name: str) -> Iterator[str]:
    root = packages.xml(package, name)
    paragraphs = () if root is None else root.iter(f"{_WORDS}p")
    texts = ("".join(text.text or "" for text in one.iter(f"{_WORDS}t")) for one in paragraphs)
    return filter(str.strip, texts)
