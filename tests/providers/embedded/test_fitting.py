"""Conversations made to fit a small model."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from vtai.core.errors import ContextTooLong
from vtai.core.messages import Attachment, Message, Role, ToolCall
from vtai.providers.embedded.fitting import SYSTEM_PROMPT, fit


async def words(text: str) -> int:
    return len(text.split())


def said(role: Role, count: int, word: str = "word") -> Message:
    return Message(role, " ".join([word] * count))


async def test_instructions_are_replaced_by_a_short_one() -> None:
    messages, _ = await fit((said("system", 500), Message("user", "Hello")), 2048, None, words)
    assert messages == (Message("system", SYSTEM_PROMPT), Message("user", "Hello"))


async def test_pictures_files_and_tools_are_left_out() -> None:
    picture = Attachment("cat.png", "image/png", Path("cat.png"), 9)
    asked = (
        Message("user", "What is this?", attachments=(picture,), image_urls=("https://example.org/cat.png",)),
        Message("assistant", "", tool_calls=(ToolCall("1", "look", "{}"),)),
        Message("tool", "a cat", tool_call_id="1"),
        Message("assistant", "A cat."),
        Message("user", "Thanks"),
    )
    messages, _ = await fit(asked, 2048, None, words)
    assert messages[1:] == (
        Message("user", "What is this?"),
        Message("assistant", "A cat."),
        Message("user", "Thanks"),
    )


async def test_the_two_take_turns_even_when_a_turn_went_unanswered() -> None:
    asked = (Message("user", "Hello?"), Message("user", "Are you there?"))
    messages, _ = await fit(asked, 2048, None, words)
    assert messages[1:] == (Message("user", "Hello?\n\nAre you there?"),)


async def test_the_oldest_turns_go_first_and_the_answer_keeps_its_room() -> None:
    turns = [said("user" if index % 2 == 0 else "assistant", 200, f"w{index}") for index in range(21)]
    messages, max_tokens = await fit(tuple(turns), 2048, None, words)
    assert messages[-1] == turns[-1]
    assert messages[1].role == "user"
    assert 3 <= len(messages) < 7
    assert sum(len(message.text.split()) for message in messages) + max_tokens < 2048
    assert max_tokens == 512


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(None, 512, id="by default"),
        pytest.param(5, 5, id="short"),
        pytest.param(1500, 1500, id="long, with room for it"),
    ],
)
async def test_the_answer_is_as_long_as_wanted(wanted: int | None, expected: int) -> None:
    _, max_tokens = await fit((Message("user", "Hello"),), 2048, wanted, words)
    assert max_tokens == expected


async def test_an_answer_never_outgrows_the_context() -> None:
    _, max_tokens = await fit((said("user", 1000),), 2048, 100_000, words)
    assert 900 < max_tokens < 1048


@pytest.mark.parametrize("count", [1950, 100_000])
async def test_a_message_that_is_too_long_alone_says_how_long_it_may_be(count: int) -> None:
    with pytest.raises(ContextTooLong, match="characters") as caught:
        await fit((said("user", count),), 2048, None, words)
    limit = int(next(word for word in caught.value.hint.split() if word[0].isdigit()).replace(",", ""))
    assert 4_000 < limit < 2048 * 5


async def test_what_cannot_be_kept_is_not_counted() -> None:
    counted: list[str] = []

    async def count(text: str) -> int:
        counted.append(text)
        return await words(text)

    turns = [said("user" if index % 2 == 0 else "assistant", 400) for index in range(101)]
    await fit(tuple(turns), 2048, None, count)
    assert len(counted) < 10


async def test_between_two_blocks_the_conversation_begins_with_the_same_message() -> None:
    """What the model has read already it need not read again."""
    turns = [said("user" if index % 2 == 0 else "assistant", 20, f"w{index}") for index in range(41)]
    firsts = [(await fit(tuple(turns[:end]), 2048, None, words))[0][1].text[:3] for end in range(1, 42, 2)]
    assert firsts[0].startswith("w0")
    changes = sum(before != after for before, after in itertools.pairwise(firsts))
    assert 3 <= changes <= 7
