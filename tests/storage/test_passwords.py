"""Passwords: which are taken, and that hashing them keeps its bounds."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from argon2 import PasswordHasher  # noqa: TID253 these tests are about hashes; no start-up waits for them
from pydantic import SecretStr

from tests.storage.desk import CHEAP, GOOD
from vtai.core.errors import BadAccount, Busy
from vtai.storage.passwords import Passwords


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("ten-chars-", id="shortest"),
        pytest.param("x1" * 128, id="longest"),
        pytest.param("пароль из слов", id="other letters"),
        pytest.param("  spaces count  ", id="spaces"),
        pytest.param("with\ttab and \ud800", id="odd characters"),
    ],
)
async def test_a_password_fits_its_hash_alone(password: str) -> None:
    passwords = Passwords(CHEAP)
    kept = await passwords.hashed(SecretStr(password), "Ann")
    assert password not in kept
    assert await passwords.fits(SecretStr(password), kept)
    assert not await passwords.fits(SecretStr(password + "x"), kept)
    assert not await passwords.fits(SecretStr(password.upper() + "X"), kept)
    assert not await passwords.fits(SecretStr(""), kept)
    assert kept != await passwords.hashed(SecretStr(password), "Ann")


@pytest.mark.parametrize(
    ("password", "told"),
    [
        pytest.param("nine-char", "10 to 256", id="short"),
        pytest.param("x1" * 128 + "x", "10 to 256", id="long"),
        pytest.param("ANN@example.org", "is the name", id="name"),
        pytest.param("Password123", "most common", id="common"),
        pytest.param("1234567890", "most common", id="digits in order"),
        pytest.param("zzzzzzzzzzzz", "most common", id="one letter"),
    ],
)
async def test_a_password_that_is_easy_to_guess_is_refused(password: str, told: str) -> None:
    with pytest.raises(BadAccount, match=told) as caught:
        await Passwords(CHEAP).hashed(SecretStr(password), "ann@example.org")
    assert password not in caught.value.message + caught.value.hint


async def test_it_does_not_matter_how_an_accent_was_typed() -> None:
    passwords = Passwords(CHEAP)
    kept = await passwords.hashed(SecretStr("Zoe\u0308 and the rest"), "Ann")
    assert await passwords.fits(SecretStr("Zo\u00eb and the rest"), kept)


@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$broken"], ids=["none", "no hash", "broken"])
async def test_a_hash_that_is_none_fits_nothing(kept: str) -> None:
    assert not await Passwords(CHEAP).fits(SecretStr("plain text"), kept)


class Counting(PasswordHasher):
    """Holds every hash until the test lets it go, and counts those at work."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go = threading.Event()
        self.at_work, self.most, self.all = 0, 0, 0
        self._lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self._lock:
            self.at_work += 1
            self.all += 1
            self.most = max(self.most, self.at_work)
        self.go.wait()
        with self._lock:
            self.at_work -= 1
        return super().hash(password, salt=salt)


async def test_two_hashes_are_made_at_once_and_too_many_are_refused() -> None:
    hasher = Counting()
    passwords = Passwords(hasher)
    work: list[asyncio.Task[Any]] = [
        asyncio.create_task(passwords.hashed(GOOD, f"{number}")) for number in range(100)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await passwords.fits(GOOD, None)
    hasher.go.set()
    await asyncio.gather(*work)
    assert (hasher.most, hasher.all) == (2, 100)
    assert await passwords.hashed(GOOD, "Ann")


async def test_a_name_that_nobody_has_costs_a_hash_as_well() -> None:
    hasher = Counting()
    hasher.go.set()
    assert not await Passwords(hasher).fits(GOOD, None)
    assert hasher.all == 1
