"""A conversation made to fit the packaged model: its short context, its few abilities.

Tokens are counted by the model's own tokenizer, newest message first, and only as far as there is room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import groupby

from vtai.core.conversation import Conversation
from vtai.core.errors import ContextTooLong
from vtai.core.messages import Message

# Counts the tokens of a text.
Counter = Callable[[str], Awaitable[int]]

# Short on purpose: a model this small follows this sentence and loses its way in longer ones.
SYSTEM_PROMPT = "You are a helpful assistant."

# A core reads about 150 tokens a second, so a long history would keep everybody waiting. Turns are dropped in
# blocks: between two blocks the beginning stays the same, and the model need not read it again.
_HISTORY_TOKENS = 800
_BLOCK_MESSAGES = 6
_ROOM_FOR_ANSWER = 512
_LEAST_ROOM_FOR_ANSWER = 128
_TOKENS_AROUND_MESSAGE = 8
_TOKENS_AROUND_CONVERSATION = 16
_USUAL_CHARACTERS_PER_TOKEN = 4
# No English text comes near this many characters a token, so a longer one need not be counted.
_MOST_CHARACTERS_PER_TOKEN = 12


async def fit(
    messages: tuple[Message, ...], context_tokens: int, max_tokens: int | None, count: Counter
) -> tuple[tuple[Message, ...], int]:
    """The messages that are sent, and how many tokens the answer may have.

    Instructions are replaced by a short one; pictures, files and tools are left out, then the oldest turns.
    Raises ContextTooLong when the newest message alone leaves no room for an answer.
    """
    plain = _recent(_plain(messages))
    most = context_tokens - _TOKENS_AROUND_CONVERSATION - await count(SYSTEM_PROMPT)
    room = min(max_tokens or _ROOM_FOR_ANSWER, _ROOM_FOR_ANSWER)
    sizes = await _sizes(plain, most, count)
    newest = sizes[-1] if sizes else 0
    if newest > most - min(room, _LEAST_ROOM_FOR_ANSWER):
        raise _too_long(plain[-1], newest, most - _LEAST_ROOM_FOR_ANSWER)
    size_of = {id(message): size for message, size in zip(plain, sizes, strict=True)}
    budget = min(most - room, newest + _HISTORY_TOKENS)
    kept = Conversation(plain).fit(budget, lambda message: size_of[id(message)]).messages
    used = sum(size_of[id(message)] for message in kept)
    return (Message("system", SYSTEM_PROMPT), *kept), min(max_tokens or _ROOM_FOR_ANSWER, most - used)


def _recent(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The last one to two blocks, so that what stays begins at the same message for several turns."""
    blocks = max(0, len(messages) // _BLOCK_MESSAGES - 1)
    return messages[blocks * _BLOCK_MESSAGES :]


def _plain(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """What people and models said, as text alone, the two taking turns."""
    said = [
        Message(message.role, message.text)
        for message in messages
        if message.role in {"user", "assistant"} and message.text.strip()
    ]
    return tuple(
        replace(group[0], text="\n\n".join(message.text for message in group))
        for group in (list(same) for _, same in groupby(said, key=lambda message: message.role))
    )


async def _sizes(messages: tuple[Message, ...], most: int, count: Counter) -> list[int]:
    """Tokens of each message. Those that cannot be kept anyway are not counted, only taken as too large."""
    sizes: list[int] = []
    left = most
    for message in reversed(messages):
        if left < 0 or len(message.text) > most * _MOST_CHARACTERS_PER_TOKEN:
            size = max(most + 1, len(message.text) // _USUAL_CHARACTERS_PER_TOKEN)
        else:
            size = await count(message.text) + _TOKENS_AROUND_MESSAGE
        left -= size
        sizes.append(size)
    return sizes[::-1]


def _too_long(message: Message, tokens: int, most: int) -> ContextTooLong:
    share = max(1, most * len(message.text) // tokens)
    return ContextTooLong(
        f"The message has {len(message.text):,} characters, more than the small built-in model can read.",
        f"Send at most about {round(share, -2) or share:,} characters, or add a key for a larger model: "
        "vtai --api-key openai=...",
    )
