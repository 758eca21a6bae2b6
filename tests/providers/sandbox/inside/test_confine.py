"""The walls together: how a session starts, what it may use, how it ends, and that work can be done in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers.sandbox.inside import places, rig
from vtai.providers.sandbox.inside import confine


def test_walls_survive_their_way_through_json() -> None:
    walls = confine.Walls(
        "A", readable=("/usr/lib",), hidden=("/usr/lib/x",), limits=confine.Limits(threads=3)
    )

    assert confine.Walls.from_json(json.loads(json.dumps(walls.to_json()))) == walls


GOOD = confine.Walls("B", workspace="/work", readable=("/usr/lib",)).to_json()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {**GOOD, "level": "D"},
        {**GOOD, "level": ["B"]},
        {**GOOD, "workspace": "work"},
        {**GOOD, "workspace": ""},
        {**GOOD, "readable": ["lib"]},
        {**GOOD, "hidden": None},
        {**GOOD, "limits": {"cpu_s": "many"}},
        {**GOOD, "limits": {"wishes": 3}},
    ],
    ids=[
        "nothing", "a level that is not", "a list as level", "a relative workspace", "no workspace",
        "a relative path", "no list", "a limit in words", "a limit that is not",
    ],
)  # fmt: skip
def test_walls_that_cannot_be_read_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(confine.ConfineError):
        confine.Walls.from_json(data)


def test_the_interpreter_and_its_packages_are_readable_and_nothing_lies_below_another() -> None:
    readable = confine.readable_paths()

    assert any(os.__file__.startswith(path + os.sep) for path in readable)
    assert any(pytest.__file__.startswith(path + os.sep) for path in readable)
    assert os.path.realpath(sys.executable) in readable
    assert not [path for path in readable for other in readable if path.startswith(other + os.sep)]


def test_neither_home_nor_the_checkout_nor_configuration_is_readable() -> None:
    readable = confine.readable_paths()

    for path in (
        str(Path.home()),
        rig.ROOT,
        "/",
        "/etc",
        "/usr",
        "/home",
        "/root",
        "/proc",
        "/tmp",
        str(Path.cwd()),
    ):
        assert path not in readable


def test_records_of_the_installer_are_hidden_with_the_package(tmp_path: Path) -> None:
    for name in (
        "tool/code.py",
        "tool-1.0.dist-info/direct_url.json",
        "toolkit/code.py",
        "other-1.0.dist-info/x",
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    for name in ("_editable_impl_tool.pth", "other.pth"):
        (tmp_path / name).touch()

    hidden = confine.hidden_paths(str(tmp_path / "tool"))

    beside = {Path(path).name for path in hidden if path.startswith(str(tmp_path))}
    assert beside == {"tool", "tool-1.0.dist-info", "_editable_impl_tool.pth"}


ALIKE = {
    "capabilities": "none",
    "who": "ordinary",
    "many descriptors": "EMFILE",
    "a large file": "EFBIG",
    "much memory": "ENOMEM",
    "much time": "ended -9",
    "crash": "ended -11",
}


@pytest.fixture(scope="module")
def tried() -> Iterator[Callable[[places.Place], dict[str, str]]]:
    with places.open_folder() as folder:
        yield places.trials(folder, [*ALIKE, "threads", "a full /tmp", "a full /dev/shm"])


@places.LINUX
@pytest.mark.slow
@places.places()
def test_a_session_has_no_rights_and_bounded_means(
    tried: Callable[[places.Place], dict[str, str]], place: places.Place
) -> None:
    found = tried(place)

    assert {name: found[name] for name in ALIKE} == ALIKE
    assert {found["a full /tmp"], found["a full /dev/shm"]} == {"EACCES" if place.level == "B" else "ENOSPC"}
    # At level B the kernel counts threads with all that an ordinary user runs: the host watches them.
    if place.level != "B" or (not place.as_nobody and os.geteuid() == 0):
        assert found["threads"] == "stopped below 20"


@places.LINUX
@pytest.mark.slow
@pytest.mark.parametrize("level", ["A", "B", "C"])
def test_a_level_that_holds_passes_its_probe(level: confine.Level) -> None:
    assert script("probe", level) == "None"


@places.LINUX
@pytest.mark.slow
def test_a_level_that_does_not_let_work_be_done_says_why() -> None:
    """Nothing is readable here, not even the interpreter's library."""
    assert "cannot read the interpreter's library" in script("probe without libraries", "B")


@places.LINUX
@pytest.mark.slow
@pytest.mark.parametrize("level", ["A", "B"])
def test_a_session_that_cannot_be_set_up_is_refused_and_leaves_nothing(level: str) -> None:
    assert script("refused", level).split() == ["refused", "childless"]


@places.LINUX
@pytest.mark.slow
@pytest.mark.parametrize("level", ["A", "B", "C"])
def test_the_end_of_a_session_is_seen_by_the_one_who_started_it(level: str) -> None:
    assert script("ends", level).split() == ["0", "1", "-9"]


@places.LINUX
@pytest.mark.slow
@pytest.mark.parametrize("level", ["A", "B", "C"])
def test_a_session_dies_with_the_one_who_started_it(level: str) -> None:
    with subprocess.Popen(command("waits", level), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        session = int(server.stdout.readline())
        assert is_alive(session)
        server.kill()
    deadline = time.monotonic() + 60
    while is_alive(session) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not is_alive(session)


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@places.LINUX
@pytest.mark.slow
@pytest.mark.parametrize("level", ["A", "B", "C"])
def test_numbers_tables_plots_and_documents_can_be_worked_on(level: str) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("openpyxl")

    assert json.loads(script("works", level)) == [
        "archive.zip",
        "book.xlsx",
        "plot.pdf",
        "plot.png",
        "small.jpg",
    ]


def command(name: str, level: str) -> list[str]:
    return [
        sys.executable,
        "-I",
        "-B",
        "-W",
        "ignore",
        str(Path(__file__).with_name("servers.py")),
        rig.ROOT,
        name,
        level,
    ]


def script(name: str, level: str) -> str:
    """What a server prints that does this with a session of this level."""
    done = subprocess.run(command(name, level), capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
