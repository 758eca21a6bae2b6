"""Files with a question whose answer stands on a later page, for the tests through chat, page and model."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.samples import pdfs, pdfs_fpdf, prose, sheets
from tests.samples.sample import Needle, Sample

if TYPE_CHECKING:
    from PIL.Image import Image
    from reportlab.pdfgen.canvas import Canvas
    from xlsxwriter import Workbook

_DPI = 150
_PAGE = (1_240, 1_754)


@dataclass(frozen=True, slots=True)
class Asked:
    """A file, a question about it, the words that a right answer holds and the place it names."""

    sample: Sample
    question: str
    answer: str
    place: str

    def save(self, folder: Path) -> Path:
        """The file under its own name, for what uploads it."""
        path = folder / self.sample.name
        path.write_bytes(self.sample.data)
        return path


_CHAPTERS = (
    (
        "Summary",
        "Ferries carried 4.1 million passengers in 2025, three per cent more than in the year before.",
    ),
    ("The fleet", "Seven ships were in service. The oldest, the Kittiwake, was built in 1988 in Flensburg."),
    ("Crews", "The company employs 312 seafarers and 94 people on land, a third of them part time."),
    ("Routes", "The crossing to Norholm takes 55 minutes, that to Vell two hours and a quarter."),
    ("Timetable", "In winter the last ship leaves at 21:40, in summer at 23:10, on every day of the week."),
    ("Fuel", "Two ships run on methanol since March; the others burn marine gas oil of low sulphur."),
    ("Harbours", "The new pier at Vell opened in June, eleven weeks later than had been planned."),
    ("Fares", "A return ticket costs 38 crowns for adults; children under seven travel free of charge."),
    ("Safety", "The lifeboats of the Kittiwake are inspected by Halvorsen Marine every 14 months."),
    ("Complaints", "Passengers wrote 871 letters, most of them about the coffee and the wireless network."),
    ("Investments", "A ship with batteries for 40 minutes at full speed was ordered from a yard in Tromso."),
    ("Outlook", "The board expects 4.3 million passengers and asks for a grant of nine million crowns."),
)


def annual_report() -> Asked:
    """A PDF of twelve pages; the answer is on the ninth."""

    def draw(canvas: Canvas, number: int) -> None:
        title, told = _CHAPTERS[number - 1]
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(60, 790, f"{number}. {title}")
        text = [*prose.sentences(number, 14), told, *prose.sentences(number + 50, 14)]
        pdfs.lines(canvas, text, y=750, font="Times-Roman")
        canvas.setFont("Helvetica", 8)
        canvas.drawCentredString(297, 30, f"Annual report of the Norholm Ferry Company   {number} / 12")

    answer = "Halvorsen Marine"
    sample = pdfs.drawn("annual report.pdf", 12, draw, pdfs.at(9, answer))
    return Asked(sample, "Who inspects the lifeboats of the Kittiwake, and how often?", answer, "page 9")


def workbook() -> Asked:
    """A workbook of five sheets; the answer is on the fourth."""
    rows: dict[str, list[list[object]]] = {
        "Staff": [
            ["name", "team", "since"],
            *([f"Person {n}", f"team {n % 6}", 2010 + n % 15] for n in range(80)),
        ],
        "Rooms": [["room", "seats", "floor"], *([f"R{100 + n}", 4 + n % 20, n % 5] for n in range(60))],
        "Orders": [
            ["order", "item", "pieces"],
            *([f"B-{7000 + n}", f"item {n % 40}", n % 90] for n in range(300)),
        ],
        "Suppliers": [
            ["supplier", "city", "contact", "our number"],
            *(
                [f"Supplier {n}", f"City {n % 30}", f"contact{n}@example.org", f"K-{5_000 + 7 * n}"]
                for n in range(120)
            ),
        ],
        "Budget": [["quarter", "planned", "spent"], ["Q1", 41_000, 39_250], ["Q2", 43_500, 44_120]],
    }
    rows["Suppliers"][88] = ["Lindqvist Optics", "Umea", "orders@lindqvist.example", "SE-4471-902"]

    def fill(book: Workbook) -> None:
        for name, table in rows.items():
            sheets.rows(book.add_worksheet(name), table)

    sample = sheets.book(
        fill,
        sheets.on("Suppliers", 89, "Lindqvist Optics"),
        sheets.on("Suppliers", 89, "SE-4471-902"),
        name="office.xlsx",
    )
    return Asked(
        sample,
        "Which customer number do we have with the supplier Lindqvist Optics?",
        "SE-4471-902",
        "sheet Suppliers",
    )


def page_picture(lines: Sequence[str], seed: int = 1) -> Image:
    """A page as a scanner sees it: grey, a little turned and dusty."""
    from PIL import Image, ImageDraw, ImageFont

    paper = Image.new("L", _PAGE, 246)
    draw = ImageDraw.Draw(paper)
    font = ImageFont.load_default(30)
    for number, line in enumerate(lines):
        draw.text((130, 150 + 52 * number), line, fill=28, font=font)
    turned = paper.rotate(0.6, resample=Image.Resampling.BICUBIC, fillcolor=246)
    dust = Image.frombytes("L", _PAGE, random.Random(seed).randbytes(_PAGE[0] * _PAGE[1]))
    return Image.blend(turned, dust, 0.05)


def scan(name: str, pages: Sequence[Sequence[str]], *needles: Needle) -> Sample:
    """A PDF whose pages are pictures; it holds no letters."""
    pdf = pdfs_fpdf.sheet()
    for number, lines in enumerate(pages):
        pdf.add_page()
        buffer = io.BytesIO()
        page_picture(lines, number).save(buffer, "JPEG", quality=75, dpi=(_DPI, _DPI))
        pdf.image(buffer, x=0, y=0, w=210, h=297)
    return pdfs_fpdf.finished(pdf, name, *needles)


_RECEIPT = (
    "HARBOUR HARDWARE",
    "14 Quay Street, Norholm",
    "",
    "Receipt number 30872",
    "Date: 17 February 2026",
    "",
    "2 brass hinges            18.40",
    "1 tin of boat varnish     32.75",
    "6 stainless screws         4.20",
    "",
    "Total to pay: 55.35 crowns",
    "Paid in cash. Thank you for your visit.",
)


def scanned_page() -> Asked:
    """One page that went through a scanner."""
    sample = scan("receipt.pdf", [_RECEIPT], Needle("55.35", r"\bpage 1\b"))
    return Asked(sample, "How much was to pay according to the receipt?", "55.35", "page 1")


def scanned_report() -> Asked:
    """Three scanned pages; the answer is on the third."""
    pages = [
        ["INSPECTION OF THE OLD MILL", "", *prose.sentences(7, 14)],
        ["Second part: the roof", "", *prose.sentences(8, 14)],
        [
            "Third part: the wheel",
            "",
            *prose.sentences(9, 5),
            "The wheel was made by Tobias Falk in 1871.",
            *prose.sentences(10, 5),
        ],
    ]
    sample = scan("inspection.pdf", pages, Needle("Tobias Falk", r"\bpage 3\b"))
    return Asked(sample, "Who made the wheel of the old mill?", "Tobias Falk", "page 3")


Asker = Callable[[], Asked]

ALL: tuple[Asker, ...] = (annual_report, workbook, scanned_page, scanned_report)
