"""One server for each user and level, shared by all cases: starting an engine takes seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.sandbox.world import NOBODY, World, as_user

USERS = {"root": 0, "ordinary": NOBODY if os.getuid() == 0 else os.getuid()}
LEVELS = ("A", "B")

# Asks the kernel itself, so that an engine that does not start is never taken for a kernel that cannot.
_CAN = {
    "A": """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
user, group = os.getuid(), os.getgid()
assert libc.unshare(0x10020000 if user else 0x20000) == 0
if user:
    open("/proc/self/setgroups", "w").write("deny")
    open("/proc/self/uid_map", "w").write(f"0 {user} 1")
assert libc.mount(b"none", b"/", None, 0x44000, None) == 0
assert libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0
""",
    "B": "import ctypes\nassert ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) >= 1",
}


class Worlds:
    """Made when first asked for."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], World] = {}

    def of(self, user: str, level: str) -> World:
        if (user, level) not in self._made:
            _skip_unless_able(user, level)
            folder = Path(tempfile.mkdtemp(prefix="vt-"))
            folder.chmod(0o755)
            self._made[user, level] = World(folder / "w", USERS[user], level)
        world = self._made[user, level]
        assert world.report["is_usable"], world.report
        assert world.report["level"] == level
        return world

    def close(self) -> None:
        for world in self._made.values():
            world.close()
            world.grounds.folder.parent.rmdir()


@pytest.fixture(scope="session")
def worlds() -> Iterator[Worlds]:
    made = Worlds()
    try:
        yield made
    finally:
        made.close()


def _skip_unless_able(user: str, level: str) -> None:
    if sys.platform != "linux":
        pytest.skip("needs Linux")
    if user == "root" and os.getuid() != 0:
        pytest.skip("needs root")
    if subprocess.run(
        as_user(USERS[user], [sys.executable, "-c", _CAN[level]]), capture_output=True
    ).returncode:
        pytest.skip(f"the kernel does not offer level {level} to this user")
