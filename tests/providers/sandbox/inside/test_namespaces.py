"""Levels A and C: what a session finds of files, and how much it may write."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers.sandbox.inside import places, rig
from vtai.providers.sandbox.inside.paths import readable_paths

pytestmark = [places.LINUX, pytest.mark.slow]

FOUND = {
    "read a library": "done",
    "write to a library": "EROFS",
    "link a library": "EXDEV",
    "read a hidden file": "EACCES",
    "read a file outside": "ENOENT",
    "write to a file outside": "ENOENT",
    "remove a file outside": "ENOENT",
    "list the folder outside": "ENOENT",
    "make a file outside": "ENOENT",
    "make a file in the root": "EROFS",
    "read passwords": "ENOENT",
    "open the terminal": "ENOENT",
    "environment of an outsider": "ENOENT",
    "make and move files": "done",
    "move across folders": "done",
    "write to /dev/null": "done",
    "random bytes": "done",
    "a large file": "EFBIG",
    "a full folder": "ENOSPC",
    "a full /tmp": "ENOSPC",
    "a full /dev/shm": "ENOSPC",
    "many files": "ENOSPC",
}


@pytest.fixture(scope="module")
def tried() -> Iterator[Callable[[places.Place], dict[str, str]]]:
    with places.open_folder() as folder:
        yield places.trials(folder, [*FOUND, "environment of process 1"])


@places.places("AC")
def test_a_session_finds_its_own_files_and_read_only_libraries(
    tried: Callable[[places.Place], dict[str, str]], place: places.Place
) -> None:
    found = tried(place)

    assert {name: found[name] for name in FOUND} == FOUND
    # Where there is a /proc, even its own environment is out of reach: it may not be traced.
    assert found["environment of process 1"] in ("EACCES", "ENOENT")


LOOK = """
import json, os, sys
{prelude}
sys.path.insert(0, {root!r})
from vtai.providers.sandbox.inside import confine

def names(path):
    try:
        return sorted(os.listdir(path))
    except OSError as error:
        return error.errno

def mounts(place):
    try:
        with open("/proc/self/mountinfo") as lines:
            return sum(line.split()[4] == place for line in lines)
    except OSError:
        return 0

def written(path):
    try:
        os.close(os.open(path + "/planted", os.O_CREAT | os.O_WRONLY))
    except OSError as error:
        return error.errno

def body():
    os.close(reader)
    confine.seal(walls)
    seen = {{path: names(path) for path in {paths!r}}}
    seen["cwd"], seen["host"], seen["pid"] = os.getcwd(), os.uname().nodename, os.getpid()
    seen["written"] = [written(path) for path in {paths!r}]
    seen["mounted on the root"] = mounts("/")
    seen["interfaces"] = names("/sys/class/net")
    os.write(writer, json.dumps(seen).encode())

