"""Watches what the kernel has no limit for: the memory that a session really holds, and its folder on a disk.

Time on the processor too, which the kernel limits without saying so.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vtai.core.code import RunStatus
from vtai.providers.sandbox.engine import SandboxOptions

MEMORY_EVERY_S: Final = 0.1
FOLDER_EVERY_S: Final = 0.3
MOST_DEPTH: Final = 64
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


async def watch(
    pid: int, options: SandboxOptions, folder: Path | None, on_excess: Callable[[RunStatus], None]
) -> None:
    """Looks again and again until it is cancelled, or calls `on_excess` with what was too much and ends."""
    async with asyncio.TaskGroup() as both:
        tasks = [both.create_task(_watch_memory(pid, options, on_excess))]
        if folder is not None:
            tasks.append(both.create_task(_watch_folder(folder, options, on_excess)))


async def _watch_memory(pid: int, options: SandboxOptions, on_excess: Callable[[RunStatus], None]) -> None:
    # Before the kernel does it, who does not say why.
    most_cpu_s = options.cpu_s - 2 * MEMORY_EVERY_S
    while resident_bytes(pid) <= options.resident_bytes:
        if cpu_s(pid) > most_cpu_s:
            on_excess("timeout")
            return
        await asyncio.sleep(MEMORY_EVERY_S)
    on_excess("memory")


async def _watch_folder(
    folder: Path, options: SandboxOptions, on_excess: Callable[[RunStatus], None]
) -> None:
    while True:
        if not await asyncio.to_thread(is_within, folder, options.workspace_bytes, options.workspace_files):
            break
        await asyncio.sleep(FOLDER_EVERY_S)
    on_excess("disk_limit")


def resident_bytes(pid: int) -> int:
    """The memory that the process and its children hold; 0 where they are gone."""
    total, todo, seen = 0, [pid], 0
    while todo and seen < 256:
        current = todo.pop()
        seen += 1
        with suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{current}/statm").read_text().split()[1]) * _PAGE_BYTES
            todo += map(int, Path(f"/proc/{current}/task/{current}/children").read_text().split())
    return total


def free_bytes() -> int | None:
    """The memory of the machine that could be used now; None where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


def cpu_s(pid: int) -> float:
    """The time on the processor that the process has had; 0 where it is gone."""
    with suppress(OSError, ValueError, IndexError):
        # The name in brackets may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def is_within(folder: Path, most_bytes: int, most_files: int) -> bool:
    """Whether the folder holds no more than that. No link is followed and nothing but folders is opened,
    whatever is swapped for what at the same time.
    """
    room = _Room(most_bytes, most_files)
    with suppress(OSError):
        _count(os.open(folder, _FOLDER), room, 0)
    return not room.is_used_up


@dataclass(slots=True)
class _Room:
    """What may still be found."""

    bytes: int
    entries: int

    @property
    def is_used_up(self) -> bool:
        return self.bytes < 0 or self.entries < 0


def _count(folder: int, room: _Room, depth: int) -> None:
    """Takes what the folder holds off the room; closes the folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    room.entries -= 1
                    room.bytes -= found.st_blocks * 512
                    if stat.S_ISDIR(found.st_mode):
                        _enter(entry.name, folder, room, depth + 1)
                if room.is_used_up:
                    return
    finally:
        os.close(folder)


def _enter(name: str, parent: int, room: _Room, depth: int) -> None:
    if depth > MOST_DEPTH:
        room.entries = -1
        return
    _count(os.open(name, _FOLDER, dir_fd=parent), room, depth)
