"""Reading conversations from files that anybody may have written: everything is checked, nothing guessed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

from vtai.core import importing_chatgpt
from vtai.core.errors import BadArguments
from vtai.core.exporting import FORMAT, VERSION
from vtai.core.history import Conversation, Record, StoredElement, StoredExchange, StoredStep

MOST_BYTES: Final = 200_000_000
MOST_CONVERSATIONS: Final = 10_000
MOST_PARTS: Final = 20_000
"""Steps, elements or exchanges of one conversation."""
MOST_CHARACTERS: Final = 5_000_000
"""Of one text."""
MOST_VALUES: Final = 5_000_000
"""Objects and lists, or what stands between commas. Each takes memory that its few characters do not show."""

_DEEPEST_EXTRA = 40
_DEEPEST_STEPS = 40
_LONGEST_NAME = 300
_LONGEST_ID = 64
_MOST_FILES = 1_000
# Year 5138: whoever counts in milliseconds is over it.
_LATEST = 1e11
_KIND = re.compile(r"[a-z][a-z_]{0,31}", re.ASCII)

Check = Callable[[Any, str], Any]


def records(content: bytes | str) -> list[Record]:
    """As `exporting.read` says. Raises BadArguments."""
    given = _parsed(content)
    them = given if isinstance(given, list) else [given]
    if not them:
        raise _refused("There is no conversation in the file.")
    if len(them) > MOST_CONVERSATIONS:
        raise _refused(f"There are more than {MOST_CONVERSATIONS:,} conversations in the file.")
    if all(importing_chatgpt.is_one(each) for each in them):
        return [_sound(importing_chatgpt.record(each)) for each in them]
    return [_sound(_record(each)) for each in them]


def _parsed(content: bytes | str) -> Any:
    if len(content) > MOST_BYTES:
        raise _refused(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    if _is_crowded(content):
        raise _refused(f"The file holds more than {MOST_VALUES:,} values.")
    try:
        return json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _refused("The file is not JSON.") from error


def _is_crowded(content: bytes | str) -> bool:
    """Whether it may hold too much. Signs within texts count as well: real files have far fewer."""
    if isinstance(content, str):
        return max(content.count("[") + content.count("{"), content.count(",") // 2) > MOST_VALUES
    return max(content.count(b"[") + content.count(b"{"), content.count(b",") // 2) > MOST_VALUES


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _record(given: Any) -> Record:
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise _refused("The file is no conversation of VT.ai.")
    if given.get("version") != VERSION:
        raise BadArguments(
            "The file was written by another version of VT.ai.", "Bring this one up to date, and try again."
        )
    known = {"format", "version", "conversation", "steps", "elements", "exchanges"}
    if unknown := given.keys() - known:
        raise _refused(f"{min(unknown)!r} has no meaning here.")
    return Record(
        Conversation(person="", **_members(given.get("conversation"), _CONVERSATION, "conversation")),
        tuple(StoredStep(**each) for each in _parts(given, "steps", _STEP)),
        tuple(StoredElement(**each) for each in _parts(given, "elements", _ELEMENT)),
        tuple(StoredExchange(**each) for each in _parts(given, "exchanges", _EXCHANGE)),
    )


def _parts(given: Mapping[str, Any], name: str, shape: Mapping[str, Check]) -> list[dict[str, Any]]:
    them = given.get(name)
    if not isinstance(them, list):
        raise _refused(f"{name} is not a list.")
    if len(them) > MOST_PARTS:
        raise _refused(f"{name} has more than {MOST_PARTS:,} entries.")
    return [_members(each, shape, f"{name}[{number}]") for number, each in enumerate(them)]


def _members(given: Any, shape: Mapping[str, Check], place: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _refused(f"{place} is not an object.")
    if given.keys() != shape.keys():
        odd = min(given.keys() ^ shape.keys())
        raise _refused(
            f"{place}.{odd} is missing." if odd in shape else f"{place}.{odd} has no meaning here."
        )
    return {name: check(given[name], f"{place}.{name}") for name, check in shape.items()}


def _text(value: Any, place: str) -> str:
    return _limited(value, place, MOST_CHARACTERS)


def _name(value: Any, place: str) -> str:
    return _limited(value, place, _LONGEST_NAME)


def _limited(value: Any, place: str, most: int) -> str:
    if not isinstance(value, str):
        raise _refused(f"{place} is not a text.")
    if len(value) > most:
        raise _refused(f"{place} is longer than {most:,} characters.")
    return value


def _id(value: Any, place: str) -> str:
    text = _limited(value, place, _LONGEST_ID)
    if not (text and text.isascii() and text.isprintable()):
        raise _refused(f"{place} is no id.")
    return text


def _kind(value: Any, place: str) -> str:
    text = _limited(value, place, _LONGEST_NAME)
    if not _KIND.fullmatch(text):
        raise _refused(f"{place} is no kind that there is.")
    return text


def _moment(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise _refused(f"{place} is no time in seconds.")
    return float(value)


def _yes_or_no(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(f"{place} is neither true nor false.")
    return value


def _ids(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST_FILES:
        raise _refused(f"{place} is not a list of up to {_MOST_FILES:,} keys.")
    return tuple(_id(each, place) for each in value)


def _extra(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refused(f"{place} is not an object.")
    _check_plain(value, place, _DEEPEST_EXTRA)
    return value


def _check_plain(value: Any, place: str, deeper: int) -> None:
    """What was parsed is plain; it may still be too deep, or have numbers that no database takes."""
    if deeper < 0:
        raise _refused(f"{place} is nested too deeply.")
    if not (math.isfinite(value) if isinstance(value, float) else _is_small(value)):
        raise _refused(f"{place} has a number that is too large.")
    below: Iterable[Any] = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for each in below:
            _check_plain(each, place, deeper - 1)


def _is_small(value: Any) -> bool:
    """Whether it is a number of 64 bits, or none at all."""
    return not isinstance(value, int) or abs(value) < 2**63


def _or_none(check: Check) -> Check:
    return lambda value, place: None if value is None else check(value, place)


_CONVERSATION: Final[Mapping[str, Check]] = {
    "id": _id,
    "name": _name,
    "made_at": _moment,
    "changed_at": _moment,
    "extra": _extra,
}
_STEP: Final[Mapping[str, Check]] = {
    "id": _id,
    "kind": _kind,
    "name": _name,
    "parent_id": _or_none(_id),
    "input": _text,
    "output": _text,
    "at": _moment,
    "ended_at": _or_none(_moment),
    "is_error": _yes_or_no,
    "is_open": _yes_or_no,
    "extra": _extra,
}
_ELEMENT: Final[Mapping[str, Check]] = {
    "id": _id,
    "step_id": _id,
    "kind": _kind,
    "name": _name,
    "media_type": _name,
    "file": _or_none(_id),
    "extra": _extra,
}
_EXCHANGE: Final[Mapping[str, Check]] = {
    "id": _id,
    "text": _text,
    "at": _moment,
    "answer": _text,
    "attachments": _ids,
    "files": _ids,
    "work": _text,
    "route": _or_none(_name),
    "model": _or_none(_name),
    "is_cut": _yes_or_no,
    "extra": _extra,
}


def _sound(record: Record) -> Record:
    """The record, whose parts fit together. Raises BadArguments."""
    for name, parts in (
        ("steps", record.steps),
        ("elements", record.elements),
        ("exchanges", record.exchanges),
    ):
        _check_ids(name, [part.id for part in parts])
    parents = {step.id: step.parent_id for step in record.steps}
    for step in record.steps:
        parent, depth = step.parent_id, 0
        while parent is not None:
            parent, depth = parents.get(parent), depth + 1
            if depth > _DEEPEST_STEPS:
                raise _refused("The steps lie below each other without end.")
    return record


def _check_ids(name: str, ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        raise _refused(f"Two of the {name} have the same id.")


def _refused(what: str) -> BadArguments:
    return BadArguments(
        what, "Choose a file that VT.ai exported as JSON, or the conversations.json of ChatGPT's export."
    )
