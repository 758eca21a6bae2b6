"""What comes with a press of a button under a picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from vtai.core.errors import BadAttachment
from vtai.ui.receive import Order
from vtai.ui.uploads import mask_of, picture_of

KEY = "3f2b8c1a-7f2e-4d52-9f0a-0d2c8a9e4b11"
OTHER = "3f2b8c1a-7f2e-4d52-9f0a-0d2c8a9e4b12"


def png(mode: str = "RGBA", size: tuple[int, int] = (4, 4), kind: str = "PNG") -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def kept(tmp_path: Path, content: bytes, media_type: str = "image/png") -> dict[str, dict[str, Any]]:
    path = tmp_path / KEY
    path.write_bytes(content)
    return {KEY: {"name": "marks.png", "type": media_type, "path": path, "size": len(content)}}


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"picture": "../../etc/passwd", "text": "x"}, id="a path as picture"),
        pytest.param({"picture": KEY, "text": "x", "mask": "/tmp/mask.png"}, id="a path as mask"),
        pytest.param({"picture": KEY, "text": "  \n"}, id="no words"),
        pytest.param({"picture": KEY, "text": ["x"]}, id="words that are none"),
        pytest.param({"picture": [KEY], "text": "x"}, id="many pictures"),
    ],
)
def test_an_order_that_is_not_ours_is_refused(payload: object) -> None:
    with pytest.raises(ValidationError):
        Order.model_validate(payload)


def test_an_order_names_its_files_by_their_keys_and_drops_the_rest() -> None:
    order = Order.model_validate({"picture": KEY, "text": " bluer ", "mask": None, "path": "/etc/passwd"})
    assert (order.text, order.keys) == ("bluer", (KEY, None))


def test_only_pictures_that_the_session_keeps_can_be_changed(tmp_path: Path) -> None:
    assert picture_of(KEY, kept(tmp_path, png())).kind == "image"
    with pytest.raises(BadAttachment, match="not here any more"):
        picture_of(OTHER, kept(tmp_path, png()))
    notes = {KEY: {"name": "notes.txt", "type": "text/plain", "path": tmp_path, "size": 1}}
    with pytest.raises(BadAttachment, match="not a picture"):
        picture_of(KEY, notes)


def test_marks_are_a_png_that_can_be_transparent(tmp_path: Path) -> None:
    assert mask_of(KEY, kept(tmp_path, png())).media_type == "image/png"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        pytest.param(png("RGB"), "image/png", id="without transparency"),
        pytest.param(png("RGB", kind="JPEG"), "image/jpeg", id="another format"),
        pytest.param(png("RGB", kind="JPEG"), "image/png", id="another format by another name"),
        pytest.param(png()[:20], "image/png", id="cut off"),
        pytest.param(b"", "image/png", id="empty"),
        pytest.param(png() + bytes(4_000_000), "image/png", id="too large"),
        pytest.param(png(size=(20_000, 1)), "image/png", id="too wide"),
    ],
)
def test_marks_that_cannot_be_used_are_refused(tmp_path: Path, content: bytes, media_type: str) -> None:
    with pytest.raises(BadAttachment, match="marks"):
        mask_of(KEY, kept(tmp_path, content, media_type))


def test_marks_that_are_gone_are_refused(tmp_path: Path) -> None:
    files = kept(tmp_path, png())
    (tmp_path / KEY).unlink()
    with pytest.raises(BadAttachment, match="marks"):
        mask_of(KEY, files)
