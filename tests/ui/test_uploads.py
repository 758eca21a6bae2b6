"""Files on their way to the page's library, which looks at them once more."""

from __future__ import annotations

import pytest

from tests.ui.browser import Tab
from tests.ui.program import Program

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "media_type", "content"),
    [
        pytest.param("a.pdf", "application/pdf", b"%PDF-1.7", id="document"),
        pytest.param("a.csv", "text/csv", b"a,b", id="table"),
        pytest.param("a.xlsx", "", b"PK\x03\x04 sheet", id="workbook"),
        pytest.param("a.json", "application/json", b"{}", id="json"),
        pytest.param("a.rs", "application/octet-stream", b"fn main() {}", id="source code"),
        pytest.param("a.webm", "audio/webm", b"\x1aE\xdf\xa3\x01", id="recorded sound"),
        pytest.param("a.png", "image/png", b"\x89PNG\r\n\x1a\n", id="picture"),
        pytest.param("a.heic", "image/heic", b"\0\0\0\x18ftypheic", id="picture of a phone"),
        pytest.param("a.tiff", "image/tiff", b"II*\0", id="scan"),
        pytest.param("a.svg", "image/svg+xml", b"<svg/>", id="drawing"),
        pytest.param("a.zip", "application/zip", b"PK\x03\x04", id="archive"),
        pytest.param("a.eml", "message/rfc822", b"From: a@example.org", id="mail"),
        pytest.param("a.epub", "application/epub+zip", b"PK\x03\x04", id="book"),
        pytest.param("a.ipynb", "", b"{}", id="notebook"),
        pytest.param("a \u65e5 b;c.tsx", "", b"let x", id="odd name"),
    ],
)
async def test_every_kind_of_file_that_can_be_read_is_taken(
    page: Program, name: str, media_type: str, content: bytes
) -> None:
    import httpx

    async with Tab(page.url) as tab, httpx.AsyncClient(base_url=page.url) as http:
        files = {"file": (name, content, media_type)}
        answer = await http.post("/project/file", params={"session_id": tab.session}, files=files)
    assert (answer.status_code, list(answer.json())) == (200, ["id"])
