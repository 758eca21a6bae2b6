"""Reads e-books (EPUB). Places are chapters with their titles."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from vtai.providers.reading import markup, packages
from vtai.providers.reading.encodings import decoded
from vtai.providers.reading.source import Note, Piece, Source, damaged, unread
from vtai.providers.reading.splitting import of_blocks

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_PACKAGE = "{http://www.idpf.org/2007/opf}"
_CONTENTS = "{http://www.daisy.org/z3986/2005/ncx/}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_FONTS = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")


def read(source: Source) -> Iterator[Piece]:
    with packages.opened(source) as package:
        _refuse_locked(package, source)
        opf = _opf(package, source)
        titles = _titles(package, opf)
        number, missing = 0, 0
        for part in _spine(package, opf, source):
            try:
                html = decoded(package.read(part)) or ""
            except KeyError:
                missing += 1
                continue
            blocks = list(markup.blocks(html))
            if not any(text for heading, text in blocks if not text.startswith("Title: ")):
                continue
            number += 1
            title = titles.get(part) or next((heading for heading, _ in blocks if heading), "")
            place = f"chapter {number}: {title}" if title else f"chapter {number}"
            yield from of_blocks(((place, text) for _, text in blocks if not text.startswith("Title: ")))
    if missing:
        yield Note(f"Missing in the file and left out: {missing} of its parts.")


def _refuse_locked(package: zipfile.ZipFile, source: Source) -> None:
    """Fonts may be scrambled; a book whose text is has copy protection."""
    if "META-INF/encryption.xml" not in package.namelist():
        return
    said = package.read("META-INF/encryption.xml")
    if said.count(b"EncryptionMethod") > sum(said.count(font) for font in _FONTS):
        raise unread(
            source.name,
            "has copy protection and cannot be read here",
            "Attach a copy without it, or the text.",
        )


def _opf(package: zipfile.ZipFile, source: Source) -> str:
    container = packages.xml(package, "META-INF/container.xml")
    found = None if container is None else container.find(f".//{_CONTAINER}rootfile")
    if found is None:
        raise damaged(source.name)
    return str(found.get("full-path", ""))


def _spine(package: zipfile.ZipFile, opf: str, source: Source) -> Iterator[str]:
    """The parts of the book in reading order."""
    root = packages.xml(package, opf)
    if root is None:
        raise damaged(source.name)
    parts = {item.get("id"): _beside(opf, item.get("href", "")) for item in root.iter(f"{_PACKAGE}item")}
    yield from (
        parts[known] for item in root.iter(f"{_PACKAGE}itemref") if (known := item.get("idref")) in parts
    )


def _titles(package: zipfile.ZipFile, opf: str) -> dict[str, str]:
    """The titles of parts by the table of contents, that of EPUB 3 or that of EPUB 2."""
    titles = dict[str, str]()
    root = packages.xml(package, opf)
    for item in () if root is None else root.iter(f"{_PACKAGE}item"):
        part = _beside(opf, item.get("href", ""))
        if "nav" in (item.get("properties") or "").split():
            entries = _nav(package, part)
        elif item.get("media-type") == "application/x-dtbncx+xml":
            entries = _ncx(package, part)
        else:
            continue
        for target, title in entries:
            titles.setdefault(_beside(part, target.partition("#")[0]), " ".join(title.split())[:120])
    return titles


def _nav(package: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str]]:
    root = packages.xml(package, part)
    for link in () if root is None else root.iter(f"{_XHTML}a"):
        yield link.get("href", ""), "".join(link.itertext())


def _ncx(package: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str]]:
    root = packages.xml(package, part)
    for point in () if root is None else root.iter(f"{_CONTENTS}navPoint"):
        target, title = point.find(f"{_CONTENTS}content"), point.find(f"{_CONTENTS}navLabel/{_CONTENTS}text")
        if target is not None and title is not None:
            yield target.get("src", ""), title.text or ""


def _beside(part: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), unquote(href)))
