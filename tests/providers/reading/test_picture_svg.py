"""Drawings: what a drawing may refer to, how large it becomes, and what is refused."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PIL import Image  # noqa: TID253 everything here is about pictures; no start-up waits for it

from tests.providers.reading.picture_makers import (
    RED,
    SVG,
    HereWorkshop,
    corner_colours,
    encoded,
    is_like,
    opened,
)
from vtai.core.errors import BadAttachment
from vtai.providers.reading.pictures import WorkshopPictures

XLINK = b' xmlns:xlink="http://www.w3.org/1999/xlink"'
DATA = b"data:image/png;base64," + base64.b64encode(encoded(Image.new("RGB", (8, 8), RED), "PNG"))


@pytest.fixture
def pictures() -> WorkshopPictures:
    workshop = HereWorkshop()
    return WorkshopPictures(workshop, workshop)


@pytest.mark.parametrize(
    "drawing",
    [
        pytest.param('<image href="{}" width="60" height="40"/>', id="path"),
        pytest.param('<image href="file://{}" width="60" height="40"/>', id="file"),
        pytest.param('<image xlink:href="{}" width="60" height="40"/>', id="xlink"),
        pytest.param('<image xmlns:o="http://www.w3.org/1999/xlink" o:href="{}" width="60" height="40"/>',
                     id="other-prefix"),
        pytest.param('<image href="&#x2f;..{}" width="60" height="40"/>', id="character-reference"),
        pytest.param('<image href="http://127.0.0.1:9/a.png" width="60" height="40"/>', id="address"),
        pytest.param('<filter id="f"><feImage href="{}"/></filter>'
                     '<rect filter="url(#f)" width="60" height="40" fill="none"/>', id="filter"),
        pytest.param('<use href="{}#a"/>', id="use"),
        pytest.param('<image href="data:image/svg+xml;base64,PHN2Zy8+" width="9" height="9"/>', id="nested"),
        pytest.param('<image href="data:text/plain,a" width="60" height="40"/>', id="no-picture"),
    ],
)  # fmt: skip
async def test_nothing_outside_the_drawing_is_loaded(
    pictures: WorkshopPictures, tmp_path: Path, drawing: str
) -> None:
    file = tmp_path / "private.png"
    file.write_bytes(encoded(Image.new("RGB", (60, 40), RED), "PNG"))
    raw = SVG.replace(b">", XLINK + b">", 1) % drawing.replace("{}", str(file)).encode()
    made = await pictures.prepare("a.svg", raw, 512)
    assert opened(made.data).convert("RGBA").getchannel("A").getbbox() is None
    assert "refers to pictures elsewhere, which were not loaded" in await pictures.facts("a.svg", raw)


async def test_a_picture_inside_the_drawing_is_shown(pictures: WorkshopPictures) -> None:
    raw = SVG % (b'<image href="%s" width="60" height="60" y="-10"/>' % DATA)
    made = await pictures.prepare("a.svg", raw, 512)
    assert is_like(corner_colours(opened(made.data)), (RED,) * 4)


@pytest.mark.parametrize(
    ("raw", "size"),
    [
        pytest.param(SVG % b"<g/>", (60, 40), id="pixels"),
        pytest.param(b'<svg width="1in" height="25.4mm" xmlns="http://www.w3.org/2000/svg"/>', (96, 96),
                     id="units"),
        pytest.param(b'<svg viewBox="0 0 30 90" xmlns="http://www.w3.org/2000/svg"/>', (30, 90), id="box"),
        pytest.param(b'<svg width="100%" viewBox="0,0,30,90" xmlns="http://www.w3.org/2000/svg"/>', (30, 90),
                     id="percent"),
        pytest.param(b'<svg height="180" viewBox="0 0 30 90" xmlns="http://www.w3.org/2000/svg"/>', (60, 180),
                     id="height-and-box"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', (300, 150), id="nothing"),
        pytest.param(b'<svg width="900000" height="450000" xmlns="http://www.w3.org/2000/svg"/>',
                     (4_096, 2_048), id="huge"),
    ],
)  # fmt: skip
async def test_a_drawing_has_the_size_that_it_asks_for(
    pictures: WorkshopPictures, raw: bytes, size: tuple[int, int]
) -> None:
    made = await pictures.convert("a.svg", raw, "png")
    assert (made.width, made.height) == size == opened(made.data).size


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'\xef\xbb\xbf<?xml version="1.0"?><!-- made by hand -->\n' + SVG, id="declaration"),
        pytest.param(SVG.decode().encode("utf-16"), id="utf-16"),
        pytest.param(b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">' + SVG,
                     id="doctype"),
        pytest.param(b'<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>'
                     b'<svg xmlns="&ns;" width="60" height="40">%s</svg>', id="abbreviation"),
        pytest.param(b'<v:svg xmlns:v="http://www.w3.org/2000/svg" xmlns="http://www.w3.org/2000/svg" '
                     b'width="60" height="40">%s</v:svg>', id="prefix"),
    ],
)  # fmt: skip
async def test_drawings_are_written_in_many_ways(pictures: WorkshopPictures, raw: bytes) -> None:
    content = '<rect width="60" height="40" fill="#dc1414"/>'
    drawn = (
        raw.decode("utf-16").replace("%s", content).encode("utf-16")
        if raw[:2] == b"\xff\xfe"
        else (raw.replace(b"%s", content.encode()))
    )
    made = await pictures.prepare("a.svg", drawn, 512)
    assert is_like(corner_colours(opened(made.data)), (RED,) * 4)


async def test_scripts_and_foreign_parts_do_not_matter(pictures: WorkshopPictures) -> None:
    raw = SVG % (
        b"<script>alert(1)</script><foreignObject><p>words</p></foreignObject>"
        b'<rect width="60" height="40" fill="#dc1414" onclick="alert(1)"/><a href="http://x.example/"/>'
    )
    made = await pictures.prepare("a.svg", raw, 512)
    assert is_like(corner_colours(opened(made.data)), (RED,) * 4)
    assert not [fact for fact in await pictures.facts("a.svg", raw) if "elsewhere" in fact]


LAUGHS = b'<!DOCTYPE svg [<!ENTITY a "ha ha ha ha ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (at + 1, b"&%c;" % at * 10) for at in range(97, 107)
)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(LAUGHS + b"]>" + SVG % b"<text>&k;</text>", "takes too much", id="billion-laughs"),
        pytest.param(b'<!DOCTYPE svg [<!ENTITY a "' + b"a" * 50_000 + b'">]>' + SVG % (b"&a;" * 50_000),
                     "takes too much", id="quadratic"),
        pytest.param(b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG % b"<text>&a;</text>",
                     "takes too much", id="outside-entity"),
        pytest.param(SVG % (b"<g>" * 500 + b"</g>" * 500), "takes too much", id="deep"),
        pytest.param(SVG % (b"<g/>" * 200_001), "takes too much", id="many"),
        pytest.param(SVG % (b" " * 5_000_001), "too large", id="long"),
        pytest.param(SVG % b"<g>", "damaged", id="not-closed"),
        pytest.param(b"<svg", "damaged", id="cut"),
        pytest.param(SVG.replace(b"60", b"0") % b"", "damaged", id="no-width"),
        pytest.param(SVG.replace(b"60", b"1e99") % b"", "damaged", id="endless"),
    ],
)  # fmt: skip
async def test_a_drawing_that_is_broken_or_a_bomb_is_refused(
    pictures: WorkshopPictures, raw: bytes, said: str
) -> None:
    with pytest.raises(BadAttachment, match=said):
        await pictures.prepare("a.svg", raw, 512)
