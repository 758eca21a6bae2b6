"""A clock to turn, passwords that are cheap to hash, and the parts of the store that know people."""

from __future__ import annotations

from dataclasses import dataclass, field

from argon2 import PasswordHasher  # noqa: TID253 these tests are about hashes; no start-up waits for them
from pydantic import SecretStr

from vtai.storage.database import Database
from vtai.storage.keys import SqlKeys
from vtai.storage.logins import SqlLogins
from vtai.storage.passwords import Passwords
from vtai.storage.people import SqlPeople

DAY_S = 86_400.0
GOOD, OTHER, WRONG = SecretStr("correct horse battery"), SecretStr("staple and more words"), SecretStr("no")
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Desk:
    """One process that has the database open; a second desk on the same one is another process."""

    database: Database
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.people = SqlPeople(self.database, Passwords(CHEAP), self.clock)
        self.logins = SqlLogins(self.database, days=30, idle_days=14, clock=self.clock)
        self.keys = SqlKeys(self.database, self.clock)
