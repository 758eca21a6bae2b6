"""Taking memory and room on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import ANY, OK, Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_GIB = 1 << 30
_MIB = 1 << 20

# These stop by themselves, should there be no wall.
_LIST = """
held = []
try:
    while len(held) < (2 if W["bare"] else 96):
        held.append(bytearray(b"x" * (64 << 20)))
except MemoryError as why:
    count = len(held)
    held.clear()
    refused("memory", why)
else:
    escaped("memory", len(held) * 64, "MB")
"""
_SHARED = """
import mmap
held = []
try:
    while len(held) < (2 if W["bare"] else 96):
        one = mmap.mmap(-1, 64 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        for at in range(0, 64 << 20, 4096):
            one[at] = 1
        held.append(one)
except (MemoryError, OSError) as why:
    held.clear()
    refused("memory", why)
else:
    escaped("shared memory", len(held) * 64, "MB")
"""

_FILL = """
def fill(folder, most):
    total = number = 0
    block = os.urandom(1 << 20)
    try:
        while total < most:
            number += 1
            with open(os.path.join(folder, W["nonce"] + str(number)), "wb") as target:
                for _ in range(16):
                    total += target.write(block)
    except (OSError, ValueError) as why:
        refused(folder, why)
    return total
"""
_WORKSPACE = (
    _FILL
    + """
total = fill(".", (64 << 20) if W["bare"] else (1 << 30))
print(total >> 20, "MB")
if total > (600 << 20) or W["bare"]:
    escaped("filled the workspace with", total >> 20, "MB")
"""
)
_PLACES = (
    _FILL
    + """
own = os.path.realpath(".")
for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/dev", "/", "/mnt", "/home", "/root",
    os.path.expanduser("~")):
    if os.path.realpath(folder) == own:
        continue
    total = fill(folder, (16 << 20) if W["bare"] else (300 << 20))
    print(folder, total >> 20, "MB")
    if total >= (100 << 20) or (W["bare"] and total):
        escaped("filled", folder, "with", total >> 20, "MB")
    for name in peek("list", os.listdir, folder) or ():
        if name.startswith(W["nonce"]):
            peek("remove", os.unlink, os.path.join(folder, name))
"""
)

_INODES = """
made = 0
try:
    for number in range(100 if W["bare"] else 1000000):
        folder = "f%d" % (number // 1000)
        if number % 1000 == 0:
            os.mkdir(folder)
        os.close(os.open("%s/%d" % (folder, number), os.O_CREAT | os.O_WRONLY))
        made += 1
        if made > 200000:
            break
except OSError as why:
    refused("file", why)
if made > 150000 or W["bare"]:
    escaped("made", made, "files")
print(made, "files")
"""

_SPARSE = """
with open("sparse.bin", "wb") as target:
    peek("truncate", target.truncate, 1 << 40)
    peek("seek", lambda: (target.seek(1 << 39), target.write(b"x"), target.flush()))
    peek("allocate", os.posix_fallocate, target.fileno(), 0, 1 << 39)
print(os.stat("sparse.bin").st_size)
"""

_BUFFERS = """
import fcntl, socket
total, held = 0, []
block = b"x" * 65536
def full(end):
    filled = 0
    os.set_blocking(end, False)
    try:
        while True:
            filled += os.write(end, block)
    except OSError:
        return filled
try:
    while len(held) < (10 if W["bare"] else 5000):
        ends = os.pipe()
        held.append(ends)
        peek("size", fcntl.fcntl, ends[1], 1031, 1 << 20) if len(held) < 40 else None
        total += full(ends[1])
        pair = socket.socketpair()
        held.append(pair)
        try:
            pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
        except OSError:
            pass
        total += full(pair[0].fileno())
except OSError as why:
    refused("buffers", why)
print(total >> 20, "MB in", len(held), "buffers")
if total > (256 << 20) or W["bare"]:
    escaped("kernel buffers", total >> 20, "MB")
for pair in held:
    for end in pair:
        end.close() if hasattr(end, "close") else os.close(end)
"""


def _host_keeps_its_memory(world: World, outcomes: list[Outcome]) -> None:
    assert world.session_bytes() < 1.3 * _GIB
    _server_stays_small(world, outcomes)


def _server_stays_small(world: World, outcomes: list[Outcome]) -> None:
    grown = world.server_peak_bytes() - world.peak_before
    assert grown < 250 * _MIB, f"the server took {grown >> 20} MB more"


def _not_collected(world: World, outcomes: list[Outcome]) -> None:
    assert sum(file.size for file in outcomes[0].files) <= 64 * _MIB


def _disk_is_given_back(world: World, outcomes: list[Outcome]) -> None:
    assert not world.nonce_places()
    assert sum(file.size for outcome in outcomes for file in outcome.files) <= 100 * _MIB
    assert len(outcomes[0].files) <= 20


_AFRESH = "print(6 * 7)"

CASES = (
    case(
        "res_04_memory_bomb", _LIST, _AFRESH, expect=(ANY, OK), check=_host_keeps_its_memory, control="memory"
    ),
    case(
        "res_05_memory_bomb_mmap_shared",
        *(_SHARED, _AFRESH),
        expect=(ANY, OK),
        check=_host_keeps_its_memory,
        control="shared memory",
    ),
    case(
        "res_08_disk_fill",
        *(_WORKSPACE, _AFRESH),
        expect=(ANY, OK),
        timeout_s=60,
        check=_disk_is_given_back,
        control="filled the workspace",
    ),
    case(
        "res_09_disk_fill_tmp_shm",
        *(_PLACES, _AFRESH),
        expect=(ANY, OK),
        timeout_s=60,
        check=_disk_is_given_back,
        control="filled /tmp",
    ),
    case(
        "res_10_inode_bomb",
        *(_INODES, _AFRESH),
        expect=(ANY, OK),
        timeout_s=60,
        check=_disk_is_given_back,
        control="made 100 files",
    ),
    case("res_11_sparse_file", _SPARSE, expect=(ANY,), check=_not_collected),
    case(
        "res_28_kernel_buffers", _BUFFERS, expect=(ANY,), check=_server_stays_small, control="kernel buffers"
    ),
)
