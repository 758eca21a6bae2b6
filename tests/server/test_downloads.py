"""Files of people on their way out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.parts import FILE, PNG, SESSION, Library, client, make_app

if TYPE_CHECKING:
    import httpx


URL = f"/project/file/{FILE}?session_id={SESSION}"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
async def http(tmp_path: Path, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with client(make_app(tmp_path), library.load) as client_:
        yield client_


@pytest.mark.parametrize(
    ("content", "media_type", "is_shown"),
    [
        pytest.param(PNG, "image/png", True, id="picture"),
        pytest.param(WAV, "audio/wav", True, id="sound"),
        pytest.param(b"\x1aE\xdf\xa3\x00", "audio/webm", True, id="sound-in-a-film-container"),
        pytest.param(b"<script>alert(1)</script>", "image/png", False, id="page-called-picture"),
        pytest.param(PNG, "video/mp4", False, id="picture-called-film"),
        pytest.param(b"<html><script>", "text/html", False, id="page"),
        pytest.param(b"<svg onload=alert(1)/>", "image/svg+xml", False, id="svg"),
        pytest.param(b"%PDF-1.7", "application/pdf", False, id="pdf"),
        pytest.param(b"hello", "text/plain", False, id="text"),
        pytest.param(b"", "image/png", False, id="empty"),
    ],
)
async def test_only_proven_pictures_sound_and_video_are_shown(
    http: httpx.AsyncClient, library: Library, content: bytes, media_type: str, is_shown: bool
) -> None:
    library.file = (content, media_type)
    answer = await http.get(URL)
    assert answer.content == content
    assert ("content-disposition" not in answer.headers) is is_shown
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"].startswith("private")


async def test_a_false_picture_loses_its_type(http: httpx.AsyncClient, library: Library) -> None:
    library.file = (b"<script>alert(1)</script>", "image/png")
    answer = await http.get(URL)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
