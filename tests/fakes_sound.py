"""Stand-ins for what speaks and listens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from vtai.core.errors import VTError
from vtai.core.messages import Attachment
from vtai.core.ports import Audio
from vtai.core.sound import Clip, HeardSoFar, SpokenPart, Transcript
from vtai.core.turn import SpeechOptions


@dataclass
class FakeSpeech:
    said: list[str] = field(default_factory=list)
    heard: list[Audio] = field(default_factory=list)
    transcript: str | Transcript = "hello"

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        self.said.append(text)
        return Audio(b"RIFF....WAVE", "audio/wav")

    async def transcribe(
        self, audio: Audio, language: str | None = None, model: str | None = None
    ) -> Transcript:
        self.heard.append(audio)
        if isinstance(self.transcript, Transcript):
            return self.transcript
        return Transcript((SpokenPart(0.0, 1.0, self.transcript),) if self.transcript else ())


@dataclass
class FakeRecordings:
    """Every file holds these clips, or raises the error."""

    known: Sequence[Clip] | VTError = (Clip(0.0, 2.0, Audio(b"RIFF....WAVE", "audio/wav")),)
    opened: list[str] = field(default_factory=list)

    async def clips(self, file: Attachment, most_s: float = 30.0) -> AsyncGenerator[Clip, None]:
        self.opened.append(file.name)
        if isinstance(self.known, VTError):
            raise self.known
        for clip in self.known:
            yield clip


@dataclass
class FakeTranscripts:
    """Hears what it was told of each name, in one go, and "hello" in the others; an error is raised."""

    transcripts: dict[str, Transcript | VTError] = field(default_factory=dict)
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    is_remembering: bool = True

    async def listen(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> AsyncGenerator[HeardSoFar | Transcript, None]:
        self.asked.append((file.name, language, model))
        found = self.transcripts.get(file.name, Transcript((SpokenPart(0.0, 1.0, "hello"),)))
        if isinstance(found, VTError):
            raise found
        half = len(found.parts) // 2
        yield HeardSoFar(found.parts[:half], 0.5)
        yield HeardSoFar(found.parts[half:], 1.0)
        yield found

    async def known(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> Transcript | None:
        found = self.transcripts.get(file.name)
        return found if isinstance(found, Transcript) and self.is_remembering else None
