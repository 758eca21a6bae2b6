"""A voice and a reply that do what a test tells them, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from tests.fakes import FakeSpeech
from tests.handlers.sounds import wav
from vtai.core.errors import RateLimited, VTError
from vtai.core.events import Event, FileReady, SpeechPiece
from vtai.core.ports import Audio
from vtai.core.turn import SpeechOptions
from vtai.handlers.saying.sentences import Sentences

ONE, TWO, THREE = (
    f"Here is the {n} sentence, which is long enough to be a piece of its own in this text. "
    for n in ("first", "second", "third")
)
LIMITED = RateLimited("Too many requests.", "Wait a minute.")


@dataclass
class Gated(FakeSpeech):
    """Makes the sound of a text once its gate is opened; an error is raised instead."""

    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    errors: dict[str, VTError] = field(default_factory=dict)
    options: list[SpeechOptions] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most_at_once: int = 0
    cancelled: int = 0

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        self.said.append(text)
        self.options.append(options)
        self.is_asked.set()
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if gate := self.gates.get(text):
                await gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1
        if text in self.errors:
            raise self.errors[text]
        return wav(0.1)


@dataclass
class Writing:
    """A reply that is being written: texts, events, things to wait for, errors."""

    steps: list[Event | asyncio.Event | VTError]
    is_closed: bool = False

    async def events(self) -> AsyncGenerator[Event, None]:
        try:
            for step in self.steps:
                match step:
                    case asyncio.Event():
                        await step.wait()
                    case VTError():
                        raise step
                    case _:
                        yield step
        finally:
            self.is_closed = True


def pieces(events: list[Event]) -> list[SpeechPiece]:
    return [event for event in events if isinstance(event, SpeechPiece)]


def files(events: list[Event]) -> list[FileReady]:
    return [event for event in events if isinstance(event, FileReady)]


def pieces_of(markdown: str, step: int = 10_000, language: str | None = None) -> list[str]:
    sentences = Sentences(language)
    said: list[str] = []
    for start in range(0, len(markdown), step):
        said += sentences.feed(markdown[start : start + step])
    return [*said, *sentences.finish()]
