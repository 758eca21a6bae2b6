"""A conversation out of parts: hear, write down, answer, speak. The `Talks` port over the other ports.

For the answer to be spoken its turn has to ask for that (`preferences.speech.is_automatic`): what is played
comes as SpeechPieces, which are not told but given as SoundOut. `answer` may be called again with a longer
text while nothing of the first answer was told: what counts is PersonSaid with `is_final`.
"""

from __future__ import annotations

from vtai.core.ports.senses import Hearing, SpeechProvider
from vtai.core.ports.talking import Answer
from vtai.core.sound import Audio
from vtai.core.turn import Preferences
from vtai.talking.options import Decode, TalkOptions
from vtai.talking.playing import Clock
from vtai.talking.reply import Means
from vtai.talking.talk import PipelineTalk


class PipelineTalks:
    """Talks made of our own parts. `guard` is a stricter ear that decides whether somebody speaks over a
    reply, so that its echo does not; without one the common ear does."""

    def __init__(
        self,
        hearing: Hearing,
        speech: SpeechProvider,
        decode: Decode,
        guard: Hearing | None = None,
        options: TalkOptions | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._hearing = hearing
        self._speech = speech
        self._decode = decode
        self._guard = guard
        self._options = options or TalkOptions()
        self._clock = clock or Clock()

    async def open(self, answer: Answer, preferences: Preferences) -> PipelineTalk:
        """A new conversation; `aclose` it."""

        async def speak(text: str) -> Audio:
            return await self._speech.speak(text, preferences.speech, preferences.models.get("speech"))

        means = Means(speak, self._decode, self._options, self._clock)
        ear = self._hearing.listen(is_hands_free=True)
        guard = self._guard.listen(is_hands_free=True) if self._guard is not None else None
        return PipelineTalk(ear, guard, self._speech, means, answer, preferences)
