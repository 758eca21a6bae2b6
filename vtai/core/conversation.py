"""An immutable run of messages, and fitting it to a model's context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vtai.core.messages import Message

# English runs at about four characters a token; three leaves room for code and other languages.
_CHARACTERS_PER_TOKEN = 3
_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_IMAGE = 1_100


def estimated_tokens(message: Message) -> int:
    """An upper estimate of what a message costs, in tokens, without loading a tokenizer."""
    images = len(message.image_urls) + sum(a.kind == "image" for a in message.attachments)
    calls = sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
    return (
        (len(message.text) + calls) // _CHARACTERS_PER_TOKEN
        + _TOKENS_PER_MESSAGE
        + images * _TOKENS_PER_IMAGE
    )


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages in the order they were said. Every change gives a new conversation."""

    messages: tuple[Message, ...] = ()

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self.messages)

    def appended(self, *messages: Message) -> Conversation:
        return Conversation(self.messages + messages)

    @property
    def last_user_text(self) -> str | None:
        """What the person said last, or None."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), None)

    def fit(self, max_tokens: int, count: Callable[[Message], int] = estimated_tokens) -> Conversation:
        """The newest messages that fit into `max_tokens`, with the leading system messages kept.

        The last message always stays, even when it alone is too long: cutting what the person just said is
        the model layer's error to report, not ours to hide. What remains never starts with an answer or a
        tool result whose question was dropped.
        """
        lead = 0
        while lead < len(self.messages) and self.messages[lead].role == "system":
            lead += 1
        system, rest = self.messages[:lead], self.messages[lead:]
        budget = max_tokens - sum(count(m) for m in system)
        kept: list[Message] = []
        for index, message in enumerate(reversed(rest)):
            budget -= count(message)
            if budget < 0 and index > 0:
                break
            kept.append(message)
        kept.reverse()
        while len(kept) > 1 and kept[0].role in {"assistant", "tool"}:
            kept.pop(0)
        return Conversation(system + tuple(kept))
