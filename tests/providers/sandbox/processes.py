"""The processes of the machine, as the kernel lists them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process; what is asked of one that is gone is empty."""

    pid: int

    @classmethod
    def all(cls) -> list[Process]:
        return [cls(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()]

    def name(self) -> str:
        return self._read("comm").strip()

    def status(self) -> dict[str, str]:
        lines = (line.partition(":") for line in self._read("status").splitlines())
        return {name: value.strip() for name, _, value in lines}

    def parent(self) -> int:
        return int(self.status().get("PPid", 0))

    def private_bytes(self) -> int:
        """Its share of memory: what it has to itself and its part of what is shared."""
        lines = self._read("smaps_rollup").splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))

    def _read(self, what: str) -> str:
        try:
            return Path(f"/proc/{self.pid}/{what}").read_text("utf-8", "replace")
        except OSError:
            return ""


def descendants(pid: int) -> list[Process]:
    """Everything below the process, whatever became of those between."""
    processes = {one: one.parent() for one in Process.all()}
    family = {pid}
    while more := {one.pid for one, above in processes.items() if above in family} - family:
        family |= more
    return [Process(one) for one in sorted(family - {pid})]
