"""`vtai keys`: keys for programs, made, listed and revoked."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vtai.cli import kept
from vtai.cli.columns import aligned
from vtai.core.errors import BadAccount, UnknownName
from vtai.core.people import LOCAL, ROLE_SCOPES, AccessKey, Person, Scope

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vtai.cli.parts import Parts
    from vtai.wiring.storing import Store

_HEADINGS = ("ID", "NAME", "STARTS", "OF", "MAY", "MADE", "USED", "EXPIRES", "STATE")
_DAY_S = 86_400.0


def make(
    parts: Parts, name: str, person: str | None, scopes: frozenset[Scope], days: int | None = None
) -> None:
    """Prints the secret on standard output, once. Raises VTError."""

    async def work(store: Store) -> tuple[SecretStr, AccessKey, Person]:
        owner = await _owner(person, store)
        expires_at = None if days is None else time.time() + days * _DAY_S
        # What only admins may is never given without being asked for.
        asked = scopes or ROLE_SCOPES[owner.role] - {"admin"}
        secret, key = await store.keys.make(owner.id, name, asked, expires_at)
        return secret, key, owner

    secret, key, owner = kept.done(parts, work)
    parts.terminal.line(secret.get_secret_value())
    ends = f", until {kept.when(key.expires_at)}" if key.expires_at else ""
    told = f"Key {key.id} of {owner.name}, for {', '.join(sorted(key.scopes))}{ends}."
    parts.terminal.aside(f"{told} It is not shown again.")


def show(parts: Parts, person: str | None = None, as_json: bool = False) -> None:
    """Prints the keys of one person or all, the newest first, without their secrets."""

    async def work(store: Store) -> tuple[list[AccessKey], Mapping[str, str]]:
        owner = (await kept.person_named(person, store)).id if person is not None else None
        names = {LOCAL.id: LOCAL.name} | {each.id: each.name for each in await store.people.all()}
        return list(await store.keys.of(owner)), names

    keys, names = kept.done(parts, work)
    if as_json:
        parts.terminal.line(json.dumps([_fields(key, names) for key in keys], indent=2))
        return
    if not keys:
        parts.terminal.aside("There are no keys yet: `vtai keys make NAME` makes one.")
        return
    for line in aligned([_HEADINGS, *(_row(key, names) for key in keys)]):
        parts.terminal.line(line)


def revoke(parts: Parts, key_id: str) -> None:
    """Ends a key at once. Raises UnknownName where there is none that counts."""

    async def work(store: Store) -> bool:
        return await store.keys.revoke(key_id)

    if not kept.done(parts, work):
        raise UnknownName(
            f"There is no key {key_id!r} that could be revoked.", "`vtai keys list` shows them."
        )
    parts.terminal.line(f"{key_id} is revoked.")


async def _owner(name: str | None, store: Store) -> Person:
    if name is not None:
        return await kept.person_named(name, store)
    if await store.people.all():
        raise BadAccount("There are accounts here, and a key is somebody's.", "Name them with --person.")
    return LOCAL


def _state(key: AccessKey) -> str:
    if key.is_revoked:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= time.time() else "active"


def _row(key: AccessKey, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        key.id,
        key.name,
        f"{key.start}...",
        names.get(key.person, "-"),
        ",".join(sorted(key.scopes)),
        kept.when(key.made_at),
        kept.when(key.used_at),
        kept.when(key.expires_at),
        _state(key),
    )


def _fields(key: AccessKey, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "start": key.start,
        "person": names.get(key.person),
        "scopes": sorted(key.scopes),
        "made_at": key.made_at,
        "used_at": key.used_at,
        "expires_at": key.expires_at,
        "state": _state(key),
    }
