"""Where code runs, and the notes that a person keeps."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from vtai.core.code import CodeEvent, CodeRequest, SandboxReport, SessionKey


class Sandbox(Protocol):
    """Runs code of people and models where it can do no harm, or refuses."""

    async def report(self) -> SandboxReport:
        """What it is and whether it may be used; tried out the first time, remembered after."""
        ...

    def run(self, request: CodeRequest) -> AsyncGenerator[CodeEvent, None]:
        """What comes of the code as it comes, and a CodeResult at the very end. Closing it stops the code.

        What goes wrong inside is a CodeResult. Raises NotConfigured where no safe sandbox is available, Busy
        where too many wait, BadAttachment for a file that cannot be put in.
        """
        ...

    async def end(self, session: SessionKey) -> None:
        """Forgets the session: its variables and files."""
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """A note that a person had kept. `at` is in seconds since the epoch."""

    id: str
    text: str
    at: float


class Notes(Protocol):
    """What people had kept, each their own. No person sees or removes another's."""

    async def add(self, person: str, text: str) -> Remembered:
        """Raises BadArguments where it is empty or too long, or where the person keeps too many."""
        ...

    async def find(self, person: str, query: str = "", limit: int = 20) -> Sequence[Remembered]:
        """Those that share most words with the query, the best first; without one the newest first."""
        ...

    async def remove(self, person: str, note_id: str) -> bool:
        """Whether there was such a note of this person's."""
        ...
