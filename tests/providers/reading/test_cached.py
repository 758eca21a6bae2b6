"""Documents that were read are remembered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fakes import FakeReader
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment
from vtai.providers.reading.cached import CachedReader


def _file(folder: Path, name: str, text: str) -> Attachment:
    (folder / name).write_text(text, encoding="utf-8")
    return Attachment(name, "text/plain", folder / name, len(text))


async def test_a_follow_up_does_not_read_the_file_again(tmp_path: Path) -> None:
    within = FakeReader()
    reader = CachedReader(within)
    file = _file(tmp_path, "a.txt", "one")

    assert await reader.read(file) == await reader.read(file)
    assert within.read_names == ["a.txt"]


async def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    within = FakeReader()
    reader = CachedReader(within)
    await reader.read(_file(tmp_path, "a.txt", "one"))
    changed = _file(tmp_path, "a.txt", "two")
    os.utime(changed.path, ns=(1, 1))

    assert (await reader.read(changed)).passages[0].text == "two"


@pytest.mark.parametrize(
    "limits",
    [pytest.param({"most": 2}, id="by number"), pytest.param({"max_bytes": 2_100}, id="by size")],
)
async def test_the_oldest_document_is_forgotten_first(tmp_path: Path, limits: dict[str, int]) -> None:
    within = FakeReader()
    reader = CachedReader(within, **limits)
    first, second, third = (_file(tmp_path, name, "x" * 500) for name in "abc")

    for file in (first, second, first, third, first, second):
        await reader.read(file)

    assert within.read_names == ["a", "b", "c", "b"]


async def test_failures_are_not_remembered(tmp_path: Path) -> None:
    refused = BadAttachment("a.txt is damaged.", "Send it again.")
    within = FakeReader({"a.txt": refused})
    reader = CachedReader(within)
    file = _file(tmp_path, "a.txt", "one")

    with pytest.raises(BadAttachment):
        await reader.read(file)
    within.documents.clear()

    assert (await reader.read(file)).passages[0].text == "one"


async def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    reader = CachedReader(FakeReader())
    file = _file(tmp_path, "a.txt", "one")
    await reader.read(file)
    file.path.unlink()

    with pytest.raises(BadAttachment, match="no longer there"):
        await reader.read(file)
