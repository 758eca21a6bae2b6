"""Small stand-ins for what the assistant works with: a sandbox, notes, a toolbox."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from vtai.core.code import CodeEvent, CodeRequest, CodeResult, SandboxReport, SessionKey
from vtai.core.errors import VTError
from vtai.core.ports import Remembered, Tool


@dataclass
class FakeSandbox:
    """Answers each run with the next script, and an error is raised; without one it printed nothing."""

    scripts: list[Sequence[CodeEvent] | VTError] = field(default_factory=list)
    requests: list[CodeRequest] = field(default_factory=list)
    ended: list[SessionKey] = field(default_factory=list)
    told: SandboxReport = field(
        default_factory=lambda: SandboxReport("fake", is_usable=True, strength="kernel", level="A")
    )

    async def report(self) -> SandboxReport:
        return self.told

    async def run(self, request: CodeRequest) -> AsyncGenerator[CodeEvent, None]:
        self.requests.append(request)
        script = self.scripts.pop(0) if self.scripts else [CodeResult("ok")]
        if isinstance(script, VTError):
            raise script
        for event in script:
            yield event

    async def end(self, session: SessionKey) -> None:
        self.ended.append(session)


@dataclass
class FakeNotes:
    kept: dict[str, list[Remembered]] = field(default_factory=dict)

    async def add(self, person: str, text: str) -> Remembered:
        notes = self.kept.setdefault(person, [])
        notes.insert(0, Remembered(f"note-{len(notes)}", text, float(len(notes))))
        return notes[0]

    async def find(self, person: str, query: str = "", limit: int = 20) -> Sequence[Remembered]:
        words = set(query.lower().split())
        notes = self.kept.get(person, [])
        return [note for note in notes if not words or words & set(note.text.lower().split())][:limit]

    async def remove(self, person: str, note_id: str) -> bool:
        notes = self.kept.get(person, [])
        self.kept[person] = [note for note in notes if note.id != note_id]
        return len(self.kept[person]) < len(notes)


@dataclass
class FakeToolbox:
    known: Sequence[Tool] = ()

    async def tools(self) -> Sequence[Tool]:
        return self.known
