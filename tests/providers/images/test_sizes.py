"""The size of a picture is read from its header, and odd headers do no harm."""

from __future__ import annotations

import io
from typing import Any

import pytest

from vtai.providers.images.sizes import kind_of, size_of


def drawn(kind: str, size: tuple[int, int], **options: Any) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGBA" if kind == "WEBP" else "RGB", size, "teal").save(file, kind, **options)
    return file.getvalue()


def alpha(size: tuple[int, int]) -> bytes:
    """A lossy WebP with an alpha channel, which has a header of its own."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGBA", size, (0, 128, 128, 90)).save(file, "WEBP", quality=50)
    return file.getvalue()


def with_comment(data: bytes) -> bytes:
    """A JPEG with a comment and filling bytes before its frame."""
    return data[:2] + b"\xff\xfe\x00\x06abcd" + b"\xff" + data[2:]


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (300, 1000)], ids=str)
@pytest.mark.parametrize(
    ("kind", "draw"),
    [
        ("png", lambda size: drawn("PNG", size)),
        ("gif", lambda size: drawn("GIF", size)),
        ("jpeg", lambda size: drawn("JPEG", size)),
        ("jpeg", lambda size: drawn("JPEG", size, progressive=True)),
        ("jpeg", lambda size: with_comment(drawn("JPEG", size))),
        ("webp", lambda size: drawn("WEBP", size, quality=50)),
        ("webp", lambda size: drawn("WEBP", size, lossless=True)),
        ("webp", alpha),
    ],
    ids=["png", "gif", "jpeg", "progressive", "comment", "webp", "lossless", "alpha"],
)
def test_a_header_tells_kind_and_size(kind: str, draw: Any, size: tuple[int, int]) -> None:
    data = draw(size)
    assert kind_of(data) == kind
    assert size_of(data) == size


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"GIF8", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x00" * 9,
     b"\xff\xd8" + b"\xff" * 40, b"\xff\xd8\xff\xe0\x00\x02" + b"\x00" * 40, b"RIFF1234WEBP",
     b"RIFF1234WEBPVP9 " + b"\x00" * 20, b"RIFF1234WAVE" + b"\x00" * 40],
    ids=range(11),
)  # fmt: skip
def test_an_odd_header_tells_no_size(data: bytes) -> None:
    assert size_of(data) is None


def test_sound_in_the_same_container_is_no_picture() -> None:
    assert kind_of(b"RIFF1234WAVE" + b"\x00" * 40) is None
