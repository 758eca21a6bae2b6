"""Turns HTML into readable text: headings, paragraphs, lists, tables. Scripts and styles are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import TYPE_CHECKING

from vtai.providers.reading import text_files
from vtai.providers.reading.source import Note, Piece, Source
from vtai.providers.reading.splitting import of_blocks

if TYPE_CHECKING:
    from lxml import etree

_HIDDEN = frozenset({"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "head"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "dialog",
        ),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr"),
        *(
            "legend",
            "li",
            "main",
            "nav",
            "ol",
            "option",
            "p",
            "pre",
            "section",
            "summary",
            "table",
            "tbody",
            "tfoot",
        ),
        *("thead", "tr", "ul", *_HEADINGS),
    )
)
_CELLS = frozenset({"td", "th"})
_TAG = re.compile(r"<[^<>]*>")
_UNSHOWN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)


def read(source: Source) -> Iterator[Piece]:
    text, note = text_files.content(source)
    if note:
        yield note
    yield from pieces(text)


def pieces(html: str) -> Iterator[Piece]:
    """Passages of a page: "section Payment terms", or paragraphs where there are no headings."""
    page = _Page()
    yield from of_blocks(placed(page.blocks(html)))
    if page.is_cut:
        yield Note("It is nested too deeply to be laid out: headings and tables in it are not marked.")


def placed(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Blocks with their places, from blocks with the heading they stand under."""
    return ((f"section {section}" if section else "", text) for section, text in found)


def blocks(html: str) -> Iterator[tuple[str, str]]:
    """(the heading it stands under, text) for each block of a page."""
    return _Page().blocks(html)


def plain(html: str) -> str:
    """The text of a page in one piece."""
    return "\n".join(text for _, text in blocks(html))


def _bare(html: str) -> Iterator[str]:
    """The lines of a page without its tags, where it cannot be parsed."""
    text = unescape(_TAG.sub("\n", _UNSHOWN.sub(" ", html)))
    return (line.strip() for line in text.split("\n") if line.strip())


class _Page:
    """Walks a tree without recursion. `is_cut`: the parser gave up somewhere on the way."""

    def __init__(self) -> None:
        self.is_cut = False
        self._section = ""
        self._inline: list[str] = []
        self._prefix = ""
        self._row: list[str] = []
        self._cell: etree._Element | None = None
        self._is_preformatted = False
        self._lists: list[int | None] = []

    def blocks(self, html: str) -> Iterator[tuple[str, str]]:
        """(heading it stands under, text)."""
        from lxml import etree

        parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_pis=True)
        root = etree.fromstring(html.encode("utf-8", "replace") or b" ", parser)
        self.is_cut = any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)
        if self.is_cut:
            yield from (("", line) for line in _bare(html))
            return
        if root is None:
            return
        walk = etree.iterwalk(root, events=("start", "end", "comment"))
        for event, element in walk:
            if event == "comment":
                self._add(element.tail)
            elif event == "start":
                yield from self._start(element)
                if element.tag in _HIDDEN or "hidden" in element.attrib:
                    walk.skip_subtree()
            else:
                yield from self._end(element)
                self._add(element.tail)
        yield from self._flush()

    def _start(self, element: etree._Element) -> Iterator[tuple[str, str]]:
        tag = element.tag
        if tag == "head" and (title := " ".join((element.findtext("title") or "").split())):
            yield "", f"Title: {title}"
        if tag in _HIDDEN or "hidden" in element.attrib:
            return
        if tag in _BLOCKS:
            yield from self._flush()
        if tag in _CELLS and self._cell is None and element.find(".//table") is None:
            yield from self._flush()
            self._cell = element
        elif tag in ("ol", "ul"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._prefix = self._bullet()
        elif tag == "br":
            self._inline.append("\n")
        elif tag == "img" and (alt := element.get("alt", "").strip()):
            self._inline.append(f"[picture: {alt}]")
        elif tag == "pre":
            self._is_preformatted = True
        self._add(element.text)

    def _end(self, element: etree._Element) -> Iterator[tuple[str, str]]:
        tag = element.tag
        if tag in _HEADINGS and self._cell is None:
            if heading := self._taken():
                self._section = heading.replace("\n", " ")[:120]
                yield self._section, f"{'#' * _HEADINGS[tag]} {heading}"
        elif element is self._cell:
            self._row.append(self._taken().replace("\n", " "))
            self._cell = None
        elif tag == "tr" and self._cell is None and any(self._row):
            yield self._section, " | ".join(self._row)
            self._row = []
        elif tag in _BLOCKS:
            yield from self._flush()
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._is_preformatted = False
        elif tag == "li":
            self._prefix = ""

    def _bullet(self) -> str:
        indent = "  " * max(0, len(self._lists) - 1)
        if not self._lists or self._lists[-1] is None:
            return f"{indent}- "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1]}. "

    def _add(self, text: str | None) -> None:
        if text:
            self._inline.append(text if self._is_preformatted else re.sub(r"\s+", " ", text))

    def _flush(self) -> Iterator[tuple[str, str]]:
        if self._cell is not None:
            self._inline.append(" ")
        elif text := self._taken():
            yield self._section, text

    def _taken(self) -> str:
        """The text since the last block, and a fresh start. A bullet waits for the first text after it."""
        text = "".join(self._inline)
        self._inline = []
        if not text.strip():
            return ""
        prefix, self._prefix = self._prefix, ""
        if self._is_preformatted:
            return prefix + text.strip("\n")
        return prefix + re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text)).strip()
