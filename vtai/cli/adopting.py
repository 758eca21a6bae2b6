"""`vtai people adopt`: what was kept before there were accounts becomes somebody's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vtai.cli import kept, running, typing_in
from vtai.core.errors import BadAccount
from vtai.core.people import LOCAL

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.core.people import Person
    from vtai.wiring.adopting import Given
    from vtai.wiring.storing import Store

LEFT: Final = (
    "There are conversations from before the accounts: `vtai people adopt NAME` gives them to somebody."
)


def adopt(parts: Parts, name: str, source: str | None = None, is_sure: bool = False) -> bool:
    """Gives somebody all that another one keeps, or the one person of before the accounts.

    False where that was not wanted after all. Raises UnknownName, BadAccount, StorageUnavailable.
    """
    whose = f"of {source}" if source else "from before the accounts"
    question = f"Give {name} all conversations and files {whose}? That cannot be undone."
    if not is_sure and not typing_in.confirm(parts, question):
        return False
    data_dir = running.load().data_dir

    async def work(store: Store) -> tuple[Person, Given, int]:
        from vtai.wiring import adopting

        target = await kept.person_named(name, store)
        giver = await _giver(source, store)
        if giver.id == target.id:
            raise BadAccount(f"That is {target.name}'s already.", "Name somebody else with --from.")
        given = await adopting.adopt(store, data_dir, giver.id, target.id)
        return target, given, await store.files.used_bytes(target.id)

    target, given, used_bytes = kept.done(parts, work)
    for line in _told(target, given, used_bytes):
        parts.terminal.line(line)
    return True


async def is_something_left(store: Store) -> bool:
    """Whether conversations are in nobody's list any more, as there are accounts."""
    return bool((await store.histories.page(LOCAL.id, limit=1)).items)


async def _giver(name: str | None, store: Store) -> Person:
    """Who is named; "local" is the one person of before, unless an account has that name."""
    if name is None or (name == LOCAL.id and await store.people.named(name) is None):
        return LOCAL
    return await kept.person_named(name, store)


def _told(person: Person, given: Given, used_bytes: int) -> Iterator[str]:
    was = given.kept
    counts = (
        (was.conversations, "conversation"),
        (was.files, "file"),
        (was.shares, "link"),
        (was.feedback, "thumb"),
        (was.turns, "turn in the use", "turns in the use"),
        (given.notes, "note"),
        (given.corrections, "correction"),
    )
    told = ", ".join(_counted(*each) for each in counts if each[0])
    yield f"{person.name} got {told or 'nothing: there was nothing'}."
    if was.files:
        yield f"The files of {person.name} are {used_bytes / 1e6:,.1f} MB now, which count for the quota."
    if was.keys:
        one = "1 key was" if was.keys == 1 else f"{was.keys} keys were"
        yield f"{one} revoked: `vtai keys make NAME --person {person.name}` makes a new one."


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
