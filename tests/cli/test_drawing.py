"""Pictures in a terminal, while they are made and after."""

from __future__ import annotations

import io
import json
from pathlib import Path

from vtai.cli.drawing import JsonLines, Prose
from vtai.cli.terminal import Terminal
from vtai.core.events import FileReady, PicturePreview

PREVIEW = PicturePreview(0, "image/png", b"rough")
PICTURE = FileReady("fox.png", "image/png", b"fine", "A fox", (("Size", "1024x1024"),))


def test_prose_saves_the_picture_and_says_nothing_of_its_previews(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    prose = Prose(Terminal(out, err), tmp_path, lambda route: route)
    for event in (PREVIEW, PICTURE):
        prose.show(event)
    prose.end()
    assert (out.getvalue(), err.getvalue()) == (f"Saved {tmp_path / 'fox.png'}\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["fox.png"]


def test_json_tells_of_a_preview_without_its_content_and_how_a_picture_was_made(tmp_path: Path) -> None:
    out = io.StringIO()
    lines = JsonLines(Terminal(out, io.StringIO()), tmp_path)
    for event in (PREVIEW, PICTURE):
        lines.show(event)
    preview, picture = map(json.loads, out.getvalue().splitlines())
    assert preview == {"event": "picture_preview", "slot": 0, "media_type": "image/png", "size_bytes": 5}
    assert picture["details"] == {"Size": "1024x1024"}
