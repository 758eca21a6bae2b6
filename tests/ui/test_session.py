"""What is remembered of a chat."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest

from vtai.core.errors import Busy
from vtai.core.messages import Attachment
from vtai.core.turn import Preferences, Turn
from vtai.ui.paper import Kept
from vtai.ui.session import Exchange, Visit


def visit_with(*exchanges: tuple[str, str]) -> Visit:
    visit = Visit(Preferences())
    for number, (said, answer) in enumerate(exchanges):
        visit.add(Exchange(str(number), Turn(said), answer, route="text"))
    return visit


def said(turn: Turn) -> list[str]:
    return [message.text for message in turn.history]


def test_the_history_has_each_message_once_and_ends_before_the_turn() -> None:
    visit = visit_with(("one", "first"), ("two", "second"), ("three", ""))
    turn = visit.turn_for(visit.exchanges[-1])
    assert turn.text == "three"
    assert said(turn) == ["one", "first", "two", "second"]
    assert turn.previous_route == "text"


def test_a_message_that_got_no_answer_is_no_part_of_the_history() -> None:
    visit = visit_with(("one", ""), ("two", ""))
    assert said(visit.turn_for(visit.exchanges[-1])) == []


PICTURE = Attachment("fox.png", "image/png", Path("/kept/1"), 4)


def test_the_pictures_of_an_answer_are_part_of_the_history_also_without_a_word() -> None:
    visit = visit_with(("draw a fox", ""), ("make it bluer", ""))
    visit.exchanges[0].files = (PICTURE,)
    asked, answered = visit.turn_for(visit.exchanges[1]).history
    assert (asked.role, asked.text) == ("user", "draw a fox")
    assert (answered.role, answered.text, answered.attachments) == ("assistant", "", (PICTURE,))


def test_an_answer_that_only_tools_gave_is_part_of_the_history_with_their_work() -> None:
    visit = visit_with(("average?", ""), ("and in May?", ""))
    visit.exchanges[0].work = "Tool run_python, called."
    _, answered = visit.turn_for(visit.exchanges[1]).history
    assert (answered.text, answered.work) == ("", "Tool run_python, called.")


def test_a_chat_has_an_id_of_its_own_that_stays() -> None:
    visit, other = visit_with(("one", "first"), ("two", "")), visit_with(("one", ""))
    first, second = (visit.turn_for(exchange).conversation for exchange in visit.exchanges)
    assert first == second == visit.conversation
    assert len(first) == 36
    assert first != other.turn_for(other.exchanges[0]).conversation


def test_what_is_always_allowed_goes_into_each_turn() -> None:
    visit = visit_with(("one", ""))
    visit.desk.allowed.add("send_mail")
    assert visit.turn_for(visit.exchanges[0]).allowed_tools == {"send_mail"}


def kept(key: str, size: int) -> Kept:
    return Kept(key, Attachment(f"{key}.csv", "text/csv", Path("/kept") / key, size))


def test_of_files_that_are_too_large_together_the_oldest_go() -> None:
    visit = visit_with(("one", "first"), ("two", "second"))
    made = [kept("a", 200_000_000), kept("b", 200_000_000), kept("c", 200_000_000)]
    visit.exchanges[0].files = tuple(each.file for each in made[:2])
    visit.keep(made[:2])
    assert visit.outdated == []
    visit.exchanges[1].files = (made[2].file,)
    visit.keep(made[2:])
    assert visit.outdated == ["a"]
    assert [file.name for each in visit.exchanges for file in each.files] == ["b.csv", "c.csv"]


def test_one_file_that_is_too_large_stays_until_there_is_another() -> None:
    visit = visit_with(("one", "first"))
    visit.keep([kept("a", 900_000_000)])
    assert visit.outdated == []


async def test_a_chat_that_closes_waits_until_what_ran_has_cleaned_up() -> None:
    visit, order = Visit(Preferences()), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            order.append("cleaned up")

    visit.start(work())
    await asyncio.sleep(0)
    await visit.close()
    assert order == ["cleaned up"]
    await visit.close()


def test_an_older_turn_is_asked_again_with_the_history_it_had() -> None:
    visit = visit_with(("one", "first"), ("two", "second"), ("three", "third"))
    assert said(visit.turn_for(visit.exchanges[1])) == ["one", "first"]


def test_a_reroute_wins_over_the_command_and_the_picker() -> None:
    exchange = Exchange("0", Turn("draw", command="image", route="text"))
    visit = Visit(Preferences(), exchanges=[exchange])
    turn = visit.turn_for(exchange, "vision")
    assert (turn.route, turn.command) == ("vision", None)


def test_cutting_forgets_the_message_and_all_after_it() -> None:
    visit = visit_with(("one", "first"), ("two", "second"), ("three", "third"))
    cut = visit.cut("1")
    assert cut is not None
    assert cut.turn.text == "two"
    assert [exchange.turn.text for exchange in visit.exchanges] == ["one"]
    assert visit.cut("1") is None


async def test_replies_come_one_after_the_other() -> None:
    visit, order = Visit(Preferences()), list[str]()

    async def work(name: str) -> None:
        order.append(f"{name} starts")
        await asyncio.sleep(0)
        order.append(f"{name} ends")

    await asyncio.gather(visit.start(work("a")), visit.start(work("b")))
    assert order == ["a starts", "a ends", "b starts", "b ends"]
    assert not visit.is_busy


async def test_stop_ends_what_runs_and_what_waits() -> None:
    visit = Visit(Preferences())
    tasks = [visit.start(asyncio.sleep(3)) for _ in range(2)]
    await asyncio.sleep(0)
    visit.stop()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)


async def test_work_that_is_stopped_before_it_began_is_closed() -> None:
    visit, work = Visit(Preferences()), asyncio.sleep(3)
    task = visit.start(work)
    visit.stop()
    await asyncio.gather(task, return_exceptions=True)
    assert inspect.getcoroutinestate(work) == inspect.CORO_CLOSED


async def test_cutting_ends_the_answers_to_what_is_forgotten_and_no_others() -> None:
    visit = visit_with(("one", "first"), ("two", ""), ("three", ""))
    kept, cut, later = [visit.start(asyncio.sleep(0), each) for each in visit.exchanges]
    visit.cut("1")
    results = await asyncio.gather(kept, cut, later, return_exceptions=True)
    assert [isinstance(result, asyncio.CancelledError) for result in results] == [False, True, True]


def test_a_forgotten_message_can_still_be_asked() -> None:
    visit = visit_with(("one", "first"), ("two", ""))
    forgotten = visit.exchanges[1]
    visit.cut("1")
    assert said(visit.turn_for(forgotten)) == ["one", "first"]


async def test_only_so_many_answers_wait_in_one_chat() -> None:
    visit = Visit(Preferences())
    visit.admit()
    for _ in range(100):
        visit.start(asyncio.sleep(3))
    with pytest.raises(Busy):
        visit.admit()
    visit.stop()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    visit.admit()
