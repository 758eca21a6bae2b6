"""PPTX written part by part: titles, notes, groups, tables, charts, and an order that only the list tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from tests.samples.packages import DECLARATION, OFFICE, content_types, properties, relations, zipped
from tests.samples.sample import Needle, Sample

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_SHOW = "http://schemas.openxmlformats.org/presentationml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument"
_SPACES = f'xmlns:a="{_DRAWING}/main" xmlns:r="{OFFICE}" xmlns:p="{_SHOW}"'
_TOP = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
    '<p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9144000" cy="6858000"/><a:chOff x="0" y="0"/>'
    '<a:chExt cx="9144000" cy="6858000"/></a:xfrm></p:grpSpPr>'
)


@dataclass(frozen=True, slots=True)
class Slide:
    """The shapes of a slide, what the speaker notes, and the values of a chart."""

    shapes: str
    notes: str = ""
    chart: tuple[tuple[str, float], ...] = ()
    is_hidden: bool = False
    links: dict[str, tuple[str, str]] = field(default_factory=dict)


def text_body(texts: Sequence[str], tag: str = "p:txBody") -> str:
    lines = "".join(f'<a:p><a:r><a:rPr lang="en-GB"/><a:t>{escape(text)}</a:t></a:r></a:p>' for text in texts)
    return f"<{tag}><a:bodyPr/><a:lstStyle/>{lines}</{tag}>"


def shape(*texts: str, kind: str = "", number: int = 2, top: int = 0, body: str = "") -> str:
    """A box with a line for each text. `kind`: the placeholder it fills, as "title"."""
    place = f'<p:ph type="{kind}"/>' if kind else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="Shape {number}"/><p:cNvSpPr/><p:nvPr>'
        f"{place}</p:nvPr></p:nvSpPr>"
        f'<p:spPr><a:xfrm><a:off x="500000" y="{top}"/><a:ext cx="8000000" cy="900000"/></a:xfrm></p:spPr>'
        f"{body or text_body(texts)}</p:sp>"
    )


def titled(title: str, *texts: str) -> str:
    return shape(title, kind="title") + shape(*texts, kind="body", number=3, top=1_500_000)


def group(*shapes: str, number: int = 20) -> str:
    head = _TOP.replace('id="1"', f'id="{number}"')
    return f"<p:grpSp>{head}{''.join(shapes)}</p:grpSp>"


def frame(content: str, kind: str) -> str:
    return (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="Frame"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="0" y="3000000"/><a:ext cx="6000000" cy="2000000"/></p:xfrm>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/{kind}">{content}</a:graphicData></'
        "a:graphic></p:graphicFrame>"
    )


def table(*rows: tuple[str, ...]) -> str:
    columns = '<a:gridCol w="1000000"/>' * len(rows[0])
    made = "".join(
        '<a:tr h="300000">'
        + "".join(f"<a:tc>{text_body([text], 'a:txBody')}<a:tcPr/></a:tc>" for text in row)
        + "</a:tr>"
        for row in rows
    )
    return frame(f"<a:tbl><a:tblPr/><a:tblGrid>{columns}</a:tblGrid>{made}</a:tbl>", "table")


def chart_part(values: Sequence[tuple[str, float]]) -> str:
    def cached(tag: str, kind: str, texts: Sequence[str]) -> str:
        points = "".join(f'<c:pt idx="{n}"><c:v>{text}</c:v></c:pt>' for n, text in enumerate(texts))
        head = f'<c:ptCount val="{len(texts)}"/>'
        return (
            f"<c:{tag}><c:{kind}Ref><c:f>Sheet1!A1</c:f><c:{kind}Cache>{head}{points}</"
            f"c:{kind}Cache></c:{kind}Ref></c:{tag}>"
        )

    series = (
        '<c:ser><c:idx val="0"/><c:order val="0"/>'
        + cached("tx", "str", ["Visitors"])
        + cached("cat", "str", [name for name, _ in values])
        + cached("val", "num", [str(value) for _, value in values])
        + "</c:ser>"
    )
    title = f"<c:title><c:tx>{text_body(['Visitors by month'], 'c:rich')}</c:tx></c:title>"
    return (
        f'{DECLARATION}<c:chartSpace xmlns:c="{_DRAWING}/chart" xmlns:a="{_DRAWING}/main">'
        f"<c:chart>{title}<c:plotArea>"
        f'<c:layout/><c:barChart><c:barDir val="col"/>{series}</c:barChart></c:plotArea></'
        "c:chart></c:chartSpace>"
    )


def part(root: str, shapes: str, more: str = "") -> str:
    return (
        f"{DECLARATION}<p:{root} {_SPACES}{more}><p:cSld><p:spTree>{_TOP}{shapes}</"
        f"p:spTree></p:cSld></p:{root}>"
    )


def show(slides: Sequence[Slide], order: Sequence[int] = ()) -> bytes:
    """A file with these slides. `order`: in which the parts are shown, counted from 1."""
    parts: dict[str, str] = {}
    kinds: dict[str, str] = {}
    links: dict[str, tuple[str, str]] = {}
    for number, slide in enumerate(slides, 1):
        links[f"rId{number}"] = ("slide", f"slides/slide{number}.xml")
        own = {"rId1": ("slideLayout", "../slideLayouts/slideLayout1.xml"), **slide.links}
        parts[f"ppt/slides/slide{number}.xml"] = part(
            "sld", slide.shapes, ' show="0"' if slide.is_hidden else ""
        )
        if slide.notes:
            own["rId2"] = ("notesSlide", f"../notesSlides/notesSlide{number}.xml")
            notes = shape(slide.notes, kind="body")
            parts[f"ppt/notesSlides/notesSlide{number}.xml"] = part("notes", notes)
            back = relations({"rId1": ("slide", f"../slides/slide{number}.xml")})
            parts[f"ppt/notesSlides/_rels/notesSlide{number}.xml.rels"] = back
        if slide.chart:
            own["rId3"] = ("chart", f"../charts/chart{number}.xml")
            parts[f"ppt/charts/chart{number}.xml"] = chart_part(slide.chart)
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(own)
    for name in parts:
        if not name.endswith(".rels"):
            folder = name.split("/")[1][:-1]
            family = "drawingml" if folder == "chart" else "presentationml"
            kinds[name] = f"{_KIND}.{family}.{folder}+xml"
    return _whole(parts, kinds, links, order or range(1, len(slides) + 1))


def _whole(
    parts: dict[str, str], kinds: dict[str, str], links: dict[str, tuple[str, str]], order: Sequence[int]
) -> bytes:
    shown = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in order)
    main = (
        f"{DECLARATION}<p:presentation {_SPACES}><p:sldIdLst>{shown}</p:sldIdLst>"
        '<p:sldSz cx="9144000" cy="6858000"/></p:presentation>'
    )
    layout = "ppt/slideLayouts/slideLayout1.xml"
    kinds = {**kinds, layout: f"{_KIND}.presentationml.slideLayout+xml"}
    return zipped(
        {
            "[Content_Types].xml": content_types(
                "ppt/presentation.xml", f"{_KIND}.presentationml.presentation.main+xml", kinds
            ),
            "_rels/.rels": relations({"rId1": ("officeDocument", "ppt/presentation.xml")}),
            "docProps/core.xml": properties("Slides"),
            "ppt/presentation.xml": main,
            "ppt/_rels/presentation.xml.rels": relations(links),
            layout: part("sldLayout", shape("Click to edit", kind="title")),
            **parts,
        }
    )


def slides(
    made: Sequence[Slide],
    facts: Sequence[tuple[int, str]],
    order: Sequence[int] = (),
    absent: tuple[str, ...] = (),
) -> Sample:
    needles = tuple(Needle(fact, rf"\bslides? {number}\b") for number, fact in facts)
    return Sample("talk.pptx", show(made, order), needles, absent)
