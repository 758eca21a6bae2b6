"""Markup that grows when it is read, reaches for other files and addresses, or goes deeper than any stack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.samples import books, letters, slides
from tests.samples.archives import Entry, assembled
from tests.samples.hostile_zips import entries_of, workbook
from tests.samples.packages import DECLARATION, zipped
from tests.samples.trouble import Trouble, saved

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DEEP = 100_000

# What stands before the root element, and what stands for a word in the text.
Poison = tuple[str, str]


def _entity(name: str, value: str) -> str:
    return f'<!ENTITY {name} "{value}">'


def laughs() -> Poison:
    """Ten words that stand for ten words each, nine times: a thousand million."""
    lines = "".join(_entity(f"e{n}", f"&e{n - 1};" * 10) for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY e0 "ha">{lines}]>', "&e9;"


def quadratic() -> Poison:
    """One long word, said very often."""
    return f"<!DOCTYPE x [{_entity('a', 'ha' * 25_000)}]>", "&a;" * 40_000


def parameters() -> Poison:
    """The same with the other kind of entity, which stands in the declaration alone."""
    lines = "".join(_entity(f"&#37; p{n}", f"&#37;p{n - 1};" * 10) for n in range(1, 10))
    return f"<!DOCTYPE x [<!ENTITY % p0 \"ha\"><!ENTITY % a '{lines}'>%a;%p9;]>", "word"


def reaching(address: str) -> Poison:
    """A word that stands for what is at an address, and a declaration that is to be fetched from it."""
    return (
        f'<!DOCTYPE x SYSTEM "{address}/x.dtd" [<!ENTITY other SYSTEM "{address}">]>',
        "inside &other; inside",
    )


def plain_xml(poison: Poison) -> bytes:
    before, word = poison
    return f"{DECLARATION}{before}\n<x><y>first</y><y>{word}</y></x>".encode()


def picture(poison: Poison) -> bytes:
    before, word = poison
    return f'{DECLARATION}{before}<svg xmlns="http://www.w3.org/2000/svg"><text>{word}</text></svg>'.encode()


def page(poison: Poison) -> bytes:
    before, word = poison
    return f"{before}<html><body><p>{word}</p></body></html>".encode()


def _swapped(data: bytes, part: str, before: str, old: str, word: str) -> bytes:
    """A good package in which one part has the declaration, and the word instead of `old`."""
    made = []
    for entry in entries_of(data):
        if entry.name == part.encode():
            text = entry.data.decode().replace(DECLARATION, DECLARATION + before).replace(old, word)
            entry = replace(entry, data=text.encode())
        made.append(entry)
    return assembled(made)


def letter(poison: Poison) -> bytes:
    return _swapped(letters.package(letters.para("WORD")), "word/document.xml", poison[0], "WORD", poison[1])


def talk(poison: Poison) -> bytes:
    good = slides.show([slides.Slide(slides.shape("WORD"))])
    return _swapped(good, "ppt/slides/slide1.xml", poison[0], "WORD", poison[1])


def book_of_cells(poison: Poison) -> bytes:
    return _swapped(zipped(workbook()), "xl/sharedStrings.xml", poison[0], "hello", poison[1])


def novel(poison: Poison) -> bytes:
    good = books.packed([("One", books.chapter("One", "WORD"))], books.Shape())
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>'
    made = [
        replace(
            entry,
            data=entry.data.replace(head.encode(), poison[0].encode()).replace(b"WORD", poison[1].encode()),
        )
        for entry in entries_of(good)
    ]
    return assembled(made)


FORMS: dict[str, tuple[str, Callable[[Poison], bytes]]] = {
    "xml": ("a.xml", plain_xml),
    "svg": ("a.svg", picture),
    "html": ("a.html", page),
    "docx": ("a.docx", letter),
    "xlsx": ("a.xlsx", book_of_cells),
    "pptx": ("a.pptx", talk),
    "epub": ("a.epub", novel),
}
POISONS: dict[str, Callable[[], Poison]] = {
    "laughs": laughs,
    "quadratic": quadratic,
    "parameters": parameters,
}


def calling_page(address: str) -> bytes:
    """A page that asks for pictures, frames, styles and scripts."""
    text = (
        f'<html><head><base href="{address}/"><link rel="stylesheet" href="{address}/s.css">'
        '<meta http-equiv="refresh" '
        f'content="0;url={address}/r"><script src="{address}/s.js"></script></head><body><img '
        f'src="{address}/i.png">'
        f'<iframe src="{address}/f"></iframe><object data="{address}/o"></object><p>words</p></body></html>'
    )
    return text.encode()


def calling_letter(address: str) -> bytes:
    """A letter with a template, a picture and a part that stand elsewhere."""
    data = letters.package(
        letters.para("words") + '<w:p><w:r><w:drawing><a:blip r:link="rId2"/></w:drawing></w:r></w:p>'
    )
    made = [
        replace(entry, data=entry.data.replace(b"https://example.org/terms", address.encode()))
        for entry in entries_of(data)
    ]
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        f'Target="{address}/t.dotm" TargetMode="External"/></Relationships>'
    )
    return assembled([*made, Entry(b"word/_rels/settings.xml.rels", links.encode())])


def including(address: str) -> bytes:
    return (
        f'<x xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{address}" '
        'parse="text"/><y>words</y></x>'
    ).encode()


def nested(start: str, end: str, head: str = "", tail: str = "") -> bytes:
    return (head + start * _DEEP + "words" + end * _DEEP + tail).encode()


def nested_letter() -> bytes:
    """Tables within tables, 20,000 deep."""
    start, end = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    return letters.package(start * 20_000 + letters.para("words") + end * 20_000)


def nested_talk() -> bytes:
    head, tail = slides.group("@").split("@")
    return slides.show([slides.Slide(head * 20_000 + slides.shape("words") + tail * 20_000)])


TROUBLES: dict[str, Trouble] = {
    **{
        f"{how} in {form}": Trouble(name, saved(lambda form=form, how=how: FORMS[form][1](POISONS[how]())))
        for form, (name, _) in FORMS.items()
        for how in POISONS
    },
    "deep xml": Trouble("deep.xml", saved(nested, "<a>", "</a>")),
    "deep html": Trouble("deep.html", saved(nested, "<div>", "</div>", "<html><body>", "</body></html>")),
    "deep html without ends": Trouble("open.html", saved(nested, "<b><i><ul><li>", "", "<html>")),
    "deep tables in html": Trouble("tables.html", saved(nested, "<table><tr><td>", "", "<html>")),
    "deep svg": Trouble(
        "deep.svg", saved(nested, "<g>", "</g>", '<svg xmlns="http://www.w3.org/2000/svg">', "</svg>")
    ),
    "deep letter": Trouble("deep.docx", saved(nested_letter)),
    "deep talk": Trouble("deep.pptx", saved(nested_talk)),
    "many attributes": Trouble(
        "a.xml", saved(lambda: b"<x %s/>" % b" ".join(b"a%d='1'" % n for n in range(200_000)))
    ),
    "one endless name": Trouble("a.html", saved(lambda: b"<" + b"a" * 20_000_000)),
    "comment that never ends": Trouble("a.html", saved(lambda: b"<!--" * 1_000_000)),
}