walls = confine.Walls({level!r}, readable={readable!r} or confine.readable_paths(), hidden=tuple({hidden!r}))
reader, writer = os.pipe()
pid = confine.launch(walls, body)
os.close(writer)
print(os.fdopen(reader).read())
assert os.waitpid(pid, 0)[1] == 0
"""


def look(
    level: str,
    paths: list[str],
    readable: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    prelude: str = "",
) -> Any:
    """What a session finds in these folders. `prelude` is code that runs before it is started."""
    code = LOOK.format(
        root=rig.ROOT, level=level, paths=paths, readable=readable, hidden=hidden, prelude=prelude
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("level", ["A", "C"])
def test_the_root_holds_nothing_of_the_machine_but_the_way_to_the_libraries(level: str) -> None:
    seen = look(level, ["/", "/..", "/mnt", "/mnt/data", "/tmp", "/dev", "/etc", "/proc"])

    assert seen["/.."] == seen["/"]
    assert seen["mounted on the root"] <= 1
    assert seen["cwd"] == "/mnt/data"
    assert seen["host"] == "sandbox"
    assert seen["pid"] == 1
    assert seen["interfaces"] == errno.ENOENT
    assert seen["/mnt"] == ["data"]
    assert seen["/mnt/data"] == []
    # The way to an interpreter that lies there.
    assert set(seen["/tmp"]) == {Path(p).parts[2] for p in readable_paths() if p.startswith("/tmp/")}
    assert {"null", "zero", "random", "urandom", "shm"} <= set(seen["/dev"])
    assert set(seen["/dev"]) <= {
        "null",
        "zero",
        "random",
        "urandom",
        "shm",
        "fd",
        "stdin",
        "stdout",
        "stderr",
    }
    assert not {"passwd", "shadow", "hostname", "hosts"} & set(seen["/etc"])
    assert not {"home", "srv", "boot", "sys", "run", "opt"} & set(seen["/"]) - {
        Path(sys.base_prefix).parts[1]
    }
    assert seen["/proc"] in ([], ["1", "self", "thread-self"])


def test_of_the_way_to_a_readable_folder_nothing_else_is_seen(tmp_path: Path) -> None:
    for name in (
        "home/person/tool/lib/code",
        "home/person/tool/key",
        "home/person/letter",
        "home/other/letter",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    home = tmp_path / "home"
    paths = [str(home), str(home / "person"), str(home / "person/tool"), str(home / "person/tool/lib")]

    seen = look("A", paths, readable=(*libraries(), paths[-1]))

    assert [seen[path] for path in paths] == [["person"], ["tool"], ["lib"], ["code"]]


def test_links_on_the_way_lead_where_they_led(tmp_path: Path) -> None:
    (tmp_path / "real/lib").mkdir(parents=True)
    (tmp_path / "real/lib/code").touch()
    (tmp_path / "absolute").symlink_to(tmp_path / "real")
    (tmp_path / "relative").symlink_to("absolute/../real/lib")
    paths = [str(tmp_path / "absolute/lib"), str(tmp_path / "relative")]

    seen = look("A", paths, readable=(*libraries(), *paths))

    assert [seen[path] for path in paths] == [["code"], ["code"]]


def test_a_hidden_folder_is_empty_and_its_neighbours_are_not(tmp_path: Path) -> None:
    for name in ("lib/secret/key", "lib/secret/deep/key", "lib/open/code"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    lib = tmp_path / "lib"
    paths = [str(lib / "secret"), str(lib / "open")]

    seen = look("A", paths, readable=(*libraries(), str(lib)), hidden=(paths[0], str(tmp_path / "elsewhere")))

    assert [seen[path] for path in paths] == [[], ["code"]]


MOUNT_BELOW = """
sys.path.insert(0, {root!r})
from vtai.providers.sandbox.inside import confine, kernel
kernel.call("unshare", 0x20000)
kernel.call("mount", None, "/", None, 1 << 14 | 1 << 18, None)
kernel.call("mount", "tmpfs", {place!r}, "tmpfs", 0, "mode=777")
open({place!r} + "/file", "w").close()
if {as_nobody!r}:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
"""


@pytest.mark.skipif("os.geteuid() != 0", reason="only root can mount")
@pytest.mark.parametrize(("as_nobody", "expected"), [(False, []), (True, ["file"])], ids=["root", "nobody"])
def test_what_is_mounted_below_a_readable_folder_is_left_out_or_read_only(
    as_nobody: bool, expected: list[str]
) -> None:
    """An ordinary user may not take apart what others have mounted: it comes along."""
    with places.open_folder() as folder:
        (folder / "lib/below").mkdir(parents=True, mode=0o755)
        below = str(folder / "lib/below")
        prelude = MOUNT_BELOW.format(root=rig.ROOT, place=below, as_nobody=as_nobody)
        seen = look("A", [below], readable=(*libraries(), str(folder / "lib")), prelude=prelude)

    assert seen[below] == expected
    assert seen["written"] == [errno.EROFS]


def libraries() -> tuple[str, ...]:
    from vtai.providers.sandbox.inside.paths import readable_paths

    return readable_paths()
