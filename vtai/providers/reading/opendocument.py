"""Reads OpenDocument texts and presentations (ODT, ODP). Places are headings, or slides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vtai.providers.reading import markup, packages
from vtai.providers.reading.source import Piece, Source, damaged, locked
from vtai.providers.reading.splitting import of_blocks

if TYPE_CHECKING:
    from lxml import etree

_NS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _TABLE, _DRAW, _OFFICE, _PRESENTATION = (
    _NS % name for name in ("text", "table", "drawing", "office", "presentation")
)
_LEFT_OUT = frozenset({f"{_TEXT}tracked-changes", f"{_OFFICE}forms", f"{_TEXT}sequence-decls"})
_SPACES = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_PARAGRAPHS = frozenset({f"{_TEXT}p", f"{_TEXT}h"})


def read(source: Source) -> Iterator[Piece]:
    with packages.opened(source) as package:
        manifest = (
            package.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in package.namelist() else b""
        )
        if b"encryption-data" in manifest:
            raise locked(source.name)
        root = packages.xml(package, "content.xml")
    body = None if root is None else root.find(f"{_OFFICE}body")
    if body is None:
        raise damaged(source.name)
    slides = list(body.iter(f"{_DRAW}page"))
    if slides:
        for number, slide in enumerate(slides, start=1):
            yield from of_blocks(((f"slide {number}", text) for _, text in _blocks(slide)))
    else:
        yield from of_blocks(markup.placed(_blocks(body)))


def _blocks(body: etree._Element) -> Iterator[tuple[str, str]]:
    """(heading it stands under, text)."""
    from lxml import etree

    section = ""
    walk = etree.iterwalk(body, events=("start",))
    for _, element in walk:
        if element.tag in _LEFT_OUT:
            walk.skip_subtree()
        elif element.tag == f"{_TABLE}table-row":
            walk.skip_subtree()
            if any(
                cells := [
                    _said(cell) for cell in element if not isinstance(cell.tag, str) or "cell" in cell.tag
                ]
            ):
                yield section, " | ".join(" ".join(cell.split()) for cell in cells)
        elif element.tag == f"{_PRESENTATION}notes":
            walk.skip_subtree()
            if notes := " ".join(_said(element).split()):
                yield section, f"Notes: {notes}"
        elif element.tag in _PARAGRAPHS:
            walk.skip_subtree()
            text = _said(element).strip()
            if element.tag == f"{_TEXT}h" and text:
                section = text.replace("\n", " ")[:120]
                text = f"# {text}"
            if text:
                yield section, text


def _said(element: etree._Element) -> str:
    """All text within, with its spaces; paragraphs within apart."""
    parts = list[str]()
    from lxml import etree

    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            parts.append(_SPACES.get(inner.tag, ""))
            parts.append(inner.text or "")
            continue
        if inner.tag in _PARAGRAPHS and inner is not element:
            parts.append("\n")
        if inner is not element:
            parts.append(inner.tail or "")
    return "".join(parts)
