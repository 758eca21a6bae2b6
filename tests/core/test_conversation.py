"""A conversation is a value, and fits into a context without losing what was just said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtai.core.conversation import Conversation, estimated_tokens
from vtai.core.messages import Attachment, Message, Role, ToolCall

SYSTEM = Message("system", "be kind")


def ten(_: Message) -> int:
    """Every message costs ten tokens."""
    return 10


def talk(*roles: Role) -> Conversation:
    return Conversation(tuple(Message(role, f"{role} {number}") for number, role in enumerate(roles)))


def roles(conversation: Conversation) -> list[str]:
    return [message.role for message in conversation]


@pytest.mark.parametrize(
    ("conversation", "budget", "kept"),
    [
        pytest.param(
            talk("user", "assistant", "user"), 30, ["user 0", "assistant 1", "user 2"], id="all fit"
        ),
        pytest.param(talk("user", "assistant", "user"), 29, ["user 2"], id="no answer without its question"),
        pytest.param(
            talk("user", "user", "assistant", "user"), 35, ["user 1", "assistant 2", "user 3"], id="oldest"
        ),
        pytest.param(talk("system", "user", "user"), 20, ["system 0", "user 2"], id="system stays"),
        pytest.param(
            talk("system", "system", "user", "user"), 30, ["system 0", "system 1", "user 3"], id="two systems"
        ),
        pytest.param(
            talk("system", "user", "user"), 1, ["system 0", "user 2"], id="the last stays when too long"
        ),
        pytest.param(
            talk("user", "assistant", "tool", "assistant"), 25, ["assistant 3"], id="no result without call"
        ),
        pytest.param(talk("system"), 0, ["system 0"], id="system alone"),
        pytest.param(Conversation(), 0, [], id="empty"),
    ],
)
def test_the_newest_messages_are_kept(conversation: Conversation, budget: int, kept: list[str]) -> None:
    assert [message.text for message in conversation.fit(budget, ten)] == kept


@given(
    said=st.lists(st.sampled_from(["user", "assistant", "tool"]), min_size=1, max_size=12),
    systems=st.integers(0, 2),
    budget=st.integers(-10, 200),
)
def test_fitting_keeps_an_end_of_what_was_said(said: list[Role], systems: int, budget: int) -> None:
    conversation = talk(*(["system"] * systems), *said)
    fitted = conversation.fit(budget, ten).messages
    assert fitted[:systems] == conversation.messages[:systems]
    rest = fitted[systems:]
    assert rest
    assert rest == conversation.messages[-len(rest) :]
    assert len(fitted) * 10 <= budget or len(rest) == 1
    assert len(rest) == 1 or rest[0].role == "user"


def test_appending_gives_a_new_conversation() -> None:
    first = Conversation((SYSTEM,))
    second = first.appended(Message("user", "hi"), Message("assistant", "hello"))
    assert (len(first), len(second)) == (1, 3)
    assert roles(second) == ["system", "user", "assistant"]


def test_the_last_thing_the_person_said() -> None:
    assert talk("user", "user", "assistant").last_user_text == "user 1"
    assert Conversation((SYSTEM,)).last_user_text is None


def test_pictures_and_tool_calls_cost_tokens_too() -> None:
    plain = estimated_tokens(Message("user", "x" * 300))
    assert 100 <= plain < 150
    picture = Attachment("a.png", "image/png", Path("a.png"), 1)
    file = Attachment("a.csv", "text/csv", Path("a.csv"), 1)
    assert (
        estimated_tokens(Message("user", "x" * 300, (picture, file), ("https://x.org/a.png",)))
        > plain + 2_000
    )
    assert estimated_tokens(Message("user", "x" * 300, (file,))) == plain
    call = ToolCall("a", "calculate", "1" * 300)
    assert estimated_tokens(Message("assistant", "", tool_calls=(call,))) >= 100
