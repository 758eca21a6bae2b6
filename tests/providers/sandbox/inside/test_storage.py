"""The folder of a session: what goes in and out, and what its code may have put in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vtai.providers.sandbox.inside import frames, storage
from vtai.providers.sandbox.inside.storage import Refused, Storage

MANY = 10_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "data"
    inner.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    return inner


@pytest.fixture
def files(folder: Path) -> Storage:
    return Storage(str(folder))


def put(files: Storage, name: str, *pieces: bytes) -> None:
    writer = files.writer(name)
    for piece in pieces:
        writer.write(piece)
    writer.finish()


def get(files: Storage, name: str, max_bytes: int = MANY) -> bytes:
    return b"".join(files.chunks(name, max_bytes))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def changed(files: Storage) -> list[str]:
    return sorted(entry.name for entry in files.changes().entries)


@pytest.mark.parametrize("name", ["a.csv", "Größe 1.csv", "<b>&.html", "sub/deeper/a.csv", ".hidden", "a\nb"])
def test_what_is_put_in_can_be_taken_out(files: Storage, folder: Path, name: str) -> None:
    put(files, name, b"abc", b"", b"def")
    assert (folder / name).read_bytes() == b"abcdef"
    assert get(files, name) == b"abcdef"


def test_an_empty_file_is_one_empty_piece(files: Storage) -> None:
    put(files, "a", b"")
    assert list(files.chunks("a", MANY)) == [b""]


def test_a_large_file_comes_in_pieces_that_fit_a_frame(files: Storage) -> None:
    data = os.urandom(2 * frames.MAX_PAYLOAD_BYTES + 5)
    put(files, "a", data)
    pieces = list(files.chunks("a", MANY))
    assert b"".join(pieces) == data
    assert [len(piece) for piece in pieces] == [frames.MAX_PAYLOAD_BYTES, frames.MAX_PAYLOAD_BYTES, 5]


ELSEWHERE = {
    "empty": "",
    "dot": ".",
    "two dots": "..",
    "absolute": "/etc/passwd",
    "up": "../secret.txt",
    "up later": "a/../../secret.txt",
    "empty part": "a//b",
    "folder": "a/",
    "dot part": "./a",
    "null": "a\0b",
    "half a character": "\udcff",
    "long part": "x" * 256,
    "deep": "/".join("x" * 9),
    "long": "/".join(["x" * 200] * 6),
}


@pytest.mark.parametrize("name", ELSEWHERE.values(), ids=ELSEWHERE)
def test_names_that_lead_elsewhere_are_refused(files: Storage, name: str) -> None:
    with pytest.raises(Refused):
        files.writer(name)
    with pytest.raises(Refused):
        get(files, name)


def test_a_file_appears_when_it_is_whole_and_not_before(files: Storage, folder: Path) -> None:
    (folder / "a").write_text("old")
    writer = files.writer("a")
    writer.write(b"new")
    assert (folder / "a").read_text() == "old"
    writer.finish()
    assert (folder / "a").read_text() == "new"
    assert names(folder) == ["a"]


def test_a_file_that_is_given_up_leaves_nothing(files: Storage, folder: Path) -> None:
    writer = files.writer("a")
    writer.write(b"new")
    writer.discard()
    writer.discard()
    assert names(folder) == []


def test_a_link_in_the_way_is_replaced_and_not_followed(files: Storage, folder: Path) -> None:
    (folder / "a").symlink_to("../secret.txt")
    put(files, "a", b"mine")
    assert (folder / "../secret.txt").read_text() == "secret"
    assert (folder / "a").read_bytes() == b"mine"


def test_a_folder_in_the_way_is_an_error(files: Storage, folder: Path) -> None:
    (folder / "a").mkdir()
    writer = files.writer("a")
    with pytest.raises(Refused):
        writer.finish()
    assert names(folder) == ["a"]


def test_a_linked_folder_is_not_walked_into(files: Storage, folder: Path) -> None:
    (folder / "up").symlink_to("..")
    with pytest.raises(Refused):
        get(files, "up/secret.txt")
    with pytest.raises(Refused):
        files.writer("up/new.txt")
    assert files.listing().entries == ()


def test_only_regular_files_are_taken_out(files: Storage, folder: Path) -> None:
    (folder / "link").symlink_to("../secret.txt")
    (folder / "inner").mkdir()
    # Nobody writes to it: a reader that waited would wait for ever.
    os.mkfifo(folder / "pipe")
    for name in ("link", "inner", "pipe", "missing"):
        with pytest.raises(Refused):
            get(files, name)
    assert files.listing().entries == ()


def test_a_file_above_the_limit_is_not_read(files: Storage, folder: Path) -> None:
    with (folder / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refused):
        get(files, "sparse")
    put(files, "a", b"12345")
    assert get(files, "a", 5) == b"12345"
    with pytest.raises(Refused):
        get(files, "a", 4)


def test_a_file_that_changes_while_it_is_read_gives_no_more_than_it_had(files: Storage, folder: Path) -> None:
    data = bytes(frames.MAX_PAYLOAD_BYTES + 1)
    put(files, "a", data)
    pieces = files.chunks("a", MANY)
    first = next(pieces)
    with (folder / "a").open("ab") as file:
        file.write(b"x" * 100)
    (folder / "a").unlink()
    (folder / "a").symlink_to("../secret.txt")
    assert first + b"".join(pieces) == data


def test_a_file_that_shrinks_while_it_is_read_just_ends(files: Storage, folder: Path) -> None:
    put(files, "a", bytes(3 * frames.MAX_PAYLOAD_BYTES))
    pieces = files.chunks("a", MANY)
    next(pieces)
    os.truncate(folder / "a", 5)
    assert list(pieces) == []


def test_what_the_code_writes_has_changed_once(files: Storage, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/a").write_text("1")
    assert [(entry.name, entry.size) for entry in files.changes().entries] == [("sub/a", 1)]
    assert changed(files) == []
    (folder / "sub/a").write_text("22")
    (folder / "b").write_text("3")
    assert changed(files) == ["b", "sub/a"]


def test_a_file_replaced_by_one_like_it_has_changed(files: Storage, folder: Path) -> None:
    (folder / "a").write_text("1")
    files.changes()
    before = (folder / "a").stat()
    (folder / "new").write_text("2")
    os.utime(folder / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (folder / "new").rename(folder / "a")
    assert changed(files) == ["a"]


def test_what_the_server_puts_in_has_not_changed(files: Storage, folder: Path) -> None:
    put(files, "sub/a", b"1")
    assert changed(files) == []
    (folder / "sub/a").write_text("2")
    assert changed(files) == ["sub/a"]


def test_the_list_says_what_has_changed_and_leaves_it_so(files: Storage, folder: Path) -> None:
    put(files, "old", b"1")
    (folder / "new").write_text("22")
    for _ in range(2):
        listed = [(entry.name, entry.size, entry.is_changed) for entry in files.listing().entries]
        assert listed == [("new", 2, True), ("old", 1, False)]


def test_hidden_names_and_names_that_are_no_text_are_not_listed(files: Storage, folder: Path) -> None:
    (folder / ".config").mkdir()
    (folder / ".config/a").write_text("1")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/a.pyc").write_text("1")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).write_text("1")
    (folder / "seen").write_text("1")
    assert changed(files) == ["seen"]


def test_the_newest_files_come_first(files: Storage, folder: Path) -> None:
    for at, name in enumerate("bac"):
        (folder / name).write_text("1")
        os.utime(folder / name, ns=(at, at))
    assert [entry.name for entry in files.changes().entries] == ["c", "a", "b"]


def test_many_files_are_cut_and_said_to_be(files: Storage, folder: Path) -> None:
    for number in range(storage.MAX_CHANGED + 1):
        (folder / f"{number}").touch()
    assert not files.listing().left_out
    changes = files.changes()
    assert len(changes.entries) == storage.MAX_CHANGED
    assert changes.left_out


def test_more_files_than_are_listed_are_cut_and_fit_a_frame(files: Storage, folder: Path) -> None:
    for number in range(storage.MAX_LISTED + 1):
        (folder / (f"{number}" + "\x01" * 100)).touch()
    listing = files.listing()
    assert listing.left_out
    assert len(listing.entries) <= storage.MAX_LISTED
    listed = [
        {"name": entry.name, "size": entry.size, "changed": entry.is_changed} for entry in listing.entries
    ]
    frames.encode({"op": "listed", "id": 1, "files": listed})


def test_a_flood_of_files_does_not_make_known_ones_look_changed(files: Storage, folder: Path) -> None:
    for number in range(500):
        (folder / f"known {number}").touch()
    files.changes()
    for number in range(storage.MAX_LISTED + 50):
        (folder / f"{number}").touch()
    assert files.changes().left_out
    files.changes()
    for number in range(storage.MAX_LISTED + 50):
        (folder / f"{number}").unlink()
    assert changed(files) == []


def test_deep_folders_end_the_walk(files: Storage, folder: Path) -> None:
    deep = folder.joinpath(*"x" * (storage.MAX_DEPTH - 1))
    deep.mkdir(parents=True)
    (deep / "last").touch()
    (deep / "x").mkdir()
    (deep / "x/too deep").touch()
    assert changed(files) == ["/".join("x" * (storage.MAX_DEPTH - 1)) + "/last"]


def test_a_folder_that_is_gone_has_no_files(files: Storage, folder: Path) -> None:
    folder.rmdir()
    assert files.listing().entries == ()
    with pytest.raises(Refused):
        files.writer("a")
