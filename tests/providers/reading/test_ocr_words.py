"""Words in pictures, read by the packaged model in a child process."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont  # noqa: TID253 everything here is about pictures; no start-up waits

from tests.providers.reading.picture_makers import camera_data, encoded, noise
from vtai.core.errors import BadAttachment
from vtai.providers.reading import ocr_job
from vtai.providers.reading.pictures import WorkshopPictures
from vtai.providers.workshop import Workshop

pytestmark = [pytest.mark.model, pytest.mark.slow]

JOB = "vtai.providers.reading.ocr_job:lines"
INVOICE = (
    ((60, 50), 40, "INVOICE 2024-0173"),
    ((60, 130), 24, "Harbour Bakery Ltd, 12 Quay Street"),
    *(
        ((x, 240 + 50 * row), 24, cell)
        for row, cells in enumerate((("Item", "Total"), ("Flour 25 kg", "74.00"), ("Butter 10 kg", "122.40")))
        for x, cell in zip((60, 720), cells, strict=True)
    ),
    ((60, 480), 24, "Payable within 30 days, reference GB29 NWBK"),
)


class Reader:
    """The job, run in a child that lives through the module, so that the model is loaded once."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.workshop = Workshop(memory_mb=2_500)

    def run(self, raw: bytes, job: str = JOB, **options: Any) -> dict[str, Any]:
        running = self.workshop.run(job, raw, {"name": "a.png", **options}, timeout_s=300)
        return self.runner.run(running)[0]

    def text(self, picture: Image.Image, kind: str = "PNG") -> str:
        text = self.run(encoded(picture, kind))["text"]
        assert isinstance(text, str)
        return text


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with asyncio.Runner() as runner:
        reader = Reader(runner)
        yield reader
        runner.run(reader.workshop.aclose())


def page(
    *lines: tuple[tuple[int, int], int, str], size: tuple[int, int] = (1_000, 600), ink: str = "black",
    paper: str = "white"
) -> Image.Image:  # fmt: skip
    made = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(made)
    for place, height, text in lines:
        draw.text(place, text, font=ImageFont.load_default(height), fill=ink)
    return made


@pytest.mark.parametrize("degrees", [0, 4, -7, 90, 180, 270, 184])
def test_an_invoice_is_read_row_by_row_however_it_lies(reader: Reader, degrees: int) -> None:
    text = reader.text(page(*INVOICE).rotate(degrees, expand=True, fillcolor="white"))
    rows = [row for row in text.splitlines() if row]
    assert "INVOICE 2024-0173" in rows[0]
    assert "Harbour Bakery" in rows[1]
    assert [row for row in rows if "Flour" in row and row.endswith("\t74.00")]
    assert [row for row in rows if "Butter" in row and row.endswith("\t122.40")]
    assert "30 days" in rows[-1]


def test_a_dark_terminal_is_read(reader: Reader) -> None:
    lines = ("$ systemctl status nginx", "Active: failed (Result: exit-code)", "bind() to 0.0.0.0:80 failed")
    shown = page(
        *(((20, 20 + 30 * at), 17, said) for at, said in enumerate(lines)), ink="#78e678", paper="#14141e"
    )
    text = reader.text(shown)
    assert "systemctl status nginx" in text
    assert "exit-code" in text
    assert "0.0.0.0:80" in text


def test_small_print_is_read(reader: Reader) -> None:
    said = "nothing is refunded after {} days of sailing"
    small = page(*(((8, 8 + 18 * at), 12, said.format(at)) for at in range(8)), size=(420, 160))
    text = reader.text(small)
    assert [line.count("refunded") for line in text.splitlines()] == [1] * 8


def test_a_noisy_scan_is_read(reader: Reader) -> None:
    scan = page(*INVOICE)
    dots, chance = scan.load(), random.Random(5)
    assert dots is not None
    for _ in range(40_000):
        dots[chance.randrange(1_000), chance.randrange(600)] = (chance.randrange(256),) * 3
    text = reader.text(scan, "JPEG")
    assert "2024-0173" in text
    assert "122.40" in text


def test_columns_are_read_one_after_the_other(reader: Reader) -> None:
    said = "{} sailed along the northern shore"
    columns = page(
        *(((x, 60 + 34 * at), 24, said.format(f"{name}{at}")) for x, name in ((40, "Anna"), (540, "Berta"))
          for at in range(6))
    )  # fmt: skip
    words = (reader.text(columns)).split()
    order = [word[:-1] for word in words if word[:-1] in {"Anna", "Berta"}]
    assert order == ["Anna"] * 6 + ["Berta"] * 6


