"""The player of one reply: its sentences as they are made, and the whole as a file at the end.

Makes the properties of `site/public/elements/Speech.jsx`.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from vtai.core.events import FileReady, SpeechPiece
from vtai.ui.paper import Kept, Paper, Step, new_id

State = Literal["making", "done", "stopped", "failed"]

# What speech is called by those who make it; other sound is a file like any.
_SPEECH: Final = re.compile(r"speech(-\d+)?(\.\w+)?")
# So many sentences are sent anew with each one more: the page has those before.
_MOST_PIECES: Final = 40
_MOST_CHARACTERS: Final = 300


def is_speech(file: FileReady) -> bool:
    """Whether the file is a reply, spoken."""
    return file.media_type.startswith("audio/") and _SPEECH.fullmatch(file.name) is not None


class Player:
    """Call `take` as sound comes, and `finish` in any case. `reply` tells it from others.

    It plays by itself from the first sentence on. There is one a reply: made again, it takes the place of the
    one before.
    """

    def __init__(self, paper: Paper, reply: str) -> None:
        self.kept: list[Kept] = []
        self._paper = paper
        self._reply = reply
        self._id = new_id()
        self._step: Step | None = None
        self._state: State = "making"
        self._pieces: list[tuple[str, str]] = []
        self._files: list[Kept] = []
        self._words: list[str] = []

    @property
    def is_shown(self) -> bool:
        return self._step is not None

    @property
    def text(self) -> str:
        """What is said, in words."""
        return " ".join(self._words)

    async def show(self, step: Step) -> None:
        """Stands in the step, even before there is a sound."""
        self._step = self._step or step
        await self._place()

    async def take(self, step: Step, event: SpeechPiece | FileReady) -> None:
        """Sound, to be heard in the step."""
        if isinstance(event, SpeechPiece):
            await self._piece(step, event)
        else:
            await self._add(step, event)

    async def _piece(self, step: Step, event: SpeechPiece) -> None:
        """Keeps one more sentence, to be played after those before."""
        kept = await self._paper.keep("sentence", event.media_type, event.data)
        self.kept.append(kept)
        self._pieces.append((kept.key, _shortened(event.text)))
        self._words.append(event.text)
        await self.show(step)

    async def _add(self, step: Step, event: FileReady) -> None:
        """Keeps the whole, or the next part of it where it is very long."""
        kept = await self._paper.keep(event.name, event.media_type, event.data)
        self.kept.append(kept)
        self._files.append(kept)
        if not self._pieces:
            self._words.append(event.caption)
        await self.show(step)

    async def finish(self, state: State) -> None:
        """No more comes. Where nothing came, there is no player."""
        self._state = state
        if self._step is None:
            return
        if self.kept:
            await self._place()
        else:
            await self._paper.take_out(self._key)
            self._step = None

    @property
    def _key(self) -> str:
        return f"speech-{self._reply}"

    async def _place(self) -> None:
        if self._step is not None:
            await self._paper.place_custom(self._step, "Speech", self._props(), self._key)

    def _props(self) -> dict[str, Any]:
        first = max(0, len(self._pieces) - _MOST_PIECES) if self._state == "making" else 0
        return {
            "reply": self._reply,
            "id": self._id,
            "state": self._state,
            # A file without sentences was heard already.
            "begins": bool(self._pieces) or not self._files,
            "first": first,
            "pieces": [{"key": key, "text": text} for key, text in self._pieces[first:]],
            "files": [
                {"key": kept.key, "name": kept.file.name, "text": _shortened(self.text)}
                for kept in self._files
            ],
        }


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
