"""Talks as people give them: what stands on slides, beside them, in groups, tables and charts."""

from __future__ import annotations

from functools import partial

from tests.samples import prose, tongues
from tests.samples.sample import Maker, Sample
from tests.samples.slides import Slide, frame, group, shape, slides, table, text_body, titled

_PLAIN = Slide(titled("Opening", "Welcome"))
_LINK = {"rId7": ("hyperlink", "https://example.org/rates")}
_FIELD = (
    "<p:txBody><a:bodyPr/><a:p><a:r><a:t>Page </a:t></a:r><a:fld id='{1}' "
    "type='slidenum'><a:t>2</a:t></a:fld>"
    "<a:br/><a:r><a:t>Ward 12, bed 3</a:t></a:r></a:p></p:txBody>"
)
_CELLS = (
    '<a:tbl><a:tblGrid><a:gridCol w="1"/><a:gridCol w="1"/></a:tblGrid><a:tr h="1"><a:tc gridSpan="2">'
    + text_body(["Both, 1066"], "a:txBody")
    + '</a:tc><a:tc hMerge="1">'
    + text_body([""], "a:txBody")
    + "</a:tc></a:tr></a:tbl>"
)
_PICTURE = (
    '<p:pic><p:nvPicPr><p:cNvPr id="5" name="Bild" descr="Map of the harbour with berth '
    '31"/><p:cNvPicPr/><p:nvPr/>'
    "</p:nvPicPr><p:blipFill/><p:spPr/></p:pic>"
)


def single(shapes: str, fact: str, **more: object) -> Sample:
    """An opening and then the slide in question."""
    return slides([_PLAIN, Slide(shapes, **more)], [(2, fact)])  # type: ignore[arg-type]


def many(count: int, number: int) -> Sample:
    made = [
        Slide(titled(f"Topic {n}", *prose.sentences(n, 5)), notes=prose.paragraph(n))
        for n in range(1, count + 1)
    ]
    made[number - 1] = Slide(titled("Budget", "Hall rent", "We have 4,300 left for music"))
    return slides(made, [(number, "We have 4,300 left for music"), (count, f"Topic {count}")])


def reordered() -> Sample:
    """The file's parts are numbered as they were made; the list tells how they are shown."""
    made = [Slide(titled(f"Made as number {n}", f"code {n * 37}")) for n in range(1, 6)]
    return slides(
        made, [(1, "Made as number 4"), (2, "Made as number 2"), (5, "code 37")], order=(4, 2, 5, 3, 1)
    )


def noted() -> Sample:
    made = [_PLAIN, Slide(titled("Results", "up"), notes="Say that the sample was only 58 people."), _PLAIN]
    return slides(made, [(2, "Say that the sample was only 58 people.")])


def charted() -> Sample:
    made = [
        _PLAIN,
        Slide(
            titled("Museum") + frame('<c:chart xmlns:c="c" r:id="rId3"/>', "chart"),
            chart=(("May", 1807.0), ("June", 2266.0)),
        ),
    ]
    made[1] = Slide(
        made[1].shapes.replace('"c"', '"http://schemas.openxmlformats.org/drawingml/2006/chart"'),
        chart=made[1].chart,
    )
    return slides(made, [(2, "Visitors by month"), (2, "June"), (2, "2266")])


def empty_between() -> Sample:
    return slides(
        [_PLAIN, Slide(""), Slide(_PICTURE), Slide(shape("After two without words: 19"))],
        [(4, "After two without words: 19")],
    )


MAKERS: dict[str, Maker] = {
    "title and points": partial(single, titled("Costs", "Ink 70", "Paper 112"), "Paper 112"),
    "text box": partial(single, shape("Gate opens 05:55", number=8), "Gate opens 05:55"),
    "notes": noted,
    "group": partial(single, group(shape("pump"), shape("valve 3B", number=4)), "valve 3B"),
    "groups in groups": partial(single, group(group(group(shape("innermost, 8 mm")))), "innermost, 8 mm"),
    "table": partial(single, titled("Crew") + table(("Name", "Cabin"), ("Imre", "C-114")), "C-114"),
    "merged cells": partial(single, frame(_CELLS, "table"), "Both, 1066"),
    "chart": charted,
    "order of the list": reordered,
    "hidden slide": partial(
        single, titled("Reserve", "Offer at most 61,000"), "Offer at most 61,000", is_hidden=True
    ),
    "many": partial(many, 30, 23),
    "very many": partial(many, 150, 149),
    "one slide": lambda: slides(
        [Slide(titled("Only", "The only slide, 1 of 1"))], [(1, "The only slide, 1 of 1")]
    ),
    "fields and breaks": partial(single, shape(body=_FIELD), "Ward 12, bed 3"),
    "link": partial(single, shape("Rates: 2.75 %"), "Rates: 2.75 %", links=_LINK),
    "footer": partial(
        single,
        titled("A", "b") + shape("Confidential until 4 July", kind="ftr", number=6),
        "Confidential until 4 July",
    ),
    "subtitle": partial(
        single,
        shape("Tides", kind="ctrTitle") + shape("A study of 1,024 days", kind="subTitle", number=3),
        "A study of 1,024 days",
    ),
    "described picture": partial(
        single, titled("Harbour", "Berths") + _PICTURE, "Map of the harbour with berth 31"
    ),
    "many alphabets": partial(
        single,
        titled("世界", tongues.CHINESE.text, tongues.HINDI.text, tongues.ARABIC.text),
        tongues.HINDI.fact,
    ),
    "marks": partial(single, shape('a < b & c > 4 "quoted"'), "a < b & c > 4"),
    "empty between": empty_between,
    "words in pieces": partial(
        single,
        shape(
            body="<p:txBody><a:bodyPr/><a:p>"
            + "".join(f"<a:r><a:t>{piece}</a:t></a:r>" for piece in ("Bal", "ance ", "77", "1.5"))
            + "</a:p></p:txBody>"
        ),
        "Balance 771.5",
    ),
}
