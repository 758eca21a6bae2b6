"""Reading files of the host: by name, by link, by listing, by the folders of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.providers.sandbox.cases.case import case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_PASSWD = """
import hashlib
root = peek("root", os.open, "/", os.O_RDONLY)
ways = {
    "plain": lambda: open("/etc/passwd", "rb").read(),
    "dots": lambda: open("../" * 40 + "etc/passwd", "rb").read(),
    "proc root": lambda: open("/proc/self/root/etc/passwd", "rb").read(),
    "first process": lambda: open("/proc/1/root/etc/passwd", "rb").read(),
    "cwd": lambda: open("/proc/self/cwd/" + "../" * 40 + "etc/passwd", "rb").read(),
    "folder": lambda: os.read(os.open("etc/passwd", os.O_RDONLY, dir_fd=root), 1 << 20),
}
for name, way in ways.items():
    got = peek(name, way)
    if got and hashlib.sha256(got).hexdigest() == W["passwd"]:
        escaped("the host's passwd, by", name)
for path in ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/machine-id", "/var/log/syslog",
    "/var/log/dmesg"):
    got = peek(path, lambda: open(path, "rb").read(100))
    if got:
        escaped(path, got[:20])
"""

_SECRET = """
import ctypes, mmap
path = W["secret_file"]
read_for_secret("plain", path)
read_for_secret("dots", "../" * 40 + path.lstrip("/"))
read_for_secret("proc root", "/proc/self/root" + path)
for name in ("link", "folder"):
    if os.path.lexists(name):
        os.unlink(name)
if peek("symlink", lambda: os.symlink(path, "link") or True):
    read_for_secret("link", "link")
if peek("symlink", lambda: os.symlink(os.path.dirname(path), "folder") or True):
    read_for_secret("folder link", "folder/" + os.path.basename(path))
how = (ctypes.c_ulonglong * 3)(0, 0, 0)
got = syscall("openat2", -100, ctypes.c_char_p(path.encode()), ctypes.byref(how), 24)
if got >= 0:
    escaped("openat2", got)
handle = (ctypes.c_char * 200)()
handle[0] = 128
mount = ctypes.c_int()
LIBC.name_to_handle_at.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p,
    ctypes.c_int]
if peek("handle", LIBC.name_to_handle_at, -100, path.encode(), handle, ctypes.byref(mount), 0) == 0:
    print("a handle was given")
with open("copy", "wb") as target:
    got = peek("copy", lambda: os.sendfile(target.fileno(), os.open(path, os.O_RDONLY), 0, 1000))
    if got:
        escaped("sendfile", got)
import numpy
got = peek("numpy", lambda: numpy.fromfile(path, dtype="uint8").tobytes())
if got and has_secret(got):
    escaped("numpy")
import sqlite3, zipimport
peek("sqlite", lambda: sqlite3.connect(f"file:{path}?mode=ro",
    uri=True).execute("select 1 from sqlite_master"))
got = peek("import", lambda: zipimport.zipimporter(path))
got = peek("library", lambda: str(ctypes.CDLL(path)))
"""

_LISTING = """
import glob
ways = {"listdir": os.listdir, "scandir": lambda path: [one.name for one in os.scandir(path)],
        "glob": lambda path: glob.glob(path + "/*") + glob.glob(path + "/.*"),
        "proc": lambda path: os.listdir("/proc/self/root" + path),
        "folder": lambda path: os.listdir(os.open(path, os.O_RDONLY | os.O_DIRECTORY))}
for folder in W["folders"]:
    for name, way in ways.items():
        got = peek(name + " " + folder, way, folder)
        if got:
            escaped(name, folder, got[:5])
    got = peek("path only", os.open, folder, os.O_PATH | os.O_DIRECTORY)
    if got is not None:
        inner = peek("through path only", os.listdir, got)
        if inner:
            escaped("path only", folder, inner[:5])
for folder in ("/", "/tmp", "/home", "/root", "/var", "/var/tmp", "/opt", "/srv", "/mnt", "/run"):
    got = peek("listdir " + folder, os.listdir, folder) or ()
    if set(got) & set(W["planted_names"]):
        escaped("what was planted, in", folder, sorted(set(got) & set(W["planted_names"])))
"""

_OTHER_SESSION = """
places = {W["other"]["cwd"], W["other"]["real"], "/mnt/data", os.path.dirname(os.getcwd()),
          *(os.path.join(os.path.dirname(os.path.realpath(".")), name)
            for name in (peek("siblings", os.listdir, os.path.dirname(os.path.realpath("."))) or ()))}
places |= {f"/proc/{pid}/{what}" for pid in [*range(1, 50), *W["other"]["pids"]] for what in ("cwd",
    "root/mnt/data")}
for place in sorted(places):
    read_for_secret("other session", place + "/other.txt")
    got = peek("list " + place, os.listdir, place) or ()
    if "other.txt" in got:
        escaped("the folder of another session", place)
for pid in W["other"]["pids"]:
    for fd in range(20):
        got = peek("fd", os.open, f"/proc/{pid}/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK)
        if got is not None:
            escaped("a descriptor of another session", pid, fd)
"""

_OTHER_FILE = """
import json
open("other.txt", "w").write("".join(W["secret"]))
print(json.dumps({"cwd": os.getcwd(), "real": os.path.realpath(".")}))
"""

_APP_FILES = """
wanted = set(W["planted_names"])
until = time.monotonic() + 12
looked = 0
for top, folders, names in os.walk("/"):
    if top.startswith(("/proc/", "/sys/")):
        folders.clear()
        continue
    looked += 1
    if time.monotonic() > until:
        break
    for name in wanted.intersection(names) | wanted.intersection(folders):
        path = os.path.join(top, name)
        escaped("what was planted", path)
for path in W["app_files"]:
    read_for_secret("application", path)
    got = peek("plain", lambda: open(path, "rb").read(200))
    if got:
        escaped("a file of the application", path, len(got))
print(looked, "folders seen")
"""


def _beside_another(world: World) -> Mapping[str, Any]:
    """A second session with a file of its own, kept open."""
    outcome = world.run("other", world.dressed(_OTHER_FILE))
    line = next(line for line in outcome.stdout.splitlines() if line.startswith("{"))
    return {"other": {**world.parsed(line), "pids": [process.pid for process in world.session_processes()]}}


CASES = (
    case("fs_01_read_passwd", _PASSWD, control="the host's passwd, by plain"),
    case("fs_02_read_secret_file", _SECRET, control="plain read the secret"),
    case("fs_03_list_host_dirs", _LISTING, control="listdir"),
    case(
        "fs_04_read_other_session",
        _OTHER_SESSION,
        plant=_beside_another,
        after=lambda world: world.end("other"),
    ),
    case("fs_14_app_source_secrets", _APP_FILES, timeout_s=60, control="a file of the application"),
)
