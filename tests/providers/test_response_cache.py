"""Answers that are remembered: the same question of the same person, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests import fakes
from tests.standins.redis import RedisServer
from vtai.core.errors import StorageUnavailable, StreamCut
from vtai.core.events import Notice, TextDelta, ThinkingDelta, ToolStarted, Usage
from vtai.core.messages import Attachment, Message
from vtai.core.ports import ModelEvent, ModelRequest, ToolSpec
from vtai.providers.answer_stores import FileAnswers, MemoryAnswers, RedisAnswers
from vtai.providers.response_cache import Answers, CachedModels


class Counting:
    """Answers with a number that grows, or with a script."""

    def __init__(self, *script: ModelEvent | Exception) -> None:
        self.asked = 0
        self._script = script

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked += 1
        for event in self._script or (
            ThinkingDelta("hm"),
            TextDelta(f"answer {self.asked}"),
            Usage("fake", 1, 2, 0.1),
        ):
            if isinstance(event, Exception):
                raise event
            yield event


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def request(text: str = "Hi", **more: Any) -> ModelRequest:
    return ModelRequest(fakes.model(), (Message("user", text),), **more)


async def answer(models: CachedModels, asked: ModelRequest) -> str:
    async with aclosing(models.stream(asked)) as events:
        return "".join([event.text async for event in events if isinstance(event, TextDelta)])


@pytest.fixture
def redis_url() -> Iterator[str]:
    with RedisServer() as server:
        yield server.url


@pytest.fixture(params=["memory", "file", "redis"])
async def answers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Answers]:
    made: Answers
    match request.param:
        case "memory":
            made = MemoryAnswers()
        case "file":
            made = FileAnswers(tmp_path)
        case _:
            made = RedisAnswers(SecretStr(request.getfixturevalue("redis_url")))
    yield made
    await made.aclose()


async def test_the_same_question_is_answered_once_and_the_reply_says_so(answers: Answers) -> None:
    inner = Counting()
    models = CachedModels(inner, answers, 60)
    assert await answer(models, request()) == "answer 1"
    async with aclosing(models.stream(request())) as events:
        again = [event async for event in events]
    assert [type(event) for event in again] == [Notice, TextDelta, Usage]
    assert again[1] == TextDelta("answer 1")
    assert again[2] == Usage("fake", 0, 0, 0.0)
    assert inner.asked == 1
    assert (models.counts.hits, models.counts.misses) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda asked: replace(asked, person="bob"), id="another-person"),
        pytest.param(lambda asked: replace(asked, model=fakes.model("other")), id="another-model"),
        pytest.param(lambda asked: replace(asked, temperature=0.0), id="another-temperature"),
        pytest.param(lambda asked: replace(asked, max_tokens=5), id="another-length"),
        pytest.param(lambda asked: replace(asked, effort="high"), id="another-effort"),
        pytest.param(lambda asked: replace(asked, messages=(Message("user", "Ho"),)), id="other-words"),
        pytest.param(
            lambda asked: replace(asked, messages=(Message("system", "Rhyme."), *asked.messages)),
            id="another-prompt",
        ),
        pytest.param(lambda asked: replace(asked, is_fresh=True), id="wanted-again"),
    ],
)
async def test_whatever_can_change_the_answer_is_another_question(
    other: Callable[[ModelRequest], ModelRequest],
) -> None:
    models = CachedModels(Counting(), MemoryAnswers(), 60)
    assert await answer(models, request()) == "answer 1"
    assert await answer(models, other(request())) == "answer 2"


async def test_the_answer_that_was_wanted_anew_is_the_one_that_is_remembered() -> None:
    models = CachedModels(Counting(), MemoryAnswers(), 60)
    await answer(models, request())
    await answer(models, request(is_fresh=True))
    assert await answer(models, request()) == "answer 2"


async def test_a_file_of_the_same_name_with_other_content_is_another_question(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    asked = request()
    message = replace(asked.messages[0], attachments=(Attachment("a.txt", "text/plain", file, 1),))
    models = CachedModels(Counting(), MemoryAnswers(), 60)
    for content, expected in (("1", "answer 1"), ("1", "answer 1"), ("2", "answer 2")):
        file.write_text(content)
        assert await answer(models, replace(asked, messages=(message,))) == expected


async def test_people_share_answers_only_where_the_operator_says_so() -> None:
    models = CachedModels(Counting(), MemoryAnswers(), 60, is_shared=True)
    assert await answer(models, request(person="ann")) == await answer(models, request(person="bob"))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"tools": (ToolSpec("t", "", {}),)}, id="tools"),
        pytest.param({"searches": True}, id="search"),
        pytest.param({"hosted": frozenset({"code"})}, id="hosted-tools"),
    ],
)
async def test_what_depends_on_more_than_the_question_is_asked_each_time(more: dict[str, Any]) -> None:
    models = CachedModels(Counting(), MemoryAnswers(), 60)
    assert [await answer(models, request(**more)) for _ in "12"] == ["answer 1", "answer 2"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((TextDelta("Half"), StreamCut("Cut.", "Again.")), id="cut"),
        pytest.param((TextDelta("Seen."), ToolStarted("1", "look")), id="did-something"),
        pytest.param((TextDelta("  "),), id="empty"),
        pytest.param((TextDelta("x" * 100_001),), id="too-long"),
        pytest.param((Notice("fallback", "Another answers."), TextDelta("Hi")), id="another-after-failure"),
        pytest.param((Notice("limit", "Another answers."), TextDelta("Hi")), id="another-over-a-limit"),
    ],
)
async def test_an_answer_that_is_not_whole_or_more_than_words_is_not_remembered(
    script: Sequence[ModelEvent | Exception],
) -> None:
    inner = Counting(*script)
    models = CachedModels(inner, MemoryAnswers(), 60)
    for _ in "12":
        try:
            await answer(models, request())
        except StreamCut:
            continue
    assert inner.asked == 2


async def test_answers_grow_old_and_the_oldest_go_first(tmp_path: Path) -> None:
    for made in (MemoryAnswers, FileAnswers):
        clock = Clock()
        store: Answers
        store = MemoryAnswers(10, clock) if made is MemoryAnswers else FileAnswers(tmp_path, 2, clock)
        for at, key in enumerate("abc"):
            await store.put(key, "12345", 60 + at)
        assert [await store.get(key) for key in "abc"] == [None, "12345", "12345"]
        clock.now += 62
        assert [await store.get(key) for key in "bc"] == [None, "12345" if made is MemoryAnswers else None]
        await store.aclose()


async def test_a_broken_store_costs_nobody_an_answer(tmp_path: Path) -> None:
    (tmp_path / "answers.db").mkdir()
    store = FileAnswers(tmp_path)
    with pytest.raises(StorageUnavailable):
        await store.get("a")
    assert await answer(CachedModels(Counting(), store, 60), request()) == "answer 1"
    gone = RedisAnswers(SecretStr("redis://127.0.0.1:9/0"))
    assert await answer(CachedModels(Counting(), gone, 60), request()) == "answer 1"
    await gone.aclose()
