"""Real speech through the socket: the program as people start it hears, writes down and routes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.standins.remote import RemoteFast
from tests.ui.browser import Tab
from tests.ui.program import Program
from vtai.ui import voice

if TYPE_CHECKING:
    from tests.providers.hearing.sounds import Piece, Sound

pytestmark = [pytest.mark.slow, pytest.mark.model]

_PAGE_CLOCK_MS = 170.0


@pytest.fixture(scope="module")
def vendor() -> Iterator[RemoteFast]:
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def program(vendor: RemoteFast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    pytest.importorskip("moonshine_voice", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("speech")
    variables = {
        "HOME": str(folder),
        "OPENAI_API_KEY": "sk-of-the-test",
        "OPENAI_BASE_URL": vendor.url,
        "VT_TRANSCRIPTION_MODEL": "embedded",
        "VT_KEYLESS_SEARCH": "off",
    }
    with Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables) as program:
        yield program


@pytest.fixture(autouse=True)
def forgetful(vendor: RemoteFast) -> None:
    vendor.reset()


async def say(tab: Tab, sound: Sound, order: Callable[[list[Piece]], list[Piece]] = list) -> None:
    """Speaks into the microphone as the page sends it, as fast as the connection takes it."""
    from tests.providers.hearing import sounds

    await tab.press_microphone()
    await tab.send_sound(order(sounds.pieces(sounds.microphone(sound), began_ms=_PAGE_CLOCK_MS)))


async def transcript(tab: Tab, number: int = 1) -> str:
    """The person's message, in small letters, once it is answered."""
    await tab.until(lambda: len(tab.ended) == number or len(tab.toasts) > 0)
    assert tab.toasts == []
    return str(tab.screen.of_kind("user_message")[number - 1]["output"]).lower()


def clean(name: str) -> Sound:
    from tests.providers.hearing import sounds

    return sounds.in_a_room(sounds.silence(1.0), sounds.spoken(name), sounds.silence(2.0))


def in_noise(name: str) -> Sound:
    from tests.providers.hearing import sounds

    return sounds.noisy(clean(name), "pink", 18.0)


def with_a_pause(name: str) -> Sound:
    """With half a second of thinking in the middle."""
    import numpy as np

    from tests.providers.hearing import sounds

    words = sounds.spoken(name)
    quiet = min(
        range(words.size // 3, 2 * words.size // 3, 160), key=lambda at: abs(words[at : at + 800]).max()
    )
    parts = (words[:quiet], sounds.silence(0.5), words[quiet:])
    return sounds.in_a_room(sounds.silence(0.6), np.concatenate(parts), sounds.silence(2.0))


def swapped(ordered: list[Piece]) -> list[Piece]:
    from tests.providers.hearing import sounds

    return sounds.shuffled(ordered)


def late(ordered: list[Piece]) -> list[Piece]:
    """Every seventh piece comes after the one that follows it."""
    mixed = list(ordered)
    for at in range(3, len(mixed) - 1, 7):
        mixed[at], mixed[at + 1] = mixed[at + 1], mixed[at]
    return mixed


@pytest.mark.parametrize(
    ("sound", "order", "name", "words", "route"),
    [
        (clean, list, "weather", ("weather", "paris", "tomorrow"), "web-search"),
        (clean, list, "story", ("story", "fisherman", "daughters"), "text"),
        (clean, list, "search", ("search the web", "solar"), "web-search"),
        (in_noise, list, "letter", ("letter", "landlord", "heating"), "text"),
        (with_a_pause, list, "letter", ("letter", "landlord", "heating"), "text"),
        (clean, swapped, "letter", ("letter", "landlord", "heating"), "text"),
        (clean, late, "weather", ("weather", "paris", "tomorrow"), "web-search"),
    ],
    ids=["weather", "story", "search", "in noise", "with a pause", "shuffled", "late"],
)
async def test_speech_becomes_its_words_and_goes_where_typed_words_would(
    program: Program,
    vendor: RemoteFast,
    sound: Callable[[str], Sound],
    order: Callable[[list[Piece]], list[Piece]],
    name: str,
    words: tuple[str, ...],
    route: str,
) -> None:
    vendor.script(text="Gladly.")
    async with Tab(program.url) as tab:
        await say(tab, sound(name), order)
        heard = await transcript(tab)
        assert [word for word in words if word not in heard] == []
        assert tab.screen.footer["props"]["route"]["name"] == route
        assert tab.screen.named("audio_connection") == ["on", "off"]


async def test_the_answer_to_what_was_said_is_the_vendor_s(program: Program, vendor: RemoteFast) -> None:
    vendor.script(text="Once upon a time.")
    async with Tab(program.url) as tab:
        await say(tab, clean("story"))
        heard = await transcript(tab)
        assert tab.answers == ["Once upon a time."]
        asked = vendor.requests[-1]["body"]["messages"][-1]["content"]
        assert asked.lower() == heard


@pytest.mark.parametrize(
    ("kind", "db", "told"),
    [
        ("white", -80.0, voice.NOTHING_HEARD),
        ("pink", -25.0, voice.ONLY_NOISE),
        ("hum", -25.0, voice.ONLY_NOISE),
    ],
    ids=["silence", "noise", "hum"],
)
async def test_without_words_nothing_is_sent(
    program: Program, vendor: RemoteFast, kind: str, db: float, told: str
) -> None:
    from tests.providers.hearing import sounds

    async with Tab(program.url) as tab:
        await say(tab, sounds.noise(kind, 9.0, db))
        await tab.until(lambda: bool(tab.toasts))
        assert tab.toasts == [told]
        assert tab.screen.of_kind("user_message") == []
    assert vendor.requests == []


async def test_two_people_at_once_are_each_understood(program: Program, vendor: RemoteFast) -> None:
    for _ in range(2):
        vendor.script(text="Gladly.")
    async with Tab(program.url) as one, Tab(program.url) as other:
        await say(one, clean("story"))
        await say(other, clean("letter"))
        first, second = await transcript(one), await transcript(other)
    assert "fisherman" in first
    assert "landlord" in second
    assert "landlord" not in one.everything.lower()
    assert "fisherman" not in other.everything.lower()
