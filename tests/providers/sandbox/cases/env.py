"""What the server knows and the sandbox must not: its variables, its memory, its open files."""

from __future__ import annotations

from tests.providers.sandbox.cases.case import case

_ENVIRON = """
text = repr(dict(os.environ))
raw = ctypes.POINTER(ctypes.c_char_p).in_dll(LIBC, "environ")
index = 0
while raw and raw[index]:
    text += raw[index].decode("utf-8", "replace") + chr(10)
    index += 1
text += (peek("self environ", lambda: open("/proc/self/environ").read()) or "")
text += (peek("thread environ", lambda: open("/proc/thread-self/environ").read()) or "")
if has_secret(text):
    escaped("a variable of the server", "holds the secret")
for name in W["variables"]:
    if name in text:
        escaped("a variable of the server", name)
print(len(os.environ), "variables", sorted(os.environ))
"""

_PARENT_ENVIRON = """
pids = {W["server_pid"], W["parent_pid"], os.getppid(), 1, *range(2, 400)}
pids |= {int(name) for name in (peek("list", os.listdir, "/proc") or ()) if name.isdigit()}
for pid in sorted(pids - {os.getpid(), 0}):
    try:
        got = open(f"/proc/{pid}/environ", "rb").read()
    except OSError:
        continue
    if os.path.exists(f"/proc/self/task/{pid}"):
        continue
    if got:
        escaped("environ of", pid, len(got), "bytes", "with the secret" if has_secret(got) else "")
        if has_secret(got):
            break
"""

_CMDLINES = """
own = {os.getpid(), *(int(name) for name in (peek("tasks", os.listdir, "/proc/self/task") or ()))}
listed = {int(name) for name in (peek("list", os.listdir, "/proc") or ()) if name.isdigit()}
for pid in sorted((listed | {W["server_pid"], W["parent_pid"]}) - own):
    for what in ("cmdline", "maps", "status", "stat", "mountinfo", "comm", "io", "limits"):
        got = peek(f"{pid}/{what}", lambda: open(f"/proc/{pid}/{what}", "rb").read(4096))
        # Process 1 of a namespace of its own may be the sandbox's, and tells nothing of the host.
        if got and pid in (W["server_pid"], W["parent_pid"]):
            escaped(what, "of", pid, got[:60])
        elif got and has_secret(got):
            escaped(what, "of", pid, "holds the secret")
    for what in ("cwd", "exe", "root"):
        got = peek(f"{pid}/{what}", os.readlink, f"/proc/{pid}/{what}")
        if got:
            escaped(what, "of", pid, got)
    if peek(f"{pid}/fd", os.listdir, f"/proc/{pid}/fd"):
        escaped("open files of", pid)
"""

_MEMORY_SCAN = """
import re
found = 0
maps = peek("maps", lambda: open("/proc/self/maps").read()) or ""
memory = peek("mem", lambda: open("/proc/self/mem", "rb", 0))
for line in maps.splitlines():
    low, high, how = re.match("([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
    low, high = int(low, 16), int(high, 16)
    if memory is None or how[0] != "r" or high - low > 1 << 28 or line.endswith("[vvar]"):
        continue
    try:
        memory.seek(low)
        if has_secret(memory.read(high - low)):
            found += 1
    except (OSError, ValueError, OverflowError):
        continue
if found:
    escaped("own memory holds the secret", found)
"""

_INHERITED = """
import stat, socket
kinds = {}
for fd in range(0, 1024):
    try:
        about = os.fstat(fd)
    except OSError:
        continue
    kinds[fd] = stat.filemode(about.st_mode)
    null = os.stat("/dev/null") if fd < 3 else None
    if stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode) or stat.S_ISBLK(about.st_mode):
        escaped("an open file or folder", fd, kinds[fd], peek("link", os.readlink, f"/proc/self/fd/{fd}"))
    elif stat.S_ISCHR(about.st_mode) and (null is None or about.st_rdev != null.st_rdev):
        escaped("an open device", fd, hex(about.st_rdev))
sockets = [fd for fd, kind in kinds.items() if kind.startswith("s")]
if len(sockets) > 1:
    escaped("more sockets than the session's own", sockets)
for fd in sockets:
    # fcntl keeps the descriptor; socket.socket would close it with the object.
    one = peek("socket", lambda: socket.socket(fileno=fd))
    if one is None:
        continue
    family = one.family
    named = peek("name", one.getsockname) or peek("peer", one.getpeername)
    listens = peek("listens", one.getsockopt, socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    one.detach()
    if family != socket.AF_UNIX or named or listens:
        escaped("a socket that leads elsewhere", fd, family, named, listens)
print(kinds)
"""

# Pages are handed to write(2), which answers with an error where nothing is mapped instead of dying.
_MEMORY_PROBE = """
import fcntl
reading, writing = os.pipe()
for end in (reading, writing):
    os.set_blocking(end, False)
LIBC.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
LIBC.sbrk.restype = ctypes.c_void_p
local = ctypes.c_long(1)
raw = ctypes.c_void_p.in_dll(LIBC, "environ").value or 0
kept = [object() for _ in range(1000)] + ["x" * 300000, bytearray(1 << 18)]
places = {
    "stack": (ctypes.addressof(local), 4 << 20), "environ": (raw, 1 << 20), "heap": (LIBC.sbrk(0), 48 << 20),
    "arena": (id(kept[0]), 8 << 20), "large": (id(kept[-2]), 16 << 20), "frame": (id(sys._getframe()),
    8 << 20),
    "modules": (id(sys.modules), 8 << 20), "none": (id(None), 4 << 20),
}
pages = seen = 0
before = b""
until = time.monotonic() + 8
for place, (middle, reach) in places.items():
    before = b""
    for page in range((middle - reach) & ~4095, (middle + reach) & ~4095, 4096):
        if page <= 0 or time.monotonic() > until:
            continue
        pages += 1
        if LIBC.write(writing, page, 4096) != 4096:
            before = b""
            continue
        seen += 1
        got = os.read(reading, 4096)
        if has_secret(before[-200:] + got):
            escaped("own memory holds the secret, at the", place)
            break
        before = got
print(pages, "pages tried,", seen, "read")
assert seen > 50, "the probe reads nothing at all"
"""

CASES = (
    case("env_01_environ", _ENVIRON, control="a variable of the server"),
    case("env_02_parent_environ", _PARENT_ENVIRON, control="environ of"),
    case("env_03_cmdlines", _CMDLINES, control="cmdline of"),
    case("env_04_own_memory_scan", _MEMORY_SCAN, control="own memory holds the secret"),
    case("env_05_inherited_fds", _INHERITED, control="an open file or folder"),
    case("env_06_own_memory_probe", _MEMORY_PROBE, control="own memory holds the secret"),
)
