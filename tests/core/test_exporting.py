"""Conversations as files: told in Markdown, and in JSON that gives the same conversation again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from vtai.core import exporting, importing
from vtai.core.errors import BadArguments
from vtai.core.history import Conversation, Record, StoredElement, StoredExchange, StoredStep

AT = 1_790_000_000.25
RECORD = Record(
    Conversation("c1", "ann", "Cats *and* [dogs]\n", AT, AT + 86_400, {"tags": ["ü", 1, None, 1.5]}),
    (
        StoredStep("m1", "user_message", "You", output="Draw a `cat`", at=AT),
        StoredStep("r1", "run", "reply", "m1", at=AT),
        StoredStep("t1", "tool", "python", "r1", "print('```')", "done", AT + 1, AT + 2),
        StoredStep("a1", "assistant_message", "VT.ai", "r1", output="Here.", at=AT + 2, extra={"cut": True}),
        StoredStep("m2", "user_message", "You", output="", at=AT + 3),
        StoredStep("a2", "assistant_message", "VT.ai", output="   ", is_open=True, is_error=True),
    ),
    (
        StoredElement("e1", "m1", "file", "plan [1].pdf", "application/pdf", "k1"),
        StoredElement("e2", "a1", "image", "cat.png", "image/png", "k2", {"size": "large"}),
        StoredElement("e3", "a1", "custom", "Footer", extra={"props": {"deep": [{"er": True}]}}),
    ),
    (
        StoredExchange(
            "m1", "Draw a `cat`", AT, "Here.", ("k1",), ("k2",), "drew", "image", "painter_1", extra={"x": 1}
        ),
        StoredExchange("m9", "Said elsewhere", AT, "Yes.", ("k9",), is_cut=True),
    ),
)


def test_markdown_tells_what_was_said_by_whom_and_how() -> None:
    assert (
        exporting.to_markdown(RECORD, "https://chat.example.org/")
        == r"""# Cats \*and\* \[dogs\]

*2026-09-21 to 2026-09-22*

## You

Draw a `cat`

