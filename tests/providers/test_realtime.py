"""A realtime model, its wire and its place beside the routing."""

from __future__ import annotations

import asyncio

import pytest

from tests.providers.realtime_stage import WEB, stage_of
from tests.talking.scene import (
    DECISION,
    said,
)
from vtai.core.events import Failed, Notice, RouteChosen, TextDelta, Usage
from vtai.core.ports.talking import HearingBegan, PersonBegan, PersonSaid, ReplyEnded


async def test_the_microphone_reaches_the_vendor_in_order() -> None:
    async with stage_of() as stage:
        pieces = [bytes([number]) * 960 for number in range(4)]
        for number in (0, 2, 1, 3):
            await stage.talk.feed(pieces[number], at_ms=1000.0 + 20 * number)
        await stage.talk.feed(bytes(960))
        await stage.server.until(lambda: len(stage.server.heard) >= 5 * 960)
        assert stage.server.heard[: 4 * 960] == b"".join(pieces)


async def test_an_exchange_is_written_down_routed_and_heard() -> None:
    async with stage_of() as stage:
        await stage.server.person("what time is it")
        await stage.server.respond("It is noon.", seconds=2.0)
        await stage.until_ended()
        await stage.until_told(HearingBegan, 2)
        assert stage.final == ["what time is it"]
        assert stage.told[0] == RouteChosen(DECISION)
        assert "".join(event.text for event in stage.told if isinstance(event, TextDelta)) == "It is noon. "
        assert stage.sound_s == pytest.approx(2.0)
        assert stage.answers.asked == []
        order = [type(event) for event in stage.events]
        assert order[:4] == [HearingBegan, PersonBegan, PersonSaid, type(stage.events[3])]
        assert order[-2:] == [ReplyEnded, HearingBegan]


async def test_nothing_of_the_answer_is_heard_before_the_routing_is_known() -> None:
    async with stage_of() as stage:
        item = await stage.server.begin()
        await stage.server.end(item)
        await stage.server.respond("It is noon.")
        await stage.until_told(PersonBegan)
        await stage.server.send("error", error={"type": "server_error", "code": "odd", "message": "odd"})
        await stage.until(lambda _: bool(stage.told))
        assert stage.sound_s == 0
        assert [type(event) for event in stage.told] == [Notice]
        await stage.server.write_down(item, "what time is it")
        await stage.until_ended()
        assert stage.final == ["what time is it"]
        assert stage.sound_s == pytest.approx(1.0)


async def test_what_it_costs_is_counted_by_words_and_sound() -> None:
    async with stage_of() as stage:
        await stage.server.person("what time is it")
        await stage.server.respond("It is noon.")
        await stage.until_ended()
        (usage,) = [event for event in stage.told if isinstance(event, Usage)]
        expected = ((132 - 13 - 64) * 4.0 + 13 * 32.0 + 64 * 0.4 + 30 * 24.0 + 91 * 64.0) / 1e6
        assert usage == Usage("gpt-realtime", 132, 121, pytest.approx(expected))


async def test_a_route_that_the_model_cannot_serve_is_answered_by_us_with_our_voice() -> None:
    ours = [RouteChosen(WEB), *said("The bridge opens in May.")[1:]]
    async with stage_of(ours, decision=WEB) as stage:
        item = await stage.server.begin()
        await stage.server.end(item)
        response = await stage.server.respond("I do not know.", is_whole=False)
        await stage.server.write_down(item, "when does the bridge open")
        await stage.until_ended()
        assert stage.answers.asked == ["when does the bridge open"]
        assert stage.told[0] == RouteChosen(WEB)
        assert TextDelta("I do not know. ") not in stage.told
        assert stage.sound_s == pytest.approx(1.0)
        await stage.server.until(lambda: bool(stage.server.of("conversation.item.create")))
        assert [event["response_id"] for event in stage.server.of("response.cancel")] == [response]
        assert stage.server.of("conversation.item.delete")
        (created,) = stage.server.of("conversation.item.create")
        assert created["item"]["content"] == [{"type": "output_text", "text": "The bridge opens in May."}]


async def test_an_answer_that_comes_after_we_took_over_is_refused() -> None:
    async with stage_of([RouteChosen(WEB), asyncio.Event()], decision=WEB) as stage:
        await stage.server.person("when does the bridge open")
        await stage.until(lambda _: bool(stage.answers.asked))
        response = await stage.server.respond("I do not know.", is_whole=False)
        await stage.server.until(lambda: bool(stage.server.of("response.cancel")))
        assert stage.server.of("response.cancel")[0]["response_id"] == response
        assert stage.sound_s == 0


