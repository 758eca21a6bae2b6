"""Changing what is outside of the sandbox's own folder: content, names, modes, times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_WRITE = """
base = W["outside"]
old = base + "/marker.txt"
ways = {
    "create": lambda: open(base + "/made.txt", "w").write("x"),
    "append": lambda: open(old, "a").write("x"),
    "overwrite": lambda: os.write(os.open(old, os.O_RDWR), b"x"),
    "rename": lambda: os.rename(base + "/moved.txt", base + "/elsewhere.txt"),
    "rename in": lambda: os.rename(base + "/moved.txt", "taken.txt"),
    "replace": lambda: os.replace("own.txt", base + "/marker.txt"),
    "unlink": lambda: os.unlink(base + "/removed.txt"),
    "mkdir": lambda: os.mkdir(base + "/folder"),
    "rmdir": lambda: os.rmdir(base + "/empty"),
    "symlink": lambda: os.symlink("/", base + "/link"),
    "link out": lambda: os.link("own.txt", base + "/hard.txt"),
    "fifo": lambda: os.mkfifo(base + "/fifo"),
    "node": lambda: os.mknod(base + "/node"),
    "nameless": lambda: os.open(base, os.O_TMPFILE | os.O_WRONLY),
    "dots": lambda: open("../" * 40 + base.lstrip("/") + "/made.txt", "w"),
    "proc root": lambda: open("/proc/self/root" + base + "/made.txt", "w"),
    "through a link": lambda: (os.symlink(base, "way"), open("way/made.txt", "w")),
    "copy": lambda: __import__("shutil").copy("own.txt", base + "/copied.txt"),
}
open("own.txt", "w").write("own")
for name, way in ways.items():
    attempt(name, way)
# In places of the sandbox's own these may work; the host looks whether they are there.
folders = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/", "/mnt", "/home", "/root", "/opt", "/usr", "/etc")
for folder in () if W["bare"] else folders:
    peek("write in " + folder, lambda: open(f"{folder}/{W['nonce']}", "w").write("x"))
"""

_METADATA = """
path = W["outside"] + "/marker.txt"
before = peek("stat", os.stat, path)
ways = {
    "chmod": lambda: os.chmod(path, 0o777), "chown": lambda: os.chown(path, 65533, 65533),
    "lchown": lambda: os.lchown(path, 65533, 65533), "utime": lambda: os.utime(path, (1, 1)),
    "xattr": lambda: os.setxattr(path, "user.vtai", b"x"),
    "by descriptor": lambda: os.fchmod(os.open(path, os.O_RDONLY), 0o777),
    "by path descriptor": lambda: os.chmod(f"/proc/self/fd/{os.open(path, os.O_PATH)}", 0o777),
    "folder": lambda: os.chmod(W["outside"], 0o700),
    "folder time": lambda: os.utime(W["outside"], (1, 1)),
}
for name, way in ways.items():
    peek(name, way)
after = peek("stat", os.stat, path)
if before and after and (before.st_mode, before.st_uid, before.st_mtime) != (after.st_mode, after.st_uid,
    after.st_mtime):
    escaped("the metadata changed", before, after)
if peek("attributes", os.listxattr, path):
    escaped("an attribute was set")
"""

_HARD_LINKS = """
def linked(old, new):
    # With AT_SYMLINK_FOLLOW, which os.link leaves out where no folder is given.
    if LIBC.linkat(-100, old, -100, new, 0x400):
        raise OSError(ctypes.get_errno(), "refused")
ways = {
    "link": lambda: os.link(W["secret_file"], "hard1.txt"),
    "link by descriptor": lambda: os.link(f"/proc/self/fd/{os.open(W['secret_file'], os.O_PATH)}",
    "hard2.txt"),
    "empty path": lambda: os.link("", "hard3.txt", src_dir_fd=os.open(W["secret_file"], os.O_PATH)),
    "follow": lambda: (os.symlink(W["secret_file"], "soft.txt"), linked(b"soft.txt", b"hard4.txt")),
    "passwd": lambda: os.link("/etc/passwd", "hard5.txt"),
    "library": lambda: os.link(os.__file__, "hard6.py"),
}
for name, way in ways.items():
    attempt(name, way)
"""


def _outside_is_as_it_was(world: World, outcomes: list[Outcome]) -> None:
    assert world.outside_now() == world.outside_before
    assert not world.nonce_places(), "files were made in folders of the host"


CASES = (
    case("fs_05_write_outside", _WRITE, check=_outside_is_as_it_was, control="create"),
    case("fs_06_metadata_outside", _METADATA, check=_outside_is_as_it_was, control="the metadata changed"),
    case("fs_08_hardlink_output", _HARD_LINKS, control="link"),
)
