"""Sound of any container as samples at 24 kHz."""

from __future__ import annotations

import io

import pytest

from tests.talking.scene import wav
from vtai.core.errors import BadAttachment
from vtai.core.sound import Audio
from vtai.providers import pcm


def encoded(suffix: str, codec: str, seconds: float = 1.0, rate_hz: int = 48_000) -> bytes:
    """A tone in another container."""
    import av
    import numpy as np

    made = io.BytesIO()
    with av.open(made, "w", format=suffix) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        times = np.arange(round(seconds * rate_hz)) / rate_hz
        tone = (0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(tone[None, :], format="fltp", layout="mono")
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(format=stream.format, layout=stream.layout, rate=rate_hz)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return made.getvalue()


@pytest.mark.parametrize(
    ("rate_hz", "channels"), [(24_000, 1), (22_050, 1), (16_000, 1), (44_100, 2)], ids=str
)
async def test_wav_of_any_rate_keeps_its_length(rate_hz: int, channels: int) -> None:
    samples = await pcm.samples_24k(Audio(wav(2.0, rate_hz, channels), "audio/wav"))
    assert len(samples) / 48_000 == pytest.approx(2.0, abs=0.01)


async def test_wav_whose_header_promises_too_much_is_played_as_far_as_it_goes() -> None:
    data = bytearray(wav(1.0))
    data[40:44] = b"\xff\xff\xff\x7f"
    assert len(await pcm.samples_24k(Audio(bytes(data), "audio/wav"))) == 48_000


@pytest.mark.parametrize(("container", "codec"), [("mp3", "mp3"), ("ogg", "libopus"), ("flac", "flac")])
async def test_other_containers_are_decoded(container: str, codec: str) -> None:
    import numpy as np

    samples = await pcm.samples_24k(Audio(encoded(container, codec), "audio/mpeg"))
    values = np.frombuffer(samples, "<i2").astype(np.float64)
    assert len(values) / 24_000 == pytest.approx(1.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(values[:24_000]))
    assert np.argmax(spectrum) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(
    "data", [b"", b"no sound at all", b"RIFF....WAVE"], ids=["empty", "text", "a header"]
)
async def test_what_is_no_sound_is_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(BadAttachment) as caught:
        await pcm.samples_24k(Audio(data, "audio/mpeg"))
    assert "sound" in caught.value.message


async def test_sound_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcm, "_MOST_BYTES", 48_000)
    with pytest.raises(BadAttachment, match="too long"):
        await pcm.samples_24k(Audio(wav(3.0), "audio/wav"))
