"""Exchanges as they are stored, and back: what the next message refers to, and what was chosen for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, cast, get_args

from pydantic import TypeAdapter, ValidationError

from vtai.core.history import StoredExchange
from vtai.core.messages import Attachment
from vtai.core.ports import Catalogue
from vtai.core.routes import Decision
from vtai.core.turn import Command, Preferences, Turn
from vtai.ui.receive import MODEL_PICKER, with_model
from vtai.ui.session import Exchange

_COMMANDS: frozenset[str] = frozenset(get_args(Command))

KeyOf = Callable[[Attachment], str | None]
FileOf = Callable[[str], Attachment | None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the person chose last: in the settings, in the pickers, and for the microphone."""

    preferences: Preferences
    picked: Mapping[str, str]
    is_hands_free: bool = False


def stored(
    exchange: Exchange, preferences: Preferences, key_of: KeyOf, *, is_hands_free: bool
) -> StoredExchange:
    """The exchange for the store. Files that have no key there yet are left out."""
    turn = exchange.turn
    extra = {
        "command": turn.command,
        "forced": turn.route,
        "order": exchange.order,
        "correction": exchange.correction,
        "decision": _decisions().dump_python(exchange.decision, mode="json") if exchange.decision else None,
        "mask": key_of(turn.mask) if turn.mask else None,
        "picked": dict(exchange.picked),
        "preferences": dumped(preferences),
        "hands_free": is_hands_free,
    }
    return StoredExchange(
        exchange.id,
        turn.text,
        exchange.at,
        answer=exchange.answer,
        attachments=_keys(turn.attachments, key_of),
        files=_keys(exchange.files, key_of),
        work=exchange.work,
        route=exchange.route,
        model=exchange.model,
        is_cut=exchange.is_cut,
        extra={name: value for name, value in extra.items() if value not in (None, {}, False)},
    )


def restored(kept: StoredExchange, default: Preferences, catalogue: Catalogue) -> Exchange:
    """The exchange from the store, without its files."""
    extra = kept.extra
    chosen = chosen_of(kept, default)
    preferences = with_model(chosen.preferences, chosen.picked.get(MODEL_PICKER, ""), catalogue)
    command = _text(extra, "command")
    if command == "research":
        preferences = replace(preferences, search=replace(preferences.search, is_research=True))
    turn = Turn(
        kept.text,
        command=cast("Command", command) if command in _COMMANDS else None,
        route=_text(extra, "forced"),
        preferences=preferences,
    )
    return Exchange(
        kept.id,
        turn,
        answer=kept.answer,
        work=kept.work,
        route=kept.route,
        order=_text(extra, "order"),
        decision=_decision(extra.get("decision")),
        correction=_text(extra, "correction"),
        model=kept.model,
        is_cut=kept.is_cut,
        picked=chosen.picked,
        at=kept.at,
    )


def with_files(exchange: Exchange, kept: StoredExchange, file_of: FileOf) -> None:
    """Gives a restored exchange its files, as far as they are there."""
    mask = _text(kept.extra, "mask")
    attachments = tuple(file for key in kept.attachments if (file := file_of(key)) is not None)
    exchange.turn = replace(
        exchange.turn, attachments=attachments, mask=file_of(mask) if mask else exchange.turn.mask
    )
    exchange.files = tuple(file for key in kept.files if (file := file_of(key)) is not None)


def chosen_of(kept: StoredExchange | None, default: Preferences) -> Chosen:
    """What was chosen when the message was sent, or since."""
    if kept is None:
        return Chosen(default, MappingProxyType({}))
    picked = kept.extra.get("picked")
    known = picked if isinstance(picked, Mapping) else {}
    words = {key: value for key, value in known.items() if isinstance(key, str) and isinstance(value, str)}
    is_hands_free = kept.extra.get("hands_free") is True
    return Chosen(loaded(kept.extra.get("preferences"), default), MappingProxyType(words), is_hands_free)


def dumped(preferences: Preferences) -> dict[str, Any]:
    """The preferences as JSON."""
    plain = replace(preferences, models=dict(preferences.models))
    return cast("dict[str, Any]", _preferences().dump_python(plain, mode="json", exclude_defaults=True))


def loaded(data: object, default: Preferences) -> Preferences:
    """The preferences from JSON; the default where they are none that we know."""
    if not isinstance(data, Mapping):
        return default
    try:
        found = _preferences().validate_python(dict(data))
    except ValidationError:
        return default
    return replace(found, models=MappingProxyType(dict(found.models)))


def _decision(data: object) -> Decision | None:
    try:
        return _decisions().validate_python(data) if data is not None else None
    except ValidationError:
        return None


@cache
def _preferences() -> TypeAdapter[Preferences]:
    return TypeAdapter(Preferences)


@cache
def _decisions() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)


def _keys(files: tuple[Attachment, ...], key_of: KeyOf) -> tuple[str, ...]:
    return tuple(key for file in files if (key := key_of(file)) is not None)


def _text(extra: Mapping[str, Any], name: str) -> str | None:
    value = extra.get(name)
    return value if isinstance(value, str) else None
