"""Deleting conversations, whichever door was asked: what goes on in them ends first, their files go after."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtai.wiring import App
    from vtai.wiring.storing import Store


async def one(app: App, store: Store, person: str, conversation: str) -> bool:
    """Whether there was such a conversation of theirs. Raises StorageUnavailable."""
    if (record := await store.histories.open(person, conversation)) is None:
        return False
    await app.forget(person, conversation)
    if not await store.histories.delete(person, conversation):
        return False
    await store.files.forget(person, {each.file for each in record.elements if each.file is not None})
    return True


async def every(app: App, store: Store, person: str) -> int:
    """How many there were. Raises StorageUnavailable."""
    await app.forget(person)
    count = await store.histories.delete_all(person)
    await store.files.forget(person)
    return count
