"""What a server sends back becomes data, whatever it is."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from mcp.types import AudioContent, CallToolResult, ImageContent, TextContent  # noqa: TID253 what is read

from vtai.providers.mcp.offers import offered_name
from vtai.providers.mcp.results import Reading


def text(words: str) -> TextContent:
    return TextContent(type="text", text=words)


def read(*content: Any, **more: Any) -> Reading:
    return Reading("files__read", CallToolResult(content=list(content), **more))


@pytest.mark.parametrize(
    ("content", "structured", "said"),
    [
        pytest.param([text("2")], {"result": "2"}, "2", id="text wrapped"),
        pytest.param([text('{"a": 1}')], {"a": 1}, '{"a": 1}', id="the same as JSON"),
        pytest.param([text("x"), text("y")], {"result": ["x", "y"]}, "x\n\ny", id="a list, piece by piece"),
        pytest.param([text("Done.")], {"a": 1}, 'Done.\n\n{\n "a": 1\n}', id="something else"),
        pytest.param([], {"a": 1}, '{\n "a": 1\n}', id="alone"),
        pytest.param([], None, "(It said nothing.)", id="nothing"),
    ],
)
def test_structured_content_is_added_where_the_text_lacks_it(
    content: list[Any], structured: dict[str, Any] | None, said: str
) -> None:
    assert read(*content, structuredContent=structured).result().shown == said


@pytest.mark.parametrize(
    ("data", "kind", "note"),
    [
        pytest.param("not base64!", "image/png", "it cannot be read", id="no base64"),
        pytest.param(
            base64.b64encode(b"<svg onload='x()'/>").decode(),
            "image/png",
            "not one that can be shown",
            id="no picture",
        ),
        pytest.param(
            base64.b64encode(b"<svg/>").decode(),
            "image/svg+xml",
            "not one that can be shown",
            id="a drawing with scripts",
        ),
    ],
)
def test_a_picture_that_is_none_is_left_out(data: str, kind: str, note: str) -> None:
    reading = read(ImageContent(type="image", data=data, mimeType=kind))
    assert not reading.files
    assert note in reading.result().text


def test_sound_is_a_file_of_what_its_bytes_prove() -> None:
    data = base64.b64encode(b"RIFF\x00\x00\x00\x00WAVEfmt ").decode()
    [file] = read(AudioContent(type="audio", data=data, mimeType="text/html")).files
    assert file.media_type == "audio/wav"


def test_more_files_than_a_few_are_not_shown() -> None:
    data = base64.b64encode(b"\xff\xd8\xff\xe0").decode()
    reading = read(*[ImageContent(type="image", data=data, mimeType="image/jpeg")] * 12)
    assert len(reading.files) == len({file.name for file in reading.files}) == 8
    assert reading.result().text.count("left out") == 4


def test_characters_that_nobody_sees_are_taken_out() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    assert read(text(f"Hello{hidden}\x1b[31m.")).result().shown == "Hello[31m."


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        pytest.param("read_file", "files__read_file", id="plain"),
        pytest.param("read.file", "files__read_file_dd32cdf5", id="a dot"),
        pytest.param("", "files___e3b0c442", id="empty"),
    ],
)
def test_a_tools_name_stays_the_same_and_apart_from_others(tool: str, name: str) -> None:
    assert offered_name("files", tool) == name


def test_long_names_that_begin_alike_stay_apart() -> None:
    names = {offered_name("files", "n" * 80 + end) for end in "abc"}
    assert len(names) == 3
    assert all(len(name) == 64 for name in names)
