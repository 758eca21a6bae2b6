"""A conversation by voice, whoever leads it: our parts one after the other, or a vendor's realtime model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol

from vtai.core.events import Event
from vtai.core.turn import Preferences


@dataclass(frozen=True, slots=True)
class HearingBegan:
    """The microphone is open; whoever speaks is heard."""


@dataclass(frozen=True, slots=True)
class PersonBegan:
    """The person begins to speak. A reply that is being said has ended: `is_barging`."""

    is_barging: bool = False


@dataclass(frozen=True, slots=True)
class PersonSaid:
    """What the person said. `is_final`: it will not change any more and is being answered."""

    text: str
    is_final: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the reply, as `Chat.reply` gives them; RouteChosen first."""

    event: Event


@dataclass(frozen=True, slots=True)
class SoundOut:
    """A piece of what is said aloud: 16 bit mono samples at 24 kHz."""

    samples: bytes


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The reply is spoken out or broken off; the person may speak. `stages_ms` says what took how long."""

    is_cut: bool = False
    stages_ms: tuple[tuple[str, float], ...] = ()


TalkEvent = HearingBegan | PersonBegan | PersonSaid | Told | SoundOut | ReplyEnded

# Answers what the person said; the events of `Chat.reply`.
Answer = Callable[[str], AsyncGenerator[Event, None]]


class Talk(Protocol):
    """One conversation by voice. `feed` is called as the sound comes, `events` is read all the while."""

    async def feed(self, samples: bytes, at_ms: float | None = None) -> None:
        """16 bit mono samples at 24 kHz from the microphone."""
        ...

    def events(self) -> AsyncGenerator[TalkEvent, None]:
        """What happens, until it is closed. Raises VTError where it cannot go on."""
        ...

    async def interrupt(self) -> None:
        """Stops what is being said and answered."""
        ...

    async def aclose(self) -> None: ...


class Talks(Protocol):
    """Ways to talk."""

    async def open(self, answer: Answer, preferences: Preferences) -> Talk:
        """A new conversation. Raises NotConfigured or ProviderError."""
        ...
