"""A conversation as a file: Markdown to read, JSON to keep and to bring back.

The JSON is one object. Version 1 has these members; times are seconds since the epoch, ids are text:

    format        "vtai-conversation"
    version       1
    conversation  id, name, made_at, changed_at, extra
    steps         a list: id, kind, name, parent_id, input, output, at, ended_at, is_error, is_open, extra
    elements      a list: id, step_id, kind, name, media_type, file, extra
    exchanges     a list: id, text, at, answer, attachments, files, work, route, model, is_cut, extra

All members are there, in the order of the conversation. `file`, `attachments` and `files` are keys of files
in the store that it came from; the files themselves are not in it. Whose conversation it was is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

from vtai.core.history import Conversation, Record, StoredElement, StoredExchange, StoredStep

FORMAT: Final = "vtai-conversation"
VERSION: Final = 1

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")
_BACKTICKS = re.compile(r"`+")
_MESSAGES = {"user_message": "You", "assistant_message": "Reply"}
# What only the page draws; what it shows stands in the text as well, or is no text at all.
_PAGES_OWN = frozenset({"custom", "part"})


def to_json(record: Record) -> str:
    """All of the conversation, as `read` takes it."""
    told = {
        "format": FORMAT,
        "version": VERSION,
        "conversation": _plain(record.conversation, "person"),
        "steps": [_plain(step) for step in record.steps],
        "elements": [_plain(element) for element in record.elements],
        "exchanges": [_plain(exchange) for exchange in record.exchanges],
    }
    readable = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
    # Half of a character can be told as an escape only.
    return readable if _is_whole(readable) else json.dumps(told, indent=1, allow_nan=False)


def read(content: bytes | str) -> list[Record]:
    """The conversations in a file: one of `to_json`, a list of those, or what ChatGPT exports.

    Whose they are is left empty, ids are as they were: a store that takes them renews both. Raises
    BadArguments, and takes all of them or none.
    """
    from vtai.core import importing

    return importing.records(content)


def to_markdown(record: Record, address: str = "") -> str:
    """The messages under headings, with route and model of each reply. Files are links below `address`."""
    return "\n\n".join(_Writer(record, address).pieces()).rstrip() + "\n"


def _plain(value: Any, *but: str) -> dict[str, Any]:
    """A dataclass as JSON tells it, one level deep: what is below is plain already."""
    told = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in but}
    return {name: dict(each) if isinstance(each, Mapping) else each for name, each in told.items()}


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


class _Writer:
    """Tells one record as Markdown."""

    def __init__(self, record: Record, address: str) -> None:
        self._record = record
        self._address = address.rstrip("/")
        self._exchanges = {exchange.id: exchange for exchange in record.exchanges}
        self._parents = {step.id: step.parent_id for step in record.steps}
        self._elements: dict[str, list[StoredElement]] = {}
        for element in record.elements:
            if element.kind not in _PAGES_OWN or element.file is not None:
                self._elements.setdefault(element.step_id, []).append(element)

    def pieces(self) -> Iterator[str]:
        yield from _title(self._record.conversation)
        message = ""
        for step in self._record.steps:
            if step.kind == "user_message":
                message = step.id
            yield from self._step(step, self._answered(step) or message)
        said = self._parents.keys()
        for exchange in self._record.exchanges:
            if exchange.id not in said:
                yield from self._exchange(exchange)

    def _answered(self, step: StoredStep) -> str | None:
        """The message that a step comes below, where the record says so."""
        seen: set[str] = set()
        parent = step.parent_id
        while parent is not None and parent not in seen:
            if parent in self._exchanges:
                return parent
            seen.add(parent)
            parent = self._parents.get(parent)
        return None

    def _step(self, step: StoredStep, message: str) -> Iterator[str]:
        links = [self._link(element) for element in self._elements.get(step.id, ())]
        if (heading := _MESSAGES.get(step.kind)) is not None:
            if not (step.output.strip() or links):
                return
            yield f"## {heading}"
            if step.kind == "assistant_message":
                yield from _made_by(self._exchanges.get(message))
            if step.output.strip():
                yield step.output.strip()
            if step.is_open or step.extra.get("cut"):
                yield "*The reply was cut here.*"
        elif step.input.strip() or step.output.strip():
            yield f"### Step: {_escaped(step.name or step.kind)}"
            yield from (_fenced(text.strip("\n")) for text in (step.input, step.output) if text.strip())
        if links:
            yield "\n".join(links)

    def _exchange(self, exchange: StoredExchange) -> Iterator[str]:
        """One that has no steps: it was never on the page."""
        yield "## You"
        if exchange.text.strip():
            yield exchange.text.strip()
        if exchange.attachments:
            yield "\n".join(f"- [file]({self._place(key)})" for key in exchange.attachments)
        if not (exchange.answer.strip() or exchange.files):
            return
        yield "## Reply"
        yield from _made_by(exchange)
        if exchange.answer.strip():
            yield exchange.answer.strip()
        if exchange.is_cut:
            yield "*The reply was cut here.*"
        if exchange.files:
            yield "\n".join(f"- [file]({self._place(key)})" for key in exchange.files)

    def _link(self, element: StoredElement) -> str:
        name = _escaped(element.name or "file")
        if element.file is None:
            return f"- {name}"
        mark = "!" if element.kind == "image" else ""
        return f"- {mark}[{name}]({self._place(element.file)})"

    def _place(self, key: str) -> str:
        return f"{self._address}/files/{key}"


def _title(conversation: Conversation) -> Iterator[str]:
    yield f"# {_escaped(conversation.name) or 'Conversation'}"
    made, changed = _day(conversation.made_at), _day(conversation.changed_at)
    yield f"*{made}*" if made == changed else f"*{made} to {changed}*"


def _made_by(exchange: StoredExchange | None) -> Iterator[str]:
    if exchange is None:
        return
    facts = [("Route", exchange.route), ("Model", exchange.model)]
    told = " · ".join(f"{what}: {_escaped(value)}" for what, value in facts if value)
    if told:
        yield f"*{told}*"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _escaped(text: str) -> str:
    """One line without meaning in Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _fenced(text: str) -> str:
    """The text as code, between more backticks than it has itself."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