def test_a_very_tall_screenshot_is_read_to_its_end_and_no_line_twice(reader: Reader) -> None:
    tall = page(*(((40, 20 + 170 * at), 34, f"Message {at:03d}") for at in range(40)), size=(700, 6_900))
    lines = [line for line in (reader.text(tall)).splitlines() if line]
    assert lines == [f"Message {at:03d}" for at in range(40)]


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(Image.new("RGB", (800, 600), "white"), id="blank"),
        pytest.param(Image.new("L", (1, 1)), id="dot"),
        pytest.param(Image.new("RGB", (900, 2), "black"), id="stroke"),
        pytest.param(noise(300, 300), id="noise"),
    ],
)
def test_no_words_are_read_where_there_are_none(reader: Reader, picture: Image.Image) -> None:
    assert len(reader.text(picture)) < 12


def test_no_time_is_no_words_and_is_said(reader: Reader) -> None:
    found = reader.run(encoded(page(*INVOICE), "PNG"), most_s=0.0)
    assert found == {"text": "", "facts": ["there was too much text: not all of it was read"]}


@pytest.mark.parametrize(
    "raw", [b"", b"no picture", encoded(noise(9, 9), "PNG")[:90], encoded(noise(9, 9), "BMP")]
)
def test_what_is_no_png_or_jpeg_is_refused(reader: Reader, raw: bytes) -> None:
    with pytest.raises(BadAttachment, match=r"^a\.png is "):
        reader.run(raw)


def test_the_reader_asks_nobody_and_writes_nothing() -> None:
    with asyncio.Runner() as runner:
        fresh = Reader(runner)
        try:
            guarded = "tests.providers.reading.ocr_guarded:lines"
            found = fresh.run(encoded(page(*INVOICE), "PNG"), guarded, finds_codes=True)
        finally:
            runner.run(fresh.workshop.aclose())
    assert "INVOICE" in found["text"]
    assert found["deeds"] == []
    assert "HOME" not in found["variables"]


def test_a_photo_of_a_page_is_read_and_described(reader: Reader) -> None:
    pictures = WorkshopPictures(reader.workshop, reader.workshop)
    lying = page(*INVOICE).transpose(Image.Transpose.ROTATE_90)
    raw = encoded(lying, "JPEG", exif=camera_data(6), quality=85)
    found = reader.runner.run(pictures.read("photo.jpg", raw))
    assert found.text.startswith("INVOICE 2024-0173\n\nHarbour Bakery")
    assert found.facts[0].startswith("JPEG picture, 1000 x 600 pixels")


def qr_code(text: str) -> Image.Image:
    """Drawn by the encoder of OpenCV, eight pixels a module."""
    import cv2

    dots = Image.fromarray(cv2.QRCodeEncoder.create().encode(text))
    return dots.resize((dots.width * 8, dots.height * 8), Image.Resampling.NEAREST)


def ean_13(digits: str) -> Image.Image:
    """A barcode of thirteen digits; the first one stands in which way the next six are drawn."""
    odd = [
        0b0001101,
        0b0011001,
        0b0010011,
        0b0111101,
        0b0100011,
        0b0110001,
        0b0101111,
        0b0111011,
        0b0110111,
        0b0001011,
    ]
    right = [f"{code ^ 127:07b}" for code in odd]
    drawn = {"L": [f"{code:07b}" for code in odd], "G": [code[::-1] for code in right]}
    ways = "LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL"
    way = ways[int(digits[0]) * 7 :][:6]
    first = "".join(drawn[how][int(digit)] for how, digit in zip(way, digits[1:7], strict=True))
    bars = f"101{first}01010{''.join(right[int(digit)] for digit in digits[7:])}101"
    made = Image.frombytes("L", (len(bars), 1), bytes(0 if bar == "1" else 255 for bar in bars))
    return made.resize((len(bars) * 4, 160), Image.Resampling.NEAREST)


def test_codes_are_read(reader: Reader) -> None:
    made = Image.new("RGB", (900, 700), "white")
    made.paste(qr_code("https://example.org/menu?table=7"), (60, 60))
    made.paste(ean_13("4006381333931"), (400, 440))
    found = reader.run(encoded(made, "PNG"), finds_codes=True)
    assert "QR code: https://example.org/menu?table=7" in found["facts"]
    assert "barcode: 4006381333931" in found["facts"]
    json.dumps(found)


def test_it_is_installed() -> None:
    assert ocr_job.is_installed()
