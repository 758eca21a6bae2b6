"""EPUB of both generations, written part by part: chapters in files, in the order that the spine gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.samples import prose, tongues
from tests.samples.packages import zipped
from tests.samples.sample import Maker, Needle, Sample

_XML = '<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, slots=True)
class Shape:
    """How a book is packed. `nested`: titles stand two levels deep in the contents."""

    version: str = "3.0"
    folder: str = "OEBPS/"
    suffix: str = ".xhtml"
    language: str = "en"
    contents: str = "nav"
    encoding: str = "utf-8"
    nested: bool = False


def chapter(title: str, *paragraphs: str) -> str:
    return f"<h1>{title}</h1>" + "".join(f"<p>{text}</p>" for text in paragraphs)


def _file(number: int, shape: Shape) -> str:
    return f"text/part {number:03d}{shape.suffix}" if shape.folder else f"p{number}{shape.suffix}"


def _contents(titles: Sequence[str], shape: Shape) -> dict[str, str]:
    """The table of contents: a page since EPUB 3, a map before."""
    targets = [(title, quote(_file(number, shape))) for number, title in enumerate(titles, 1)]
    if shape.contents == "nav":
        items = "".join(f'<li><a href="{target}">{escape(title)}</a></li>' for title, target in targets)
        if shape.nested:
            items = f"<li><span>Part I</span><ol>{items}</ol></li>"
        nav = f'<nav epub:type="toc"><ol>{items}</ol></nav>'
        page = (
            f'{_XML}<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://'
            f'www.idpf.org/2007/ops"><body>{nav}</body></html>'
        )
        return {"nav.xhtml": page}
    if shape.contents == "ncx":
        points = "".join(
            (
                f'<navPoint id="n{n}" playOrder="{n}"><navLabel><text>{escape(title)}</text></'
                f'navLabel><content src="{target}"/></navPoint>'
            )
            for n, (title, target) in enumerate(targets, 1)
        )
        return {
            "toc.ncx": (
                f'{_XML}<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">'
                f"<navMap>{points}</navMap></ncx>"
            )
        }
    return {}


def _package(count: int, order: Sequence[int], shape: Shape, contents: Mapping[str, str]) -> str:
    items = "".join(
        f'<item id="c{n}" href="{quote(_file(n, shape))}" media-type="application/xhtml+xml"/>'
        for n in range(1, count + 1)
    )
    if "nav.xhtml" in contents:
        items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    if "toc.ncx" in contents:
        items += '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    items += '<item id="css" href="style.css" media-type="text/css"/>'
    spine = "".join(f'<itemref idref="c{n}"/>' for n in order)
    return (
        f'{_XML}<package xmlns="http://www.idpf.org/2007/opf" version="{shape.version}" '
        'unique-identifier="id"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">'
        "urn:isbn:9780000000002</dc:identifier>"
        f"<dc:title>The Book of Samples</dc:title><dc:language>{shape.language}</dc:language></metadata>"
        f'<manifest>{items}</manifest><spine toc="ncx">{spine}</spine></package>'
    )


def packed(chapters: Sequence[tuple[str, str]], shape: Shape, order: Sequence[int] = ()) -> bytes:
    """A book of (title, body) chapters. `order`: in which they are read, counted from 1."""
    contents = _contents([title for title, _ in chapters], shape)
    where = shape.folder
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            f'{_XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:contai'
            'ner"><rootfiles><rootfile '
            f'full-path="{where}content.opf" media-type="application/oebps-package+xml"/></'
            "rootfiles></container>"
        ),
        f"{where}content.opf": _package(len(chapters), order or range(1, len(chapters) + 1), shape, contents),
        f"{where}style.css": "p { color: rebeccapurple }",
        **{where + name: page for name, page in contents.items()},
    }
    for number, (title, body) in enumerate(chapters, 1):
        page = (
            f'<?xml version="1.0" encoding="{shape.encoding}"?>\n<!DOCTYPE html>\n<html '
            'xmlns="http://www.w3.org/1999/xhtml">'
            f"<head><title>{escape(title)}</title><style>p {{ margin: 0 }}</style></head><body>"
            f"{body}</body></html>"
        )
        parts[where + _file(number, shape)] = page.encode(shape.encoding)
    return zipped(parts, stored=("mimetype",))


def novel(count: int = 8, number: int = 6, shape: Shape | None = None) -> Sample:
    """Chapters of prose, the fact in one of them."""
    fact = "The clock in the tower had stopped at ten past four."
    chapters = [
        (f"Chapter {n}", chapter(f"Chapter {n}", *(prose.paragraph(n * 5 + m) for m in range(6))))
        for n in range(1, count + 1)
    ]
    title = "The Tower"
    chapters[number - 1] = (title, chapter(title, prose.paragraph(1), fact, prose.paragraph(2)))
    data = packed(chapters, shape or Shape())
    return Sample(
        "novel.epub", data, (Needle(fact, rf"{title}|\bchapter {number}\b"),), absent=("rebeccapurple",)
    )


def short(body: str, fact: str, language: str = "en") -> Sample:
    chapters = [("Before", chapter("Before", "nothing yet")), ("Here", f"<h1>Here</h1>{body}")]
    return Sample(
        "short.epub", packed(chapters, Shape(language=language)), (Needle(fact, r"Here|\bchapter 2\b"),)
    )


def reordered() -> Sample:
    chapters = [(f"Written {n}", chapter(f"Written {n}", f"code {n * 53}")) for n in range(1, 5)]
    data = packed(chapters, Shape(), order=(3, 1, 4, 2))
    return Sample(
        "order.epub",
        data,
        (Needle("code 159", r"Written 3|\bchapter 1\b"), Needle("code 106", r"Written 2|\bchapter 4\b")),
    )


def told(paragraph: tongues.Paragraph, language: str, encoding: str = "utf-8") -> Sample:
    chapters = [("一", chapter("一", "1")), ("二", chapter("二", paragraph.text))]
    return Sample(
        "本.epub", packed(chapters, Shape(language=language, encoding=encoding)), (Needle(paragraph.fact),)
    )


MAKERS: dict[str, Maker] = {
    "version 3": novel,
    "version 2": partial(novel, shape=Shape(version="2.0", contents="ncx", suffix=".html")),
    "no folder": partial(novel, shape=Shape(folder="")),
    "folders in folders": partial(novel, shape=Shape(folder="a/b/OPS/")),
    "no contents": partial(novel, shape=Shape(contents="")),
    "nested contents": partial(novel, shape=Shape(nested=True)),
    "old suffix": partial(novel, shape=Shape(version="2.0", contents="ncx", suffix=".htm")),
    "utf-16 pages": partial(novel, shape=Shape(encoding="utf-16")),
    "long": partial(novel, 120, 97),
    "one chapter": partial(novel, 1, 1),
    "order of the spine": reordered,
    "entities": partial(short, "<p>Fish&#160;&amp;&#160;chips cost&#8239;&#163;9.80</p>", "£9.80"),
    "named entities": partial(short, "<p>caf&eacute;&nbsp;no. 44 &mdash; open</p>", "no. 44"),
    "table": partial(short, "<table><tr><td>Fog</td><td>61 days</td></tr></table>", "61 days"),
    "footnote": partial(
        short,
        (
            "<p>Gone<a epub:type='noteref' xmlns:epub='http://www.idpf.org/2007/ops' "
            "href='#n'>1</a></p><aside id='n'>In 1816, no summer.</aside>"
        ),
        "In 1816, no summer.",
    ),
    "poem": partial(short, "<p>The owl<br/>and the 3 cats<br/>went to sea</p>", "and the 3 cats"),
    "sections": partial(
        short,
        "<section><h2>One</h2><section><h3>Deep</h3><p>the seventh stair creaks</p></section></section>",
        "the seventh stair creaks",
    ),
    "picture with words": partial(
        short,
        "<figure><img src='a.png' alt='x'/><figcaption>Fig. 9: the weir</figcaption></figure>",
        "Fig. 9: the weir",
    ),
    "japanese": partial(told, tongues.JAPANESE, "ja"),
    "arabic": partial(told, tongues.ARABIC, "ar"),
    "russian": partial(told, tongues.RUSSIAN, "ru"),
    "vietnamese, utf-16": partial(told, tongues.VIETNAMESE, "vi", "utf-16"),
}
