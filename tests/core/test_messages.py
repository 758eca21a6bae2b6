"""What a file is for follows from its name, then from its media type."""

from __future__ import annotations

from pathlib import Path

import pytest

from vtai.core.messages import Attachment, kind_of


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        pytest.param("a.csv", "text/plain", "data", id="suffix over media type"),
        pytest.param("A.PNG", "", "image", id="any case"),
        pytest.param("archive.tar.pdf", "", "document", id="last suffix"),
        pytest.param("clip", "video/mp4", "video", id="media type alone"),
        pytest.param("notes.unknown", "text/x-notes", "text", id="unknown suffix"),
        pytest.param("song.mp3", "application/octet-stream", "audio", id="useless media type"),
        pytest.param("App.tsx", "", "text", id="source code"),
        pytest.param("a.ts", "video/mp2t", "text", id="source code that is called a film"),
        pytest.param("sums.ods", "application/zip", "data", id="workbook"),
        pytest.param("bundle.zip", "application/zip", "document", id="archive"),
        pytest.param("mail.eml", "message/rfc822", "document", id="mail"),
        pytest.param("IMG_1.HEIC", "", "image", id="phone picture"),
        pytest.param("app.exe", "application/x-msdownload", "other", id="other"),
        pytest.param("", "", "other", id="nothing"),
        pytest.param(".csv", "", "other", id="a hidden file's name is no suffix"),
    ],
)
def test_the_kind_of_a_file(name: str, media_type: str, kind: str) -> None:
    assert kind_of(name, media_type) == kind
    assert Attachment(name, media_type, Path("/somewhere/else.txt"), 1).kind == kind
