"""Landlock: which rights are asked for, what is granted, and that it holds without any other wall."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.sandbox.inside import places, rig
from vtai.providers.sandbox.inside import landlock
from vtai.providers.sandbox.inside.walls import Walls


@pytest.mark.parametrize(
    ("abi", "files", "network", "scopes"),
    [
        (1, 0x1FFF, 0, 0),
        (2, 0x3FFF, 0, 0),
        (3, 0x7FFF, 0, 0),
        (4, 0x7FFF, 3, 0),
        (5, 0xFFFF, 3, 0),
        (6, 0xFFFF, 3, 3),
        (9, 0xFFFF, 3, 3),
    ],
    ids=lambda value: str(value),
)
def test_all_that_a_version_can_refuse_is_refused(abi: int, files: int, network: int, scopes: int) -> None:
    assert landlock.handled(abi) == (files, network, scopes)


def tree(root: Path) -> Path:
    for name in (
        "package/code.py",
        "package/deep/config/secret",
        "package/deep/data",
        "own/code.py",
        "own.pth",
    ):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (root / "link").symlink_to(root / "own")
    return root.resolve()


@pytest.mark.parametrize(
    ("hidden", "granted"),
    [
        ((), {""}),
        (("own", "own.pth"), {"package"}),
        (("package/deep/config",), {"package/code.py", "package/deep/data", "own", "own.pth"}),
        (("elsewhere",), {"package", "own", "own.pth"}),
        (("",), set()),
    ],
    ids=["nothing hidden", "a folder and a file", "deep down", "not there", "all of it"],
)
def test_children_are_granted_in_place_of_a_folder_that_hides_something(
    tmp_path: Path, hidden: tuple[str, ...], granted: set[str]
) -> None:
    root = tree(tmp_path)

    found = landlock.without([str(root)], [str(root / name) for name in hidden])

    assert set(found) == {(str(root / name), landlock.READ) for name in granted}


def test_of_a_folder_of_packages_that_hides_something_the_names_can_be_read(tmp_path: Path) -> None:
    root = tree(tmp_path / "site-packages")

    found = dict(landlock.without([str(root)], [str(root / "own"), str(root / "own.pth")]))

    assert found == {str(root): landlock.READ_DIR, str(root / "package"): landlock.READ}


def test_what_is_hidden_through_a_link_is_hidden_at_its_end(tmp_path: Path) -> None:
    root = tree(tmp_path)

    assert str(root / "own") not in dict(landlock.without([str(root)], [str(root / "link")]))


def test_nothing_may_be_executed_and_only_the_own_folder_written_to(tmp_path: Path) -> None:
    walls = Walls("B", workspace=str(tmp_path), readable=("/usr/lib",))

    granted = dict(landlock.grants(walls))

    assert not any(rights & landlock.EXECUTE for rights in granted.values())
    assert [path for path, rights in granted.items() if rights & landlock.MAKE_REG] == [str(tmp_path)]
    assert not granted[str(Path("/usr/lib").resolve())] & landlock.WRITE_FILE


@pytest.fixture(scope="module")
def listening() -> Iterator[dict[str, object]]:
    with socket.socket() as port, socket.socket(socket.AF_UNIX) as abstract:
        port.bind(("127.0.0.1", 0))
        port.listen()
        name = f"listener-{port.getsockname()[1]}"
        abstract.bind("\0" + name)
        abstract.listen()
        yield {"port": port.getsockname()[1], "abstract": name}


ATTEMPTS = {
    # What is tried: what comes of it, and the first version that has a say in it.
    "read a library": ("done", 1),
    "read a file outside": ("EACCES", 1),
    "read a hidden file": ("EACCES", 1),
    "write to a file outside": ("EACCES", 1),
    "remove a file outside": ("EACCES", 1),
    "list the folder outside": ("EACCES", 1),
    "make a file outside": ("EACCES", 1),
    "make a file in the root": ("EACCES", 1),
    "read passwords": ("EACCES", 1),
    "environment of an outsider": ("EACCES", 1),
    "write to a library": ("EACCES", 1),
    "execve": ("EACCES", 1),
    "fifo": ("EACCES", 1),
    "make and move files": ("done", 1),
    "write to /dev/null": ("done", 1),
    "random bytes": ("done", 1),
    "empty a library while reading": ("EACCES", 3),
    "truncate a library": ("EACCES", 3),
    "connect": ("EACCES", 4),
    "bind": ("EACCES", 4),
    "signal an outsider": ("EPERM", 6),
    "connect to an abstract socket": ("EPERM", 6),
}


@places.LINUX
@pytest.mark.slow
@pytest.mark.parametrize("newest", [1, 2, 3, 4, 5, 6, 7])
@places.places("B")
def test_landlock_alone_keeps_its_rules(
    listening: dict[str, object], place: places.Place, newest: int
) -> None:
    if not landlock.version() >= newest:
        pytest.skip("this kernel has an older version")
    place.check()
    with places.open_folder() as folder:
        scene = {**places.scene(folder), **listening}
        order = {"level": "B", "scene": scene, "attempts": list(ATTEMPTS), "landlock": newest}
        found = rig.behind(order, place.as_nobody)

    expected = {name: answer for name, (answer, since) in ATTEMPTS.items() if newest >= since}
    assert {name: found[name] for name in expected} == expected