- [plan \[1\].pdf](https://chat.example.org/files/k1)

### Step: python

````
print('```')
````

```
done
```

## Reply

*Route: image · Model: painter\_1*

Here.

*The reply was cut here.*

- ![cat.png](https://chat.example.org/files/k2)

## You

Said elsewhere

- [file](https://chat.example.org/files/k9)

## Reply

Yes.

*The reply was cut here.*
"""
    )


def test_an_empty_conversation_is_told_too() -> None:
    record = Record(Conversation("c", "ann", "", 0.0, 0.0))
    assert exporting.to_markdown(record) == "# Conversation\n\n*1970-01-01*\n"
    assert exporting.read(exporting.to_json(record)) == [_of_nobody(record)]


def test_a_reply_without_a_run_belongs_to_the_message_before_it() -> None:
    steps = (
        StoredStep("m", "user_message", output="Hi"),
        StoredStep("a", "assistant_message", output="Hello"),
    )
    exchange = StoredExchange("m", "Hi", 0.0, "Hello", route="text", model="small")
    told = exporting.to_markdown(Record(Conversation("c", "ann", "x", 0.0, 0.0), steps, (), (exchange,)))
    assert "*Route: text · Model: small*\n\nHello" in told


def test_steps_below_each_other_in_a_circle_are_told_all_the_same() -> None:
    steps = (StoredStep("a", "tool", "a", "b", "x"), StoredStep("b", "tool", "b", "a", "y"))
    told = exporting.to_markdown(Record(Conversation("c", "ann", "x", 0.0, 0.0), steps))
    assert told.count("### Step") == 2


def _of_nobody(record: Record) -> Record:
    return replace(record, conversation=replace(record.conversation, person=""))


@pytest.mark.parametrize("text", ["", "ü 猫 🐈", "\n\t\0\x1f", '"\\', "\ud83d"], ids=ascii)
def test_json_gives_the_same_conversation_again(text: str) -> None:
    exchange = replace(RECORD.exchanges[0], answer=text)
    record = replace(RECORD, exchanges=(exchange, *RECORD.exchanges[1:]))
    written = exporting.to_json(record)
    assert exporting.read(written) == [_of_nobody(record)]
    assert exporting.read(written.encode()) == [_of_nobody(record)]
    assert "ann" not in json.loads(written)["conversation"].values()


def test_a_list_of_conversations_is_read_as_a_whole() -> None:
    one = json.loads(exporting.to_json(RECORD))
    other = {**one, "conversation": {**one["conversation"], "name": "Other"}}
    found = exporting.read(json.dumps([one, other]))
    assert [record.conversation.name for record in found] == ["Cats *and* [dogs]\n", "Other"]
    with pytest.raises(BadArguments):
        exporting.read(json.dumps([one, {}]))


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: Any) -> None:
        *places, last = path
        for place in places:
            told = told[place]
        told[last] = to

    return change


def _without(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: Any) -> None:
        *places, last = path
        for place in places:
            told = told[place]
        del told[last]

    return change


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


HOSTILE = {
    "another format": (_set("format", to="other"), "no conversation of VT.ai"),
    "no format": (_without("format"), "no conversation of VT.ai"),
    "a version to come": (_set("version", to=2), "another version"),
    "a version that is true": (_set("version", to=None), "another version"),
    "an unknown member": (_set("person", to="bob"), "'person' has no meaning"),
    "steps missing": (_without("steps"), "steps is not a list"),
    "steps as an object": (_set("steps", to={}), "steps is not a list"),
    "a step as a text": (_set("steps", 0, to="x"), r"steps\[0\] is not an object"),
    "a step with a person": (_set("steps", 0, "person", to="bob"), r"person has no meaning"),
    "a step without an id": (_without("steps", 0, "id"), r"steps\[0\].id is missing"),
    "an id that is a number": (_set("steps", 0, "id", to=5), "id is not a text"),
    "an id that is empty": (_set("steps", 0, "id", to=""), "is no id"),
    "an id with a zero": (_set("steps", 0, "id", to="a\0"), "is no id"),
    "an id that is long": (_set("steps", 0, "id", to="a" * 65), "longer than 64"),
    "an id twice": (_set("steps", 1, "id", to="m1"), "same id"),
    "a kind that is none": (_set("steps", 0, "kind", to="<b>"), "no kind"),
    "a name that is long": (_set("steps", 0, "name", to="x" * 301), "longer than 300"),
    "a text that is a list": (_set("steps", 0, "output", to=["x"]), "not a text"),
    "a text that is long": (_set("steps", 0, "output", to="x" * 5_000_001), "longer than 5,000,000"),
    "a time that is a text": (_set("steps", 0, "at", to="now"), "no time"),
    "a time that is true": (_set("steps", 0, "at", to=True), "no time"),
    "a time in milliseconds": (_set("steps", 0, "at", to=1e14), "no time"),
    "a time before all": (_set("conversation", "made_at", to=-1), "no time"),
    "a yes that is one": (_set("steps", 0, "is_open", to=1), "neither true nor false"),
    "an extra that is a list": (_set("steps", 0, "extra", to=[]), "not an object"),
    "an extra that is deep": (_set("steps", 0, "extra", to={"x": nested(45)}), "nested too deeply"),
    "a number that is large": (_set("steps", 0, "extra", to={"x": 10**400}), "too large"),
    "files that are a text": (_set("exchanges", 0, "files", to="k"), "not a list"),
    "files that are numbers": (_set("exchanges", 0, "files", to=[1]), "not a text"),
    "a conversation that is none": (_set("conversation", to=None), "conversation is not an object"),
    "a step below itself": (_set("steps", 0, "parent_id", to="m1"), "without end"),
    "steps in a circle": (_set("steps", 0, "parent_id", to="a1"), "without end"),
}


@pytest.mark.parametrize(("change", "said"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_as_it_should_be_is_refused(change: Callable[[Any], None], said: str) -> None:
    told = json.loads(exporting.to_json(RECORD))
    change(told)
    with pytest.raises(BadArguments, match=said) as refused:
        exporting.read(json.dumps(told))
    assert refused.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"null",
        b"5",
        b'"text"',
        b"[[]]",
        b'{"format": NaN}',
        b"[" * 100_000,
        b"9" * 5_000,
        b"PK\x03\x04",
    ],
    ids=lambda content: ascii(content[:12]),
)
def test_what_is_no_conversation_is_refused_in_plain_words(content: bytes) -> None:
    with pytest.raises(BadArguments) as refused:
        exporting.read(content)
    assert "JSON" in refused.value.message + refused.value.hint


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(exporting.to_json(RECORD))
    many = copy.deepcopy(told)
    many["exchanges"] = [many["exchanges"][0]] * (importing.MOST_PARTS + 1)
    with pytest.raises(BadArguments, match="more than 20,000"):
        exporting.read(json.dumps(many))
    with pytest.raises(BadArguments, match="more than 10,000"):
        exporting.read("[" + "0," * importing.MOST_CONVERSATIONS + "0]")
    monkeypatch.setattr(importing, "MOST_VALUES", 100)
    for much in ("[" + "[]," * 100 + "[]]", "[" + "0," * 300 + "0]"):
        for content in (much, much.encode()):
            with pytest.raises(BadArguments, match="more than 100 values"):
                exporting.read(content)
    monkeypatch.setattr(importing, "MOST_BYTES", 10)
    with pytest.raises(BadArguments, match="larger than"):
        exporting.read(json.dumps(told))
