"""Workbooks as XlsxWriter makes them: what people do with cells, sheets, dates and formulas."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample
from tests.samples.tables import orders

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

Fill = Callable[["Workbook", "Worksheet"], None]


def on(sheet: str, row: int, text: str) -> Needle:
    return Needle(text, rf"\bsheet {sheet}", row)


def book(
    fill: Callable[[Workbook], None], *needles: Needle, name: str = "book.xlsx", **options: Any
) -> Sample:
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, **options}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"created": dt.datetime(2026, 3, 4)})  # noqa: DTZ001 files hold local time
        fill(workbook)
    return Sample(name, buffer.getvalue(), needles)


def single(fill: Fill, *needles: Needle, **options: Any) -> Sample:
    """A workbook of one sheet called Data."""
    return book(lambda workbook: fill(workbook, workbook.add_worksheet("Data")), *needles, **options)


def rows(sheet: Worksheet, table: list[list[Any]], first: int = 0) -> None:
    for number, cells in enumerate(table, first):
        sheet.write_row(number, 0, cells)


def ledger(count: int, **options: Any) -> Sample:
    """Orders with numbers as numbers; the one in question three quarters down."""
    table: list[list[Any]] = [[*row[:3], int(row[3]), float(row[4])] for row in orders(count)[1:]]
    place = count * 3 // 4
    table[place] = ["X-4471", "2026-11-05", "Nowhere", 7, 1288.4]

    def fill(workbook: Workbook, sheet: Worksheet) -> None:
        rows(sheet, [["order", "day", "city", "pieces", "amount"], *table])

    return single(fill, on("Data", place + 2, "X-4471"), on("Data", place + 2, "1288.4"), **options)


def several() -> Sample:
    def fill(workbook: Workbook) -> None:
        for number in range(1, 8):
            rows(workbook.add_worksheet(f"Month {number}"), [["item", "cost"], ["rent", number * 101]])

    return book(fill, on("Month 6", 2, "606"), on("Month 1", 2, "101"))


def dates(is_1904: bool) -> Sample:
    def fill(workbook: Workbook, sheet: Worksheet) -> None:
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        time = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["what", "when"])
        sheet.write(1, 0, "launch")
        sheet.write_datetime(1, 1, dt.datetime(2031, 7, 9), day)  # noqa: DTZ001 cells know no time zone
        sheet.write(2, 0, "review")
        sheet.write_datetime(2, 1, dt.datetime(2031, 12, 24, 18, 30), time)  # noqa: DTZ001 the same

    return single(fill, on("Data", 2, "2031-07-09"), on("Data", 3, "2031-12-24"), date_1904=is_1904)


def formulas() -> Sample:
    """The values that the program had worked out last."""

    def fill(workbook: Workbook, sheet: Worksheet) -> None:
        rows(sheet, [["a", "b"], [19, 23], [5, 8]])
        sheet.write_formula(3, 0, "=SUM(A2:A3)*SUM(B2:B3)", None, 744)
        sheet.write_formula(3, 1, '=IF(A4>700,"over budget","fine")', None, "over budget")

    return single(fill, on("Data", 4, "744"), on("Data", 4, "over budget"))


def hidden(how: str) -> Sample:
    def fill(workbook: Workbook) -> None:
        rows(workbook.add_worksheet("Seen"), [["a"], ["in plain sight 12"]])
        sheet = workbook.add_worksheet("Rates")
        rows(sheet, [["rate"], ["hourly 86.25"]])
        sheet.very_hidden() if how == "very" else sheet.hide()

    return book(fill, on("Seen", 2, "in plain sight 12"), on("Rates", 2, "hourly 86.25"))


def merged(workbook: Workbook, sheet: Worksheet) -> None:
    sheet.merge_range("A1:E1", "Roster of week 32", workbook.add_format({"bold": True}))
    sheet.merge_range("A2:A5", "Night shift")
    rows_of = ["Ama", "Bo", "Cy", "Dee, bay 4"]
    for number, name in enumerate(rows_of, 1):
        sheet.write(number, 1, name)


def looks(workbook: Workbook, sheet: Worksheet) -> None:
    sheet.write(0, 0, "share")
    sheet.write_number(1, 0, 0.375, workbook.add_format({"num_format": "0.0%"}))
    sheet.write(2, 0, 1234567.5, workbook.add_format({"num_format": "#,##0.00 €"}))
    sheet.write_boolean(3, 0, True)
    sheet.write_string(4, 0, "00420")


def far_cell(workbook: Workbook, sheet: Worksheet) -> None:
    """One cell in the last corner: the sheet spans seventeen thousand million cells."""
    sheet.write("A1", "start")
    sheet.write("XFD1048576", "the far corner")


def rich(workbook: Workbook, sheet: Worksheet) -> None:
    bold = workbook.add_format({"bold": True})
    sheet.write_rich_string(0, 0, "Serve ", bold, "cold", " at ", bold, "6 degrees")
    sheet.write(1, 0, "two lines\nof text 17")
    sheet.write_url(2, 0, "https://example.org/x", string="price list 2027")


def filtered(workbook: Workbook, sheet: Worksheet) -> None:
    rows(sheet, [["name", "class"], *([f"n{n}", n % 5] for n in range(50))])
    sheet.autofilter(0, 0, 50, 1)
    sheet.filter_column(1, "x == 3")
    for number in range(1, 40):
        sheet.set_row(number, None, None, {"hidden": True})


def with_chart(workbook: Workbook) -> None:
    sheet = workbook.add_worksheet("Data")
    rows(sheet, [["month", "sold"], ["May", 31], ["June", 47.5]])
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"categories": "=Data!$A$2:$A$3", "values": "=Data!$B$2:$B$3"})
    workbook.add_chartsheet("Curve").set_chart(chart)
    rows(workbook.add_worksheet("After"), [["note"], ["stands behind the curve"]])


def alphabets(workbook: Workbook) -> None:
    for name, told in (("日本", tongues.JAPANESE), ("Köln's", tongues.GERMAN), ("عربي", tongues.ARABIC)):
        rows(workbook.add_worksheet(name), [["text"], [told.text]])


def _wide(workbook: Workbook, sheet: Worksheet) -> None:
    rows(sheet, [[f"field {n}" for n in range(300)], *([n * 300 + m for m in range(300)] for n in range(5))])


def _late(workbook: Workbook, sheet: Worksheet) -> None:
    rows(sheet, [["name", "size"], ["begins late", 42.75]], first=199)


def _protected(workbook: Workbook, sheet: Worksheet) -> None:
    sheet.protect("secret")
    workbook.define_name("Rate", "=Data!$A$2")
    rows(sheet, [["rate"], ["0.0815 a day"]])


def _errors(workbook: Workbook, sheet: Worksheet) -> None:
    sheet.write("A1", "value")
    sheet.write("A2", "fine, 9")
    sheet.write_formula("A3", "=1/0", None, "#DIV/0!")


def _beside(workbook: Workbook, sheet: Worksheet) -> None:
    """What is stuck to cells: a comment, and a box of text."""
    rows(sheet, [["rent"], [640]])
    sheet.write_comment("A2", "Checked by Uma", {"author": "Uma"})
    sheet.insert_textbox("D2", "Rents rise in May")


MAKERS: dict[str, Maker] = {
    "ledger": partial(ledger, 60),
    "long ledger": partial(ledger, 12_000),
    "texts in place": partial(ledger, 50, constant_memory=True),
    "several sheets": several,
    "dates": partial(dates, False),
    "dates since 1904": partial(dates, True),
    "formulas": formulas,
    "hidden sheet": partial(hidden, "plain"),
    "very hidden sheet": partial(hidden, "very"),
    "merged cells": partial(single, merged, on("Data", 1, "Roster of week 32"), on("Data", 5, "Dee, bay 4")),
    "looks of numbers": partial(single, looks, on("Data", 3, "1234567.5"), on("Data", 5, "00420")),
    "far cell": partial(single, far_cell, on("Data", 1_048_576, "the far corner")),
    "rich text": partial(
        single, rich, on("Data", 1, "Serve cold at 6 degrees"), on("Data", 3, "price list 2027")
    ),
    "filtered table": partial(single, filtered, on("Data", 39, "n37"), on("Data", 51, "n49")),
    "chart sheet": partial(
        book, with_chart, on("Data", 3, "47.5"), on("After", 2, "stands behind the curve")
    ),
    "many alphabets": partial(
        book, alphabets, on("日本", 2, tongues.JAPANESE.fact), on("Köln", 2, tongues.GERMAN.fact)
    ),
    "wide": partial(single, _wide, on("Data", 6, "1499"), on("Data", 3, "427")),
    "begins late": partial(single, _late, on("Data", 201, "42.75")),
    "protected": partial(single, _protected, on("Data", 2, "0.0815 a day")),
    "errors": partial(single, _errors, on("Data", 2, "fine, 9"), on("Data", 3, "#DIV/0!")),
    "comment": partial(single, _beside, Needle("640"), Needle("Checked by Uma")),
    "box of text": partial(single, _beside, Needle("640"), Needle("Rents rise in May")),
    "large file form": partial(ledger, 40, use_zip64=True),
    "empty sheet first": partial(
        book,
        lambda workbook: (
            workbook.add_worksheet("Empty"),
            rows(workbook.add_worksheet("Full"), [["k"], ["value 8128"]]),
        ),
        on("Full", 2, "value 8128"),
    ),
}
