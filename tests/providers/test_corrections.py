"""The file of corrections: one person's never reach another, changes are seen at once, and it stays small."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vtai.core.ports import Correction
from vtai.providers.corrections import FILE_NAME, CorrectionsUnavailable, FileCorrections


def correction(number: int = 1, person: str = "ann", **more: object) -> Correction:
    fields: dict[str, object] = {
        "id": f"{person}-{number}",
        "person": person,
        "text": f"message {number}",
        "context": "",
        "previous_route": "",
        "wrong": "text",
        "right": "speech",
        "at": float(number),
    }
    return Correction(**(fields | more))  # type: ignore[arg-type]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FileCorrections]:
    opened = FileCorrections(tmp_path / "data")
    yield opened
    await opened.close()


async def ids(store: FileCorrections, person: str) -> list[str]:
    return [one.id for one in await store.of(person)]


async def test_a_correction_comes_back_as_it_was(store: FileCorrections) -> None:
    given = correction(text="Lies das “vor” 读", context="before", previous_route="vision", files="image")
    await store.add(given)
    assert list(await store.of("ann")) == [given]


async def test_they_come_the_oldest_first(store: FileCorrections) -> None:
    for number in (3, 1, 2):
        await store.add(correction(number))
    assert await ids(store, "ann") == ["ann-1", "ann-2", "ann-3"]


async def test_they_outlive_the_process(store: FileCorrections, tmp_path: Path) -> None:
    await store.add(correction())
    await store.close()
    again = FileCorrections(tmp_path / "data")
    assert await ids(again, "ann") == ["ann-1"]
    await again.close()


async def test_nobody_sees_or_removes_anothers(store: FileCorrections) -> None:
    await store.add(correction())
    assert await ids(store, "bob") == []
    assert not await store.remove("bob", "ann-1")
    assert await ids(store, "ann") == ["ann-1"]


async def test_one_is_removed_once(store: FileCorrections) -> None:
    await store.add(correction())
    assert await store.remove("ann", "ann-1")
    assert not await store.remove("ann", "ann-1")
    assert await ids(store, "ann") == []


async def test_a_promoted_one_reaches_everybody_without_its_persons_name(store: FileCorrections) -> None:
    await store.add(correction())
    assert await store.promote("ann-1")
    [seen] = await store.of("bob")
    assert (seen.id, seen.person, seen.is_shared) == ("ann-1", "", True)
    [own] = await store.of("ann")
    assert (own.person, own.is_shared) == ("ann", True)
    assert not await store.remove("bob", "ann-1")


async def test_what_is_unknown_cannot_be_promoted(store: FileCorrections) -> None:
    assert not await store.promote("nothing")


async def test_beyond_the_limit_the_oldest_of_the_same_person_go(tmp_path: Path) -> None:
    store = FileCorrections(tmp_path, most=2)
    await store.add(correction(0, person="bob"))
    await store.add(correction(1))
    await store.promote("ann-1")
    for number in (2, 3, 4):
        await store.add(correction(number))
    assert await ids(store, "ann") == ["ann-1", "ann-3", "ann-4"]
    assert await ids(store, "bob") == ["bob-0", "ann-1"]
    await store.close()


async def test_what_another_process_changes_is_seen_at_once(store: FileCorrections, tmp_path: Path) -> None:
    other = FileCorrections(tmp_path / "data")
    await store.add(correction())
    assert await ids(store, "ann") == ["ann-1"]
    await other.remove("ann", "ann-1")
    assert await ids(store, "ann") == []
    await other.close()


async def test_nothing_is_read_again_while_nothing_changes(store: FileCorrections) -> None:
    await store.add(correction())
    assert await store.of("ann") is await store.of("ann")


async def test_long_messages_and_halves_of_characters_are_kept_as_far_as_possible(
    store: FileCorrections,
) -> None:
    await store.add(correction(text="x" * 9_000 + "\ud800"))
    await store.add(correction(2, text="half \ud800"))
    first, second = await store.of("ann")
    assert len(first.text) == 4_000
    assert second.text == "half ?"


async def test_only_the_owner_of_the_machine_may_read_the_file(
    store: FileCorrections, tmp_path: Path
) -> None:
    await store.add(correction())
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize(
    ("damage", "hint"),
    [
        pytest.param(lambda path: path.write_bytes(b"no database" * 100), "Move it away", id="damaged"),
        pytest.param(lambda path: path.mkdir(), "data folder writable", id="not a file"),
    ],
)
async def test_a_file_that_cannot_be_used_is_told_in_words(tmp_path: Path, damage: object, hint: str) -> None:
    damage(tmp_path / FILE_NAME)  # type: ignore[operator]
    store = FileCorrections(tmp_path)
    with pytest.raises(CorrectionsUnavailable) as caught:
        await store.of("ann")
    assert hint in caught.value.hint
    await store.close()
