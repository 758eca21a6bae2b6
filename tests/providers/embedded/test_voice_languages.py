"""Which voice the packaged engine takes: the one that was asked for, else that of the text's language."""

from __future__ import annotations

import pytest

from vtai.core import languages
from vtai.core.errors import UnknownName
from vtai.core.turn import SpeechOptions
from vtai.providers.embedded.voice import EmbeddedVoice

GERMAN = "Guten Morgen, wie geht es dir heute?"


async def sound(text: str, **options: str | None) -> bytes:
    return (await EmbeddedVoice().speak(text, SpeechOptions(**options))).data  # type: ignore[arg-type]


async def test_a_text_is_spoken_by_the_voice_of_its_language() -> None:
    told, chosen, english = (
        await sound(GERMAN),
        await sound(GERMAN, voice="de"),
        await sound(GERMAN, voice="en-us"),
    )
    assert told == chosen != english


async def test_a_known_language_goes_before_what_the_text_looks_like() -> None:
    assert await sound("Taxi", language="fr") == await sound("Taxi", voice="fr")


async def test_a_voice_that_was_chosen_goes_before_the_language() -> None:
    assert await sound(GERMAN, voice="en-gb", language="de") == await sound(GERMAN, voice="en-gb")


# Some variants, such as +f3, breathe by chance and never sound the same twice.
@pytest.mark.parametrize(("name", "voice"), [("German", "de"), ("english", "en-us"), ("Deutsch+m2", "de+m2")])
async def test_a_voice_may_be_the_name_of_a_language(name: str, voice: str) -> None:
    assert await sound(GERMAN, voice=name) == await sound(GERMAN, voice=voice)


async def test_an_unknown_voice_is_refused_with_names_of_others() -> None:
    with pytest.raises(UnknownName) as caught:
        await sound("Hello", voice="alloy")
    assert "alloy" in caught.value.message
    assert "en-us" in caught.value.hint


@pytest.mark.parametrize("code", list(languages.known()))
async def test_every_language_that_is_told_apart_has_a_voice(code: str) -> None:
    assert len(await sound("1 2 3", language=code)) > 10_000
