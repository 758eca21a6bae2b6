"""DOCX written part by part, as the programs that write letters and reports leave it behind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from xml.sax.saxutils import escape

from tests.samples import prose, tongues
from tests.samples.packages import DECLARATION, OFFICE, content_types, properties, relations, zipped
from tests.samples.sample import Maker, Needle, Sample

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SPACES = (
    f'xmlns:w="{WORD}" xmlns:r="{OFFICE}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/'
    'officeDocument/2006/math"'
)


def run(text: str) -> str:
    return f'<w:r><w:rPr><w:lang w:val="en-GB"/></w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def para(text: str, style: str = "", inside: str = "") -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p w:rsidR="00A1B2C3">{look}{run(text) if text else ""}{inside}</w:p>'


def cell(content: str, look: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/>{look}</w:tcPr>{content}</w:tc>'


def grid(*rows: str) -> str:
    made = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/></w:tblPr><w:tblGrid>'
        f"<w:gridCol/><w:gridCol/></w:tblGrid>{made}</w:tbl>"
    )


def table(*rows: tuple[str, ...]) -> str:
    return grid(*("".join(cell(para(text)) for text in row) for row in rows))


def part(root: str, content: str) -> str:
    return f"{DECLARATION}<w:{root} {_SPACES}>{content}</w:{root}>"


def package(body: str, parts: Mapping[str, str] | None = None, main: str = "word/document.xml") -> bytes:
    """A file with this body. `parts`: further parts by kind, as "footnotes"."""
    folder = main.rpartition("/")[0]
    more = {f"{folder}/{kind}.xml": content for kind, content in (parts or {}).items()}
    kinds = {name: f"{_KIND}.{name.rpartition('/')[2][:-4].rstrip('0123456789')}+xml" for name in more}
    styles = part(
        "styles", '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    )
    links = {f"rId{n}": (name.rstrip("0123456789"), f"{name}.xml") for n, name in enumerate(parts or {}, 10)}
    links |= {"rId1": ("styles", "styles.xml"), "rId2": ("hyperlink", "https://example.org/terms")}
    content = f'{body}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
    if "header1" in (parts or {}):
        reference = (
            '<w:headerReference w:type="default" r:id="rId10"/><w:footerReference '
            'w:type="default" r:id="rId11"/>'
        )
        content = content.replace("<w:sectPr>", f"<w:sectPr>{reference}")
    return zipped(
        {
            "[Content_Types].xml": content_types(
                main, f"{_KIND}.document.main+xml", {**kinds, f"{folder}/styles.xml": f"{_KIND}.styles+xml"}
            ),
            "_rels/.rels": relations({"rId1": ("officeDocument", main)}),
            "docProps/core.xml": properties("Letter"),
            main: part("document", f"<w:body>{content}</w:body>"),
            f"{folder}/_rels/{main.rpartition('/')[2]}.rels": relations(links),
            f"{folder}/styles.xml": styles,
            **more,
        }
    )


def letter(
    body: str, facts: tuple[str, ...], parts: Mapping[str, str] | None = None, absent: tuple[str, ...] = ()
) -> Sample:
    return Sample("letter.docx", package(body, parts), tuple(Needle(fact) for fact in facts), absent)


def note(kind: str, fact: str) -> Sample:
    """Foot or end notes; the first two are the lines that part them from the text."""
    notes = "".join(f'<w:{kind} w:type="separator" w:id="{n}">{para("")}</w:{kind}>' for n in (-1, 0))
    notes += f'<w:{kind} w:id="1">{para(fact)}</w:{kind}>'
    body = para("Trade fell in that year.", inside=f'<w:r><w:{kind}Reference w:id="1"/></w:r>')
    return letter(body, ("Trade fell in that year.", fact), {f"{kind}s": part(f"{kind}s", notes)})


def strict() -> Sample:
    """The ISO strict form with its own name spaces."""
    good = package(para("Filed under 4-C in the strict form."))
    return Sample("strict.docx", _renamed(good), (Needle("Filed under 4-C in the strict form."),))


def _renamed(data: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    old, new = OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    return zipped(
        {name: part.replace(WORD.encode(), STRICT.encode()).replace(old, new) for name, part in parts.items()}
    )


def long_report() -> Sample:
    parts = []
    for number in range(1, 121):
        parts += [
            para(f"{number}. Chapter", "Heading1"),
            *(para(prose.paragraph(number * 9 + n)) for n in range(4)),
        ]
    parts.insert(400, para("The dam holds 2.7 million cubic metres."))
    return Sample(
        "report.docx", package("".join(parts)), (Needle("The dam holds 2.7 million cubic metres."),)
    )


def elsewhere() -> Sample:
    """The main part has another name and folder than usual; only the relations tell."""
    data = package(para("Stored in a part of another name, box 71."), main="content/main2.xml")
    return Sample("exported.docx", data, (Needle("Stored in a part of another name, box 71."),))


def _field(code: str, shown: str) -> str:
    return (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(shown)}<w:r><w:fldChar '
        'w:fldCharType="end"/></w:r></w:p>'
    )


_BOXED = f"<w:txbxContent>{para('In the box: call 555-0192 first.')}</w:txbxContent>"
_BOX = (
    '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline>'
    "<a:graphic><a:graphicData><wps:wsp>"
    f"<wps:txbx>{_BOXED}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
    f"<mc:Fallback><w:pict><v:shape><v:textbox>{_BOXED}</v:textbox></v:shape></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r></w:p>"
)
_BY = 'w:author="Jo" w:date="2026-03-04T07:08:00Z"'
_LISTED = '<w:p><w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr></w:pPr>{}</w:p>'

MAKERS: dict[str, Maker] = {
    "plain": partial(
        letter,
        para("Dear Ms Adeyemi,") + para("the rent is due on the 5th."),
        ("the rent is due on the 5th.",),
    ),
    "headings": partial(
        letter,
        para("Water", "Heading1") + para("Hardness is 21 degrees.", "BodyText"),
        ("Water", "Hardness is 21 degrees."),
    ),
    "table": partial(
        letter, table(("Part", "Price"), ("Hinge", "4.35"), ("Latch", "12.80")), ("Latch", "12.80")
    ),
    "table in a table": partial(
        letter, grid(cell(para("outer") + table(("inner", "17 kg")) + para(""))), ("outer", "17 kg")
    ),
    "merged cells": partial(
        letter,
        grid(
            cell(para("Both columns, 1911"), '<w:gridSpan w:val="2"/>'),
            cell(para("tall"), '<w:vMerge w:val="restart"/>') + cell(para("upper 1")),
            cell(para(""), "<w:vMerge/>") + cell(para("lower 2")),
        ),
        ("Both columns, 1911", "lower 2"),
    ),
    "list": partial(
        letter,
        "".join(_LISTED.format(n % 3, run(f"point {n}")) for n in range(1, 30)),
        ("point 29", "point 14"),
    ),
    "footnotes": partial(note, "footnote", "After the survey of 1932, page 88."),
    "endnotes": partial(note, "endnote", "See box 12 of the archive in Ghent."),
    "header and footer": partial(
        letter,
        para("Inside."),
        ("Inside.", "File 2026/C/77", "Bank: XX12 3456 7890"),
        {
            "header1": part("hdr", para("File 2026/C/77")),
            "footer1": part("ftr", para("Bank: XX12 3456 7890")),
        },
    ),
    "comments": partial(
        letter,
        '<w:p><w:commentRangeStart w:id="0"/>' + run("We pay 900.") + '<w:commentRangeEnd w:id="0"/></w:p>',
        ("We pay 900.", "Should be 950, says Ravi"),
        {
            "comments": part(
                "comments", f'<w:comment w:id="0" {_BY}>{para("Should be 950, says Ravi")}</w:comment>'
            )
        },
    ),
    "tracked changes": partial(
        letter,
        f'<w:p>{run("The term is ")}<w:del w:id="1" {_BY}><w:r><w:delText>three</w:delText></w:r></w:del>'
        f'<w:ins w:id="2" {_BY}>{run("eleven")}</w:ins>{run(" years.")}</w:p>',
        ("The term is eleven years.",),
        absent=("three",),
    ),
    "text box": partial(letter, para("Outside.") + _BOX, ("Outside.", "In the box: call 555-0192 first.")),
    "content control": partial(
        letter,
        (
            "<w:sdt><w:sdtPr><w:alias w:val='City'/></w:sdtPr><w:sdtContent>"
            f"{para('Valparaíso 14')}</w:sdtContent></w:sdt>"
        ),
        ("Valparaíso 14",),
    ),
    "control in a line": partial(
        letter,
        f"<w:p>{run('Born in ')}<w:sdt><w:sdtContent>{run('Tartu, 1874')}</w:sdtContent></w:sdt></w:p>",
        ("Born in Tartu, 1874",),
    ),
    "link": partial(
        letter,
        f'<w:p>{run("Read ")}<w:hyperlink r:id="rId2">{run("our terms of 2025")}</w:hyperlink></w:p>',
        ("Read our terms of 2025",),
    ),
    "fields": partial(
        letter,
        _field("DATE \\@ dd.MM.yyyy", "04.03.2026") + _field("PAGEREF _x", "page 12"),
        ("04.03.2026",),
        absent=("PAGEREF",),
    ),
    "breaks and tabs": partial(
        letter,
        f"<w:p>{run('Tel.')}<w:r><w:tab/></w:r>{run('555-0140')}<w:r><w:br/></w:r>{run('after 6 pm')}</w:p>",
        ("Tel. 555-0140", "after 6 pm"),
    ),
    "words in pieces": partial(
        letter,
        "<w:p>" + "".join(run(piece) for piece in ("The pass", "word", " is in enve", "lope 9.")) + "</w:p>",
        ("The password is in envelope 9.",),
    ),
    "page breaks": partial(
        letter,
        "".join(para(f"Sheet {n}") + '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' for n in range(1, 9)),
        ("Sheet 8",),
    ),
    "formula": partial(
        letter,
        para("So") + "<w:p><m:oMath><m:r><m:t>p=101325</m:t></m:r></m:oMath></w:p>",
        ("So", "p=101325"),
    ),
    "many alphabets": partial(
        letter,
        para(tongues.RUSSIAN.text) + para(tongues.KOREAN.text) + para(tongues.HEBREW.text),
        (tongues.KOREAN.fact, tongues.HEBREW.fact),
    ),
    "strict": strict,
    "long report": long_report,
    "main part elsewhere": elsewhere,
}
