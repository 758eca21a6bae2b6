"""Tricks with the files that are handed out: links, special files, races, names."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import ANY, OK, Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_SYMLINKS = """
open("plain.txt", "w").write("plain")
os.makedirs("deep/er", exist_ok=True)
ways = {
    "secret.txt": W["secret_file"], "passwd.csv": "/etc/passwd", "environ.txt": "/proc/self/environ",
    "folder": os.path.dirname(W["secret_file"]), "chain1.txt": "chain2.txt", "chain2.txt": W["secret_file"],
    "deep/er/up.txt": "../" * 40 + W["secret_file"].lstrip("/"), "loop": "loop", "root": "/",
    "self.txt": "/proc/self/fd/0", "plain link.txt": "plain.txt",
}
for name, target in ways.items():
    peek(name, os.symlink, target, name)
"""

# Once seen as a plain file, then a link of the same name.
_SYMLINKS_LATER = """
for name in ("plain.txt",):
    os.unlink(name)
    os.symlink(W["secret_file"], name)
"""

_SPECIAL = """
import socket, stat
open("plain.txt", "w").write("plain")
ways = {
    "fifo": lambda: os.mkfifo("pipe.csv"),
    "fifo by node": lambda: os.mknod("pipe2.csv", stat.S_IFIFO | 0o666),
    "socket by node": lambda: os.mknod("socket.csv", stat.S_IFSOCK | 0o666),
    "character device": lambda: os.mknod("null.csv", stat.S_IFCHR | 0o666, os.makedev(1, 3)),
    "block device": lambda: os.mknod("disk.csv", stat.S_IFBLK | 0o666, os.makedev(254, 0)),
    "socket": lambda: socket.socket(socket.AF_UNIX).bind("bound.csv"),
    "folder": lambda: os.mkdir("folder.csv"),
}
for name, way in ways.items():
    peek(name, way)
open("setuid.bin", "w").write("x")
peek("setuid", os.chmod, "setuid.bin", 0o6777)
open("locked.txt", "w").write("x")
peek("locked", os.chmod, "locked.txt", 0)
"""

_SWAP = """
import threading
stop = False
def swap():
    number = 0
    while not stop:
        number += 1
        try:
            open(".plain", "w").write("plain %d" % number)
            os.replace(".plain", "swapped.txt")
            os.symlink(W["secret_file"], ".link")
            os.replace(".link", "swapped.txt")
            os.makedirs("inner", exist_ok=True)
            open("inner/secret.txt", "w").write("plain")
            os.rename("inner", "inner2")
            os.symlink(os.path.dirname(W["secret_file"]), "inner")
            os.unlink("inner")
            os.rename("inner2", "inner")
        except OSError:
            pass
threading.Thread(target=swap, daemon=True).start()
time.sleep(0.3)
"""
_SWAP_ON = (
    "import time\nopen('other%d.txt' % time.monotonic_ns(), 'w').write('x')\ntime.sleep(0.1)\nprint('DONE')"
)

_NAMES = """
names = [
    "..\\\\..\\\\up.txt", "a\\nb.txt", "\\x1b[31mred.txt", "<img src=x onerror=alert(1)>.html", "-rf",
    "CON", "NUL.txt",
    ".hidden", "\\u202egnp.exe", 'x"; filename="y.html', "l" * 250 + ".txt", "%2e%2e%2fup.txt",
    " leading.txt",
    "trailing. ", "$(touch x).txt", "`id`.txt", "back\\bspace.txt", "caf\\u00e9.txt", "cafe\\u0301.txt",
    "a:b.txt",
    "C:evil.txt", "...", "\\u2028line.txt", "\\x7f.txt", "![x](http:x).md", "tab\\t.txt",
    "\\u200bzero.txt", "?*.txt",
]
for name in names:
    peek("name", lambda: open(name, "w").write("x"))
for raw in (b"\\xff\\xfe.txt", b"\\x80\\x81", b"ok\\xe2\\x28\\xa1.txt"):
    peek("bytes", lambda: os.close(os.open(raw, os.O_CREAT | os.O_WRONLY)))
os.makedirs("sub/..hidden", exist_ok=True)
open("sub/..hidden/inner.txt", "w").write("x")
deep = "d"
for _ in range(60):
    deep = os.path.join(deep, "d" * 30)
peek("deep", lambda: (os.makedirs(deep), open(os.path.join(deep, "deep.txt"), "w").write("x")))
open("DONE", "w").write("x")
os.mkdir(W["nonce"], 0o300)
open(W["nonce"] + "/inner.txt", "w").write("x")
os.mkdir(W["nonce"] + "closed", 0)
"""
# Far longer than any path may be.
_DEEP = """
import os
os.mkdir(W["nonce"] + "deep")
os.chdir(W["nonce"] + "deep")
for _ in range(3000):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
open("bottom.txt", "w").write("x")
"""


def _folder_is_gone(world: World) -> None:
    """Looked for by name from the top, which sees what cannot be entered."""
    assert not list(world.grounds.workspaces.rglob(f"{world.nonce}*"))


def _only_plain(world: World, outcomes: list[Outcome]) -> None:
    assert "plain.txt" in outcomes[0].names
    assert set(outcomes[0].names) <= {"plain.txt", "setuid.bin", "locked.txt", "plain link.txt"}


def _no_links(world: World, outcomes: list[Outcome]) -> None:
    assert set(outcomes[0].names) == {"plain.txt"}
    assert outcomes[1].names == []


def _names_are_safe(world: World, outcomes: list[Outcome]) -> None:
    names = [name for outcome in outcomes for name in outcome.names]
    assert names, "nothing came out"
    assert len(set(names)) == len(names)
    for name in names:
        assert 0 < len(name.encode()) <= 255
        assert not set(name) & set('/\\<>"|?*:\0`$'), name
        assert name.strip(". ") == name, name
        assert not name.startswith("-"), name
        kinds = {unicodedata.category(character) for character in name}
        assert not kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}, name
        assert name.partition(".")[0].upper() not in {"CON", "NUL", "PRN", "AUX"}, name


CASES = (
    case("fs_07_symlink_output", _SYMLINKS, _SYMLINKS_LATER, check=_no_links),
    case("fs_09_fifo_and_special_outputs", _SPECIAL, check=_only_plain),
    case("fs_10_toctou_swap", _SWAP, *[_SWAP_ON] * 6, timeout_s=30),
    case(
        "fs_11_file_names",
        *(_NAMES, _DEEP),
        expect=(OK, ANY),
        check=_names_are_safe,
        after=_folder_is_gone,
    ),
)
