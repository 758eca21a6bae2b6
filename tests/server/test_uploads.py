"""Files on their way in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.parts import PNG, SESSION, Library, client, make_app
from vtai.core.errors import Busy
from vtai.server.uploads import Counts, proven

if TYPE_CHECKING:
    import httpx


WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
WEBM = b"\x1aE\xdf\xa3\x01\x00\x00\x00"
ZIP = b"PK\x03\x04\x14\x00\x06\x00"
PROGRAM = b"\x7fELF\x02\x01\x01\x00" + bytes(20)
MEGABYTE = 1_000_000
URL = f"/project/file?session_id={SESSION}"


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
async def http(tmp_path: Path, library: Library) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(tmp_path, max_upload_mb=2, max_upload_files=3)
    async with client(app, library.load) as client_:
        yield client_


async def test_a_file_reaches_the_library_whole(http: httpx.AsyncClient, library: Library) -> None:
    content = PNG + bytes(range(256)) * 5_000
    answer = await http.post(URL, files={"file": ("cat ü.png", content, "image/png")})
    assert answer.status_code == 200
    assert library.uploads == [("cat ü.png", "image/png", content)]


async def test_the_content_says_what_a_file_is_and_not_the_browser(
    http: httpx.AsyncClient, library: Library
) -> None:
    await http.post(URL, files={"file": ("cat.jpg", PNG, "text/html")})
    assert library.uploads[0][1] == "image/png"


async def test_a_file_name_leads_nowhere(http: httpx.AsyncClient, library: Library) -> None:
    await http.post(URL, files={"file": ('../../.ssh/"a\\b\r\n.txt', b"hello", "text/plain")})
    name = library.uploads[0][0]
    assert not set(name) & set('/\\"\r\n')
    assert name.endswith(".txt")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        pytest.param("Übersicht 日本 🎉.txt", "Übersicht 日本 🎉.txt", id="letters-of-the-world"),
        pytest.param("a “b” %22c%22 <d>|e.txt", "a “b” c de.txt", id="quotes-and-brackets"),
        pytest.param("100% sure; really?.txt", "100% sure; really?.txt", id="punctuation"),
        pytest.param("\u202egnp.txt", "gnp.txt", id="turned-around"),
        pytest.param("C:\\notes\\a.txt", "a.txt", id="windows-path"),
        pytest.param("..", "file", id="dots"),
        pytest.param("x" * 300 + ".txt", "x" * 116 + ".txt", id="long"),
    ],
)
async def test_odd_names_stay_readable(
    http: httpx.AsyncClient, library: Library, sent: str, name: str
) -> None:
    assert (await http.post(URL, files={"file": (sent, b"hello", "text/plain")})).status_code == 200
    assert library.uploads[0][0] == name


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        pytest.param("a.png", PROGRAM, 415, id="program-as-picture"),
        pytest.param("a.exe", PROGRAM, 415, id="program"),
        pytest.param("a.pdf", b"<html>", 415, id="page-as-pdf"),
        pytest.param("a.txt", PROGRAM, 415, id="program-as-text"),
        pytest.param("a.txt", b"", 415, id="empty"),
        pytest.param("a.zip", b"7z\xbc\xaf\x27\x1c\x00\x04", 415, id="another-archive"),
        pytest.param("a.heic", PNG[:4], 415, id="broken-picture"),
        pytest.param("a.ods", b"a,b", 415, id="text-as-workbook"),
        pytest.param("a.bin", bytes(2 * MEGABYTE + 1), 413, id="too-large"),
        pytest.param("a.bin", bytes(4 * MEGABYTE), 413, id="far-too-large"),
    ],
)
async def test_files_of_the_wrong_kind_or_size_are_refused_in_words(
    http: httpx.AsyncClient, library: Library, name: str, content: bytes, status: int
) -> None:
    answer = await http.post(URL, files={"file": (name, content, "image/png")})
    assert answer.status_code == status
    assert answer.json()["detail"].endswith(answer.json()["hint"])
    assert library.uploads == []


async def test_a_file_that_announces_too_much_is_refused_before_it_is_read(http: httpx.AsyncClient) -> None:
    read = 0

    async def lengthy() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield bytes(1000)

    headers = {"content-length": "9000000000", "content-type": "multipart/form-data; boundary=x"}
    answer = await http.post(URL, content=lengthy(), headers=headers)
    assert answer.status_code == 413
    assert read <= 1


async def test_a_file_that_hides_its_size_is_read_up_to_the_limit_only(http: httpx.AsyncClient) -> None:
    read = 0

    async def lengthy() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(100):
            read += 1
            yield b"a" * 100_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await http.post(URL, content=lengthy(), headers=headers)
    assert answer.status_code == 413
    assert read <= 22


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        pytest.param("application/json", b"{}", id="no-form"),
        pytest.param("multipart/form-data", b"x", id="no-boundary"),
        pytest.param("multipart/form-data; boundary=x", b"--x--\r\n", id="no-file"),
        pytest.param("multipart/form-data; boundary=x", b"garbage", id="garbage"),
    ],
)
async def test_a_request_without_a_file_is_refused(
    http: httpx.AsyncClient, library: Library, content_type: str, content: bytes
) -> None:
    answer = await http.post(URL, content=content, headers={"content-type": content_type})
    assert answer.status_code == 415
    assert library.uploads == []


async def test_two_files_in_one_request_are_refused(http: httpx.AsyncClient) -> None:
    files = [("file", ("a.txt", b"a", "text/plain")), ("file", ("b.txt", b"b", "text/plain"))]
    assert (await http.post(URL, files=files)).status_code == 415


async def test_more_files_than_a_message_takes_are_refused(http: httpx.AsyncClient, library: Library) -> None:
    statuses = [
        (await http.post(URL, files={"file": ("a.txt", b"a", "text/plain")})).status_code for _ in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    assert len(library.uploads) == 3


def test_files_are_counted_by_session_and_for_a_moment() -> None:
    now = [0.0]
    counts = Counts(1, clock=lambda: now[0])
    counts.add("a")
    counts.add("b")
    with pytest.raises(Busy):
        counts.add("a")
    now[0] = 60.0
    counts.add("a")


@pytest.mark.parametrize(
    ("name", "claimed", "head", "expected"),
    [
        pytest.param("a.csv", "application/vnd.ms-excel", b"a,b\n1,2", "text/plain", id="csv-as-excel"),
        pytest.param("a.csv", "text/csv", b"a,b\n1,2", "text/csv", id="csv"),
        pytest.param("a.json", "application/json", b"{}", "application/json", id="json"),
        pytest.param("main.rs", "application/octet-stream", b"fn main() {}", "text/plain", id="source-code"),
        pytest.param("a.html", "text/html", b"<script>", "text/plain", id="page-becomes-text"),
        pytest.param("a.txt", "text/ecmascript", b"alert(1)", "text/plain", id="script-becomes-text"),
        pytest.param("a.txt", "text/xml", b"<x/>", "text/plain", id="xml-becomes-text"),
        pytest.param("a.md", "text/markdown", b"# A", "text/markdown", id="markdown"),
        pytest.param("a.txt", "text/\u2028", b"a", "text/plain", id="text-of-no-type"),
        pytest.param("a.wav", "audio/<b>\u2028", WAV, "audio/wav", id="sound-of-no-type"),
        pytest.param("bmw.txt", "text/plain", b"BMW builds cars", "text/plain", id="text-like-a-picture"),
        pytest.param("a.svg", "image/svg+xml", b"<svg/>", "image/svg+xml", id="svg"),
        pytest.param("a.svg", "image/svg+xml", PNG, None, id="picture-as-svg"),
        pytest.param("", "image/png", PNG, "image/png", id="pasted-without-name"),
        pytest.param("a.wav", "audio/x-wav", WAV, "audio/x-wav", id="wav"),
        pytest.param("voice.webm", "audio/webm;codecs=opus", WEBM, "audio/webm", id="recorded-sound"),
        pytest.param("film.webm", "", WEBM, "video/webm", id="film-without-type"),
        pytest.param("a.mp3", "audio/mpeg", PNG, None, id="picture-as-sound"),
        pytest.param("a.pdf", "application/pdf", b"%PDF-1.7", "application/pdf", id="pdf"),
        pytest.param("a.xlsx", "", b"PAR1", None, id="table-of-another-kind"),
        pytest.param("a.parquet", "", b"PAR1", "application/vnd.apache.parquet", id="parquet"),
        pytest.param("a.db", "", b"SQLite format 3\x00", "application/vnd.sqlite3", id="database"),
        pytest.param("a.zip", "application/x-zip-compressed", ZIP, "application/zip", id="archive"),
        pytest.param("a.zip", "application/zip", b"not one", None, id="text-as-archive"),
        pytest.param("a.eml", "message/rfc822", b"From: a", "text/plain", id="mail"),
        pytest.param("a.ts", "video/mp2t", b"let a = 1", "text/plain", id="script-as-film"),
        pytest.param("a.ipynb", "", b'{"cells": []}', "text/plain", id="notebook"),
        pytest.param("a.heic", "", b"\0\0\0\x18ftypheic", "image/heic", id="heic"),
        pytest.param("a.heif", "", b"\0\0\0\x18ftypmsf1", "image/heif", id="heif-series"),
        pytest.param("a.avif", "image/avif", b"\0\0\0\x18ftypavif", "image/avif", id="avif"),
        pytest.param("a.heic", "image/heic", b"\0\0\0\x18ftypmp42", None, id="film-as-heic"),
        pytest.param("a.tiff", "", b"MM\0+\0\x08", "image/tiff", id="big-tiff"),
        pytest.param("a.ico", "", b"\0\0\x01\0\x01\0", "image/x-icon", id="icon"),
    ],
)
def test_name_claim_and_content_together_give_the_media_type(
    name: str, claimed: str, head: bytes, expected: str | None
) -> None:
    assert proven(name, claimed, head) == expected


def test_an_office_file_gets_its_own_type() -> None:
    found = proven("a.docx", "application/octet-stream", ZIP)
    assert found is not None
    assert found.startswith("application/")
    assert found != "application/octet-stream"