async def test_speaking_over_the_answer_stops_it_and_says_how_much_was_heard() -> None:
    async with stage_of() as stage:
        await stage.server.person("tell me a tale")
        await stage.server.respond("A long tale.", seconds=8.0)
        await stage.until(lambda _: stage.sound_s > 0)
        await stage.time.advance(2.0)
        before_s = stage.sound_s
        assert before_s < 4
        await stage.server.begin()
        await stage.until_told(ReplyEnded)
        assert PersonBegan(is_barging=True) in stage.events
        assert stage.of(ReplyEnded)[0].is_cut  # type: ignore[attr-defined]
        await stage.server.until(lambda: bool(stage.server.of("conversation.item.truncate")))
        (truncated,) = stage.server.of("conversation.item.truncate")
        assert truncated["content_index"] == 0
        assert truncated["audio_end_ms"] == pytest.approx(2000, abs=100)
        assert not stage.server.of("response.cancel")
        await stage.time.advance(5.0)
        assert stage.sound_s == before_s


async def test_speaking_over_an_answer_that_is_still_made_cancels_it_and_ignores_its_rest() -> None:
    async with stage_of() as stage:
        await stage.server.person("tell me a tale")
        response = await stage.server.respond("A long tale.", seconds=3.0, is_whole=False)
        await stage.until(lambda _: stage.sound_s > 0)
        item = await stage.server.begin()
        await stage.server.until(lambda: bool(stage.server.of("response.cancel")))
        assert stage.server.of("response.cancel")[0]["response_id"] == response
        await stage.server.end(item)
        await stage.server.write_down(item, "a short one")
        await stage.server.respond("Once.")
        await stage.until_ended(2)
        assert stage.final == ["tell me a tale", "a short one"]


async def test_our_own_answer_stops_when_somebody_speaks_over_it() -> None:
    async with stage_of([*said("A long tale.", seconds=6.0), asyncio.Event()], decision=WEB) as stage:
        await stage.server.person("tell me a tale")
        await stage.until(lambda _: stage.sound_s > 0)
        await stage.server.begin()
        await stage.until_told(ReplyEnded)
        await stage.until(lambda _: stage.answers.ended == ["stopped"])


async def test_who_goes_on_after_a_pause_is_one_turn() -> None:
    async with stage_of() as stage:
        first = await stage.server.begin()
        await stage.server.end(first)
        await stage.server.respond("It is", is_whole=False)
        second = await stage.server.begin()
        await stage.server.write_down(first, "what is the weather")
        await stage.server.end(second)
        await stage.server.write_down(second, "in Berlin")
        await stage.server.respond("Sunny.")
        await stage.until_ended()
        assert stage.final == ["what is the weather in Berlin"]
        assert "".join(event.text for event in stage.told if isinstance(event, TextDelta)) == "Sunny. "


async def test_noise_is_not_answered() -> None:
    async with stage_of() as stage:
        item = await stage.server.begin()
        await stage.server.end(item)
        await stage.server.respond("Sorry?", is_whole=False)
        await stage.server.write_down(item, "[noise]")
        await stage.until_told(HearingBegan, 2)
        await stage.server.until(lambda: bool(stage.server.of("response.cancel")))
        assert not stage.final
        assert stage.sound_s == 0
        await stage.server.begin()
        await stage.until_told(PersonBegan, 2)
        assert stage.events[-1] == PersonBegan()


async def test_words_that_cannot_be_written_down_are_answered_all_the_same() -> None:
    async with stage_of() as stage:
        await stage.server.person(None)
        await stage.server.respond("It is noon.")
        await stage.until_ended()
        assert stage.final == [""]
        assert stage.sound_s == pytest.approx(1.0)


async def test_words_that_never_come_are_not_waited_for_for_ever() -> None:
    async with stage_of() as stage:
        item = await stage.server.begin()
        await stage.server.end(item)
        await stage.server.respond("It is noon.")
        await stage.until_ended()
        assert stage.final == [""]


async def test_interrupt_stops_the_answer() -> None:
    async with stage_of() as stage:
        await stage.server.person("tell me a tale")
        await stage.server.respond("A long tale.", seconds=6.0)
        await stage.until(lambda _: stage.sound_s > 0)
        await stage.talk.interrupt()
        await stage.until_told(ReplyEnded)
        await stage.server.until(lambda: bool(stage.server.of("conversation.item.truncate")))


async def test_an_answer_that_fails_is_told_and_said() -> None:
    async with stage_of() as stage:
        await stage.server.person("hello")
        await stage.server.send("response.created", response={"id": "resp_x"})
        await stage.until_told(PersonSaid)
        error = {"type": "server_error", "code": "server_error"}
        await stage.server.done("resp_x", "failed", error=error)
        await stage.until_ended()
        assert [event for event in stage.told if isinstance(event, Failed)]
        assert "trouble" in stage.speech.said[0]
