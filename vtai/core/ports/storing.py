"""What is kept: conversations, files, people and what they spent. All raise StorageUnavailable."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vtai.core.history import (
    Change,
    Conversation,
    Feedback,
    Hit,
    Page,
    Record,
    Share,
    StoredFile,
)
from vtai.core.people import AccessKey, Caller, Login, Person, Role, Scope
from vtai.core.spending import Column, Spent, Total

if TYPE_CHECKING:
    from pydantic import SecretStr


class Histories(Protocol):
    """Conversations. Nobody reads or changes those of others: for them there is no such conversation."""

    def record(self, person: str, conversation: str, *changes: Change) -> None:
        """Takes changes and returns at once. Written in their order; the first makes the conversation.

        Changes to a conversation of somebody else are dropped.
        """
        ...

    async def close_open(self, older_than_s: float = 900.0) -> int:
        """Marks as cut what a crash left open in conversations that nobody changed for so long; how many."""
        ...

    async def flush(self, conversation: str | None = None) -> None:
        """Returns once all that was recorded is written: for one conversation or for all."""
        ...

    async def aclose(self) -> None:
        """Writes what can be written, and takes nothing any more."""
        ...

    async def page(self, person: str, cursor: str | None = None, limit: int = 30) -> Page[Conversation]:
        """The person's conversations, the one changed last first."""
        ...

    async def find(self, person: str, conversation: str) -> Conversation | None: ...

    async def open(self, person: str, conversation: str) -> Record | None:
        """All of it, with what is recorded and not written yet."""
        ...

    async def search(self, person: str, words: str, cursor: str | None = None, limit: int = 20) -> Page[Hit]:
        """Where all the words were said or stand in a name; one hit a conversation, the best first."""
        ...

    async def rename(self, person: str, conversation: str, name: str) -> bool:
        """Whether there is such a conversation of theirs."""
        ...

    async def delete(self, person: str, conversation: str) -> bool:
        """With all its steps, shares and feedback; its files are orphans then."""
        ...

    async def delete_all(self, person: str) -> int: ...

    async def add(self, person: str, record: Record) -> str:
        """A conversation brought from elsewhere, under new ids; gives the conversation's."""
        ...

    async def share(self, person: str, conversation: str) -> Share | None: ...

    async def shares(self, person: str) -> Sequence[Share]: ...

    async def unshare(self, person: str, token: str) -> bool: ...

    async def shared(self, token: str) -> Record | None:
        """What a link shows: messages up to when it was made."""
        ...

    async def rate(self, person: str, conversation: str, feedback: Feedback) -> bool: ...

    async def unrate(self, person: str, feedback_id: str) -> bool: ...

    async def feedback(self, person: str, conversation: str) -> Sequence[Feedback]: ...


class Files(Protocol):
    """The contents of files, by random keys."""

    async def put(
        self, person: str, conversation: str, name: str, media_type: str, source: Path | bytes
    ) -> StoredFile:
        """Keeps a copy. Raises QuotaReached where the person has too much already."""
        ...

    async def find(self, key: str) -> StoredFile | None: ...

    async def of(self, person: str, cursor: str | None = None, limit: int = 50) -> Page[StoredFile]: ...

    async def path(self, key: str) -> Path:
        """Where it can be read, on this machine. Raises UnknownName."""
        ...

    def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """Its content, or `length` bytes of it from `start` on, piece by piece. Raises UnknownName."""
        ...

    async def delete(self, person: str, key: str) -> bool: ...

    async def forget(self, person: str, keys: Collection[str] = ()) -> int:
        """Deletes what deleted conversations of theirs leave: their files, and those with `keys`.

        What something else refers to stays. How many that were.
        """
        ...

    async def used_bytes(self, person: str) -> int: ...

    async def sweep(self) -> int:
        """Deletes what nothing refers to any more and is older than a day; how many that were."""
        ...


class People(Protocol):
    """Accounts. A name is taken once, whatever its capitals."""

    async def add(self, name: str, password: SecretStr | None, role: Role | None = None) -> Person:
        """The first one is an admin, others members where no role is given. Raises BadAccount."""
        ...

    async def get(self, person_id: str) -> Person | None: ...

    async def named(self, name: str) -> Person | None: ...

    async def all(self) -> Sequence[Person]: ...

    async def check(self, name: str, password: SecretStr, *, is_known: bool = False) -> Person:
        """Whose password it is. Raises SignInRefused, in the same words whatever was wrong, or LockedOut.

        `is_known`: whoever asks was in before and counts their tries, so that others cannot lock them out.
        """
        ...

    async def set_password(self, person_id: str, password: SecretStr, but: str | None = None) -> None:
        """Ends all their logins but the one with the id `but`. Raises UnknownName, BadAccount."""
        ...

    async def change(
        self,
        person_id: str,
        role: Role | None = None,
        group: str | None = None,
        is_suspended: bool | None = None,
    ) -> Person:
        """Counts at once, for all logins and keys. Raises UnknownName, BadAccount (the last admin)."""
        ...

    async def known_as(self, issuer: str, subject: str, name: str, role: Role = "member") -> Person:
        """Who signed in elsewhere; an account is made at the first time."""
        ...

    async def delete(self, person_id: str) -> bool:
        """With their logins and keys. Their conversations are deleted by the caller before."""
        ...


class Logins(Protocol):
    """Browsers that are signed in."""

    async def open(self, person: str, agent: str = "", address: str = "") -> tuple[SecretStr, Login]:
        """A new one and the token that stands for it, which is not kept."""
        ...

    async def caller(self, token: SecretStr) -> Caller | None:
        """Who it is; None where it is unknown, ended or expired, or the person suspended."""
        ...

    async def of(self, person: str | None = None) -> Sequence[Login]:
        """Those of one person, or all; the newest first."""
        ...

    async def end(self, login_id: str, person: str | None = None) -> bool:
        """Counts at once. With `person`, only one of theirs."""
        ...

    async def end_all(self, person: str, but: str | None = None) -> int: ...


class Keys(Protocol):
    """Keys for programs."""

    async def make(
        self, person: str, name: str, scopes: frozenset[Scope], expires_at: float | None = None
    ) -> tuple[SecretStr, AccessKey]:
        """A new one and its secret, which is not kept."""
        ...

    async def caller(self, secret: SecretStr) -> Caller | None:
        """Whose it is; None where it is unknown, revoked or expired, or the person suspended."""
        ...

    async def of(self, person: str | None = None) -> Sequence[AccessKey]: ...

    async def revoke(self, key_id: str, person: str | None = None) -> bool: ...


class Ledger(Protocol):
    """What was spent."""

    def record(self, spent: Spent) -> None:
        """Takes it and returns at once."""
        ...

    async def flush(self) -> None: ...

    async def aclose(self) -> None:
        """Writes what can be written, and takes nothing any more."""
        ...

    async def totals(
        self,
        since: float,
        until: float | None = None,
        by: tuple[Column, ...] = (),
        person: str | None = None,
    ) -> Sequence[Total]:
        """Sums for each combination of the columns, the most expensive first; one in all without columns."""
        ...
