"""The next model answers when one cannot, before its first piece, and says so."""

from __future__ import annotations

import pytest

from tests.fakes import FakeCatalogue, FakeModels, model
from tests.providers.wires import ADD, asked, read, said
from vtai.core import errors
from vtai.core.errors import VTError
from vtai.core.events import Notice, TextDelta
from vtai.core.messages import Message
from vtai.providers.fallback import FallbackModels

DOWN = errors.VendorDown("The vendor is down.", "Wait.")
FIRST, SECOND, THIRD = model("first"), model("second"), model("third")
BLIND = model("blind", can=frozenset({"chat"}))
CATALOGUE = FakeCatalogue((FIRST, SECOND, THIRD, BLIND))


def falling(scripts: list, *names: str) -> tuple[FallbackModels, FakeModels]:
    inner = FakeModels([*scripts])
    return FallbackModels(inner, CATALOGUE, names), inner


@pytest.mark.parametrize(
    "failure",
    [
        DOWN,
        errors.MissingKey("No key.", "Set."),
        errors.ModelGone("Gone.", "Choose."),
        errors.TimedOut("Late.", "Again."),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_the_next_model_answers_and_it_is_said(failure: VTError) -> None:
    client, inner = falling([[failure], [TextDelta("Hi")]], "second")
    events, error = await read(client.stream(asked(model=FIRST)))
    assert error is None
    assert [request.model for request in inner.requests] == [FIRST, SECOND]
    assert events == [Notice("fallback", f"{failure.message} second answers instead."), TextDelta("Hi")]


@pytest.mark.parametrize(
    "failure",
    [errors.ContentRefused("Refused.", "Rephrase."), errors.BadRequest("Bad.", "Change.")],
    ids=lambda error: type(error).__name__,
)
async def test_a_refusal_is_not_carried_elsewhere(failure: VTError) -> None:
    client, inner = falling([[failure]], "second")
    _, error = await read(client.stream(asked(model=FIRST)))
    assert error is failure
    assert len(inner.requests) == 1


async def test_nobody_takes_over_once_a_piece_was_shown() -> None:
    client, inner = falling([[TextDelta("Hi"), DOWN]], "second")
    events, error = await read(client.stream(asked(model=FIRST)))
    assert (said(events), error, len(inner.requests)) == ("Hi", DOWN, 1)


async def test_when_all_fail_the_chosen_models_error_is_reported() -> None:
    client, inner = falling(
        [[DOWN], [errors.MissingKey("No key.", "Set.")], [errors.TimedOut("Late.", "")]], "second", "third"
    )
    _, error = await read(client.stream(asked(model=FIRST)))
    assert error is DOWN
    assert len(inner.requests) == 3


@pytest.mark.parametrize(
    "more",
    [{"tools": (ADD,)}, {"messages": (Message("user", "?", image_urls=("https://example.org/a.png",)),)}],
    ids=["tools", "a picture"],
)
async def test_only_a_model_that_is_able_takes_over(more: dict) -> None:
    client, inner = falling([[DOWN], [TextDelta("Hi")]], "blind", "nobody-knows-me", "third")
    await read(client.stream(asked(model=FIRST, **more)))
    assert [request.model.name for request in inner.requests] == ["first", "third"]


async def test_the_chosen_model_is_not_asked_twice() -> None:
    client, inner = falling([[DOWN]], "first")
    _, error = await read(client.stream(asked(model=FIRST)))
    assert error is DOWN
    assert len(inner.requests) == 1
