"""PDF as ReportLab writes it: reports, columns, forms, turned pages, fonts of several kinds."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.samples import pdfs_fpdf, prose, rawpdf, tongues
from tests.samples.sample import Maker, Needle, Sample

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

Draw = Callable[["Canvas", int], None]


def drawn(name: str, pages: int, draw: Draw, *needles: Needle, **options: Any) -> Sample:
    """A file of that many pages, each drawn by `draw` with its number from 1."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1, **options)
    for number in range(1, pages + 1):
        draw(canvas, number)
        canvas.showPage()
    canvas.save()
    return Sample(name, buffer.getvalue(), needles, media_type="application/pdf")


def at(page: int, text: str) -> Needle:
    return Needle(text, rf"\bpages? {page}\b")


def lines(
    canvas: Canvas, texts: Sequence[str], x: float = 60, y: float = 780, font: str = "Helvetica"
) -> None:
    canvas.setFont(font, 10)
    for place, text in enumerate(texts):
        canvas.drawString(x, y - 14 * place, text)


def report(pages: int = 6, page: int = 5, name: str = "report.pdf", **options: Any) -> Sample:
    fact = "The second boiler used 1,412 litres of oil."

    def draw(canvas: Canvas, number: int) -> None:
        texts = [f"Section {number}", *prose.sentences(number, 30)]
        lines(canvas, [*texts[:20], fact, *texts[20:]] if number == page else texts)
        canvas.drawCentredString(300, 30, f"- {number} -")

    return drawn(name, pages, draw, at(page, fact), **options)


def columns() -> Sample:
    """Two columns: a sentence runs on below, not across."""
    left = ["Migration", "Swifts leave", "early; the last", "pair was seen", "on 9 August", "over the mill."]
    right = ["Weather", "It rained on", "22 of 31 days", "and the river", "rose to 3.4 m", "at the weir."]

    def draw(canvas: Canvas, number: int) -> None:
        lines(canvas, left * 5, x=60)
        lines(canvas, right * 5, x=330)

    return drawn(
        "journal.pdf", 1, draw, at(1, "on 9 August over the mill."), at(1, "rose to 3.4 m at the weir.")
    )


def landscape_table() -> Sample:
    def draw(canvas: Canvas, number: int) -> None:
        canvas.setFont("Courier", 10)
        for row in range(25):
            for column in range(9):
                x, y = 40 + 85 * column, 540 - 18 * row
                canvas.rect(x, y - 4, 85, 18)
                canvas.drawRightString(x + 80, y, f"{number * 1000 + row * 9 + column}.5")

    return drawn("table.pdf", 2, draw, at(2, "2138.5"), at(1, "1077.5"), pagesize=(842, 595))


def sizes() -> Sample:
    def draw(canvas: Canvas, number: int) -> None:
        canvas.setPageSize([(200, 120), (595, 842), (1190, 1684)][number - 1])
        lines(canvas, [f"Sheet of size {number}"], x=10, y=60)

    return drawn("mixed sizes.pdf", 3, draw, at(1, "Sheet of size 1"), at(3, "Sheet of size 3"))


def bookmarks() -> Sample:
    def draw(canvas: Canvas, number: int) -> None:
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"Part {number}", f"p{number}")
        lines(canvas, [f"Part {number} begins with {number * 111} words."])
        canvas.linkURL("https://example.org/", (60, 700, 160, 720))

    return drawn("manual.pdf", 8, draw, at(7, "Part 7 begins with 777 words."))


def form() -> Sample:
    """A form that was filled in."""

    def draw(canvas: Canvas, number: int) -> None:
        lines(canvas, ["Application", "Name:", "Membership no.:"])
        canvas.acroForm.textfield(name="name", x=160, y=755, width=200, height=16, value="Odile Brandt")
        canvas.acroForm.textfield(name="no", x=160, y=735, width=200, height=16, value="MB-20417")
        canvas.acroForm.checkbox(name="paid", x=160, y=700, checked=True)

    return drawn("form.pdf", 1, draw, at(1, "Membership no.:"), at(1, "Odile Brandt"), at(1, "MB-20417"))


def locked_for_printing(strength: int) -> Sample:
    """Anybody may read it; only its owner may change it."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    lock = StandardEncryption("", ownerPassword="boss", canPrint=0, strength=strength)
    return report(3, 2, "statement.pdf", encrypt=lock)


def font_file() -> Sample:
    """Letters beyond Latin 1 from an embedded part of a font."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def draw(canvas: Canvas, number: int) -> None:
        words = tongues.GERMAN.text.split()
        lines(canvas, [" ".join(words[n : n + 9]) for n in range(0, len(words), 9)], font="Vera")

    return drawn("aushang.pdf", 1, draw, at(1, tongues.GERMAN.fact), at(1, "Größner"))


