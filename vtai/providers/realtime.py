"""Speech to speech with a vendor's realtime model, over a WebSocket in OpenAI's shape: the `Talks` port."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vtai.core.errors import BadRequest, NotConfigured
from vtai.providers import realtime_wire
from vtai.providers.error_sentences import explained
from vtai.providers.realtime_link import Link
from vtai.providers.realtime_talk import Decide, Parts, RealtimeTalk
from vtai.providers.realtime_wire import Address, RealtimeWire
from vtai.talking.options import Decode, TalkOptions
from vtai.talking.playing import Clock
from vtai.talking.reply import Means

if TYPE_CHECKING:
    from vtai.core.ports import Audio, Model, SpeechProvider
    from vtai.core.ports.talking import Answer
    from vtai.core.turn import Preferences
    from vtai.providers.catalogue import TomlCatalogue


class RealtimeTalks:
    """Talks with the model that the catalogue chooses for "realtime".

    `decide` tells the route of what was said, for the log. Where the model cannot serve that route the
    door's `answer` is asked instead: its turn has to want replies spoken, and `speech` and `decode` serve
    what is said beside it. `instructions` are the model's.
    """

    def __init__(
        self,
        catalogue: TomlCatalogue,
        decide: Decide,
        speech: SpeechProvider,
        decode: Decode,
        instructions: str = "",
        connect_s: float = 10.0,
        options: TalkOptions | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._decide = decide
        self._speech = speech
        self._decode = decode
        self._instructions = instructions
        self._connect_s = connect_s
        self._options = options or TalkOptions()
        self._clock = clock or Clock()

    async def open(self, answer: Answer, preferences: Preferences) -> RealtimeTalk:
        """A new conversation; `aclose` it. Raises NotConfigured, UnknownName or ProviderError."""
        model = self._chosen(preferences)
        address = Address(model, self._catalogue.endpoint(model), self._connect_s)
        wire, notice = await self._opened(address, preferences)
        if notice:
            preferences = replace(preferences, speech=replace(preferences.speech, voice=None))

        async def reopen() -> RealtimeWire:
            return (await self._opened(address, preferences))[0]

        async def speak(text: str) -> Audio:
            return await self._speech.speak(text, preferences.speech, preferences.models.get("speech"))

        means = Means(speak, self._decode, self._options, self._clock)
        parts = Parts(self._decide, answer, means, self._catalogue.sound_prices(model))
        return RealtimeTalk(Link(wire, address, reopen), parts, (notice,) if notice else ())

    def _chosen(self, preferences: Preferences) -> Model:
        model = self._catalogue.choose("realtime", preferences.models.get("realtime"))
        if self._catalogue.vendors[model.vendor].wire != "openai":
            raise NotConfigured(
                f"{model.name} does not hold conversations over a WebSocket that is known here.",
                "Choose a model of OpenAI or of a server that speaks like it.",
            )
        if not self._catalogue.is_configured(model.vendor):
            raise explained("missing key", self._catalogue.endpoint(model), model)
        return model

    async def _opened(self, address: Address, preferences: Preferences) -> tuple[RealtimeWire, str]:
        """A connection, and what is to be said of it. A voice that the model does not know is left out."""
        endpoint, instructions = address.endpoint, self._instructions
        session = realtime_wire.session_of(endpoint, preferences, instructions)
        try:
            return await realtime_wire.opened(address, session), ""
        except BadRequest as error:
            if not preferences.speech.voice:
                raise
            plainer = realtime_wire.session_of(endpoint, preferences, instructions, has_voice=False)
            try:
                wire = await realtime_wire.opened(address, plainer)
            except BadRequest:
                raise error from None
            return wire, f"{address.model.name} has no voice {preferences.speech.voice!r}; it takes its own."
