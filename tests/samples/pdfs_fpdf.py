"""PDF as fpdf2 writes it: fonts cut to what is used, pictures, stronger locks."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.samples import prose, tongues
from tests.samples.sample import Maker, Needle, Sample

if TYPE_CHECKING:
    from fpdf import FPDF
    from PIL.Image import Image

_MADE = dt.datetime(2026, 3, 4, tzinfo=dt.UTC)


def sheet() -> FPDF:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_creation_date(_MADE)
    pdf.set_font("Helvetica", size=11)
    return pdf


def say(pdf: FPDF, text: str) -> None:
    pdf.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")


def finished(pdf: FPDF, name: str, *needles: Needle) -> Sample:
    return Sample(name, bytes(pdf.output()), needles, media_type="application/pdf")


def at(page: int, text: str) -> Needle:
    return Needle(text, rf"\bpages? {page}\b")


def free_font() -> Path:
    """A font that comes with ReportLab."""
    import reportlab

    return Path(reportlab.__file__).with_name("fonts") / "Vera.ttf"


def letter_pages(name: str, count: int = 4, change: Callable[[FPDF], None] | None = None) -> Sample:
    """Pages of flowing text, the fact on the last but one."""
    pdf = sheet()
    if change:
        change(pdf)
    fact = "The lease ends on 30 June 2031."
    for number in range(1, count + 1):
        pdf.add_page()
        say(pdf, prose.paragraph(number, 12))
        if number == count - 1:
            say(pdf, fact)
    return finished(pdf, name, at(count - 1, fact))


def part_of_a_font() -> Sample:
    pdf = sheet()
    pdf.add_font("Vera", fname=free_font())
    pdf.set_font("Vera", size=12)
    pdf.add_page()
    say(pdf, tongues.FRENCH.text)
    return finished(pdf, "avis.pdf", at(1, "La cotisation annuelle passe à 35 € dès septembre."))


def ruled_table() -> Sample:
    pdf = sheet()
    pdf.add_page()
    with pdf.table() as table:
        for row in [
            ("Tool", "Place", "Held"),
            *((f"File {n}", f"drawer {n % 7}", str(n * 3)) for n in range(60)),
        ]:
            table.row(row)
        table.row(("Rasp", "on loan to Mo", "1"))
    return finished(pdf, "tools.pdf", at(2, "on loan to Mo"), at(1, "drawer 4"))


def read_scan() -> Sample:
    """A picture of a page with the words, unseen, laid over it by a scanner's program."""
    pdf = sheet()
    pdf.add_page()
    pdf.image(picture("Receipt 6620"), x=10, y=10, w=100)
    with pdf.local_context(text_mode="INVISIBLE"):
        pdf.text(20, 30, "Receipt 6620, paid in cash")
    return finished(pdf, "scan with text.pdf", at(1, "Receipt 6620, paid in cash"))


def picture(text: str) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    made = Image.new("L", (400, 200), 255)
    ImageDraw.Draw(made).text((20, 80), text, fill=0, font=ImageFont.load_default(28))
    return made


def text_and_picture() -> Sample:
    pdf = sheet()
    pdf.add_page()
    say(pdf, "Figure 3 shows the valve. " + prose.paragraph(3))
    buffer = io.BytesIO()
    picture("VALVE").save(buffer, "PNG")
    pdf.image(buffer, w=90)
    say(pdf, "Close it before the pressure exceeds 8.8 bar.")
    return finished(pdf, "valve.pdf", at(1, "Close it before the pressure exceeds 8.8 bar."))


def from_html() -> Sample:
    pdf = sheet()
    pdf.add_page()
    pdf.write_html(
        "<h1>Menu</h1><ul><li>Soup of the day</li><li>Plaice, 17.80</li></ul><p><b>Closed</b> on Mondays</p>"
    )
    return finished(pdf, "menu.pdf", at(1, "Plaice, 17.80"), at(1, "Closed on Mondays"))


def with_attachment() -> Sample:
    pdf = sheet()
    pdf.embed_file(bytes=b"<invoice/>", basename="factur-x.xml", desc="data", modification_date=_MADE)
    pdf.add_page()
    say(pdf, "Invoice RE-7719 over 88.20 EUR, data attached.")
    return finished(pdf, "e-invoice.pdf", at(1, "Invoice RE-7719 over 88.20 EUR, data attached."))


def lock(pdf: FPDF, method: str) -> None:
    pdf.set_encryption(owner_password="boss", encryption_method=method, permissions=0)


MAKERS: dict[str, Maker] = {
    "flowing text": partial(letter_pages, "contract.pdf"),
    "owner's password, aes 128": partial(letter_pages, "a.pdf", 3, partial(lock, method="AES-128")),
    "owner's password, aes 256": partial(letter_pages, "a.pdf", 3, partial(lock, method="AES-256")),
    "part of a font": part_of_a_font,
    "ruled table": ruled_table,
    "scan with text": read_scan,
    "text and picture": text_and_picture,
    "from html": from_html,
    "with attachment": with_attachment,
}