def east_asian() -> Sample:
    """A Japanese font that is named but not embedded."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    sentences = [part + "。" for part in tongues.JAPANESE.text.split("。") if part]

    def draw(canvas: Canvas, number: int) -> None:
        lines(canvas, sentences, font="HeiseiMin-W3")

    return drawn("お知らせ.pdf", 2, draw, at(2, tongues.JAPANESE.fact))


def turned(degrees: int) -> Sample:
    """Pages that are shown turned; the text was drawn for that."""

    def draw(canvas: Canvas, number: int) -> None:
        canvas.setPageRotation(degrees)
        lines(canvas, [f"Turned sheet {number}, by {degrees}", *prose.sentences(number, 12)])

    return drawn("plan.pdf", 4, draw, at(3, f"Turned sheet 3, by {degrees}"))


def sideways() -> Sample:
    """Text that runs up the page."""

    def draw(canvas: Canvas, number: int) -> None:
        canvas.rotate(90)
        lines(canvas, ["Scale 1 : 2500, drawn by H. Lund", *prose.sentences(1, 4)], x=100, y=-200)

    return drawn("drawing.pdf", 1, draw, at(1, "Scale 1 : 2500, drawn by H. Lund"))


def invoice() -> Sample:
    def draw(canvas: Canvas, number: int) -> None:
        lines(canvas, ["Invoice 2026-0417", "Item", *(f"Article {n}" for n in range(1, 9)), "To pay"])
        for row in range(1, 9):
            canvas.drawRightString(500, 780 - 14 * (row + 1), f"{row * 12.5:.2f}")
        canvas.drawRightString(500, 780 - 14 * 10, "450.00 EUR")

    return drawn("invoice.pdf", 1, draw, at(1, "Invoice 2026-0417"), at(1, "To pay 450.00 EUR"))


def empty_pages() -> Sample:
    def draw(canvas: Canvas, number: int) -> None:
        if number in {1, 6}:
            lines(canvas, [f"Only pages 1 and 6 hold words; this is number {number} of 7."])

    return drawn("sparse.pdf", 7, draw, at(6, "this is number 6 of 7."))


def reused_form() -> Sample:
    """The same drawing placed on each page."""

    def draw(canvas: Canvas, number: int) -> None:
        if number == 1:
            canvas.beginForm("head")
            lines(canvas, ["Letterhead of the Old Brewery, est. 1641"], y=800)
            canvas.endForm()
        canvas.doForm("head")
        lines(canvas, [f"Letter {number}"], y=700)

    return drawn("letters.pdf", 3, draw, at(3, "est. 1641"), at(2, "Letter 2"))


def words_apart() -> Sample:
    """Each word set on its own, as layout programs do."""
    words = ["The", "tariff", "for", "night", "current", "is", "18.4", "cents", "until", "further", "notice"]

    def draw(canvas: Canvas, number: int) -> None:
        canvas.setFont("Times-Roman", 11)
        x = 60.0
        for word in words:
            canvas.drawString(x, 700, word)
            x += canvas.stringWidth(word + " ", "Times-Roman", 11)

    return drawn("tariff.pdf", 1, draw, at(1, " ".join(words)))


def junk_around() -> Sample:
    """A mail program put lines before the file and after it."""
    good = report(2, 2)
    return Sample("forwarded.pdf", b"X-Junk: 1\r\n\r\n" + good.data + b"\r\n--end--\r\n", good.needles)


def lost_table() -> Sample:
    """The table of objects points nowhere; it has to be built anew."""
    good = report(2, 2)
    start = good.data.rindex(b"startxref")
    return Sample("rescued.pdf", good.data[:start] + b"startxref\n999999\n%%EOF\n", good.needles)


MAKERS: dict[str, Maker] = {
    "report": report,
    "long report": partial(report, 60, 47),
    "not packed": partial(report, name="plain.pdf", pageCompression=0),
    "two columns": columns,
    "landscape table": landscape_table,
    "sizes": sizes,
    "bookmarks": bookmarks,
    "filled form": form,
    "owner's password, 40 bits": partial(locked_for_printing, 40),
    "owner's password, 128 bits": partial(locked_for_printing, 128),
    "embedded font": font_file,
    "east asian font": east_asian,
    "turned 90": partial(turned, 90),
    "turned 180": partial(turned, 180),
    "sideways": sideways,
    "invoice": invoice,
    "empty pages": empty_pages,
    "reused drawing": reused_form,
    "words apart": words_apart,
    "junk around": junk_around,
    "lost table": lost_table,
    **pdfs_fpdf.MAKERS,
    **rawpdf.MAKERS,
}
