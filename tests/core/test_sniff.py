"""Telling files by their first bytes."""

from __future__ import annotations

import pytest

from vtai.core import sniff


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n", "image/png", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0", "image/jpeg", id="jpeg"),
        pytest.param(b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", id="webp"),
        pytest.param(b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav", id="wav"),
        pytest.param(b"RIFF\x00\x00\x00\x00????", None, id="riff-of-nothing-known"),
        pytest.param(b"\x00\x00\x00\x18ftypheic", "image/heic", id="heic"),
        pytest.param(b"\x00\x00\x00\x18ftypM4A ", "audio/mp4", id="m4a"),
        pytest.param(b"\x00\x00\x00\x18ftypisom", "video/mp4", id="mp4"),
        pytest.param(b"\xff\xfb\x90\x64\x00", "audio/mpeg", id="mp3-without-tags"),
        pytest.param(b"\xff\xf1\x50\x80\x00", "audio/mpeg", id="aac-frames"),
        pytest.param(b"\xff\xe0\x00\x00", None, id="eleven-bits-and-no-frame"),
        pytest.param(b"\xff\xfeH\x00i\x00", "text/plain", id="utf-16"),
        pytest.param("Grüße".encode(), "text/plain", id="utf-8"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00", None, id="program"),
        pytest.param(b"MZ\x90\x00", None, id="windows-program"),
    ],
)
def test_the_first_bytes_tell_the_kind(head: bytes, expected: str | None) -> None:
    assert sniff.kind(head) == expected


@pytest.mark.parametrize(
    ("head", "claimed", "expected"),
    [
        pytest.param(
            b"\x89PNG\r\n\x1a\n", "text/html; charset=utf-8", "image/png", id="bytes-beat-the-claim"
        ),
        pytest.param(b"Hello", "image/png", "text/plain", id="text-is-no-picture"),
        pytest.param(b"Hello", "Text/HTML; charset=utf-8", "text/html", id="html-by-claim"),
        pytest.param(b"  <!DOCTYPE HTML><p>", "image/png", "text/html", id="html-by-bytes"),
        pytest.param(b"<p>Hi", "application/xhtml+xml", "text/html", id="xhtml"),
        pytest.param(b"{}", "application/json", "application/json", id="json"),
        pytest.param(b"{}", "application/vnd.api+json", "application/json", id="a-kind-of-json"),
        pytest.param(b"{}", "", "text/plain", id="no-claim"),
        pytest.param(b"<a/>", "text/xml", "application/xml", id="xml-by-claim"),
        pytest.param(b"<?xml version='1.0'?><a/>", "", "application/xml", id="xml-by-bytes"),
        pytest.param(b"<?xml version='1.0'?><!-- x --><svg>", "", "image/svg+xml", id="svg-by-bytes"),
        pytest.param(b"Hello", "image/svg+xml", "text/plain", id="svg-by-claim-alone"),
        pytest.param(b"a,b", "text/csv", "text/csv", id="csv"),
        pytest.param(b"alert(1)", "text/javascript", "text/plain", id="any-other-text"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00", "image/png", "application/octet-stream", id="program"),
    ],
)
def test_what_was_sent_is_what_its_bytes_prove(head: bytes, claimed: str, expected: str) -> None:
    assert sniff.proven(head, claimed) == expected
