"""`vtai people`: accounts in the terminal, while a server has the same store open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import termios
import threading
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import pytest

from tests.cli.conftest import keyboard
from tests.cli.store_shell import StoreShell
from tests.storage.desk import GOOD, OTHER
from vtai.core.people import Person

PASSWORD = GOOD.get_secret_value()


@pytest.fixture
def people() -> StoreShell:
    return StoreShell()


def added(people: StoreShell, *names: str) -> None:
    for name in names:
        assert people("people", "add", name, "--password-stdin", piped=f"{PASSWORD}\n").code == 0


def named(people: StoreShell, name: str) -> Person | None:
    async def work(store: Any) -> Person | None:
        return await store.people.named(name)  # type: ignore[no-any-return]

    return people.server(work)


def test_the_first_account_is_an_admin_and_its_password_is_what_was_piped(people: StoreShell) -> None:
    first = people("people", "add", "Ann", "--password-stdin", piped=f"{PASSWORD}\r\n")
    second = people("people", "add", "Bob", "--role", "guest", "--password-stdin", piped=PASSWORD)
    assert (first.code, first.out) == (0, "Ann has an account now, as admin.\n")
    assert (second.code, second.out) == (0, "Bob has an account now, as guest.\n")

    async def checked(store: Any) -> list[str]:
        return [(await store.people.check(name, GOOD)).name for name in ("ann", "bob")]

    assert people.server(checked) == ["Ann", "Bob"]


@contextlib.contextmanager
def typing_unseen(*lines: str) -> Iterator[tuple[TextIO, Callable[[], str]]]:
    """A terminal at which the lines are typed once it no longer shows them; and what it showed so far."""
    person, terminal = os.openpty()
    stream = os.fdopen(terminal, encoding="utf-8")
    gone = threading.Event()

    def echoes() -> bool:
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

    def type_in() -> None:
        while echoes() and not gone.wait(0.01):
            pass
        os.write(person, "".join(f"{line}\n" for line in lines).encode())

    def shown() -> str:
        assert echoes()
        os.set_blocking(person, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(person, 4_096).decode()
        return ""

    typist = threading.Thread(target=type_in)
    typist.start()
    try:
        yield stream, shown
    finally:
        gone.set()
        typist.join()
        stream.close()
        os.close(person)


def test_a_password_is_typed_twice_and_not_shown(people: StoreShell) -> None:
    with typing_unseen(PASSWORD, PASSWORD) as (terminal, shown):
        outcome = people("people", "add", "Ann", typed=terminal)
        assert PASSWORD not in shown()
    assert (outcome.code, outcome.out) == (0, "Ann has an account now, as admin.\n")
    assert PASSWORD not in outcome.err
    assert outcome.err.split("\n")[:2] == ["\x1b[2mPassword: \x1b[0m", "\x1b[2mThe same again: \x1b[0m"]


def test_two_different_passwords_make_no_account(people: StoreShell) -> None:
    with typing_unseen(PASSWORD, f"{PASSWORD}!") as (terminal, _):
        outcome = people("people", "add", "Ann", typed=terminal)
    assert outcome.code == 1
    assert "not the same" in outcome.err
    assert named(people, "Ann") is None


def test_without_a_terminal_the_option_is_named(people: StoreShell) -> None:
    outcome = people("people", "add", "Ann", piped=PASSWORD)
    assert outcome.code == 1
    assert "--password-stdin" in outcome.err


@pytest.mark.parametrize("password", ["", "short", "1234567890"], ids=["none", "short", "common"])
def test_a_bad_password_is_refused_in_words(people: StoreShell, password: str) -> None:
    outcome = people("people", "add", "Ann", "--password-stdin", piped=f"{password}\n")
    assert outcome.code == 1
    assert "password" in outcome.err
    assert "Traceback" not in outcome.err


def test_accounts_are_listed(people: StoreShell) -> None:
    assert "vtai people add" in people("people", "list").err
    added(people, "Ann", "Bob Lee")
    rows = people("people", "list").out.splitlines()
    assert rows[0].split() == ["NAME", "ROLE", "GROUP", "STATE", "MADE", "ID"]
    assert rows[1].split()[:4] == ["Ann", "admin", "-", "active"]
    assert rows[2].split()[:5] == ["Bob", "Lee", "member", "-", "active"]
    listed = json.loads(people("people", "list", "--json").out)
    assert [(each["name"], each["role"], each["state"]) for each in listed] == [
        ("Ann", "admin", "active"),
        ("Bob Lee", "member", "active"),
    ]


def test_role_group_and_suspension_are_changed_by_name(people: StoreShell) -> None:
    added(people, "Ann", "Bob")
    assert people("people", "role", "bob", "guest").out == "Bob is guest, active.\n"
    assert people("people", "group", "Bob", "lab").out == "Bob is guest, in the group lab, active.\n"
    assert people("people", "suspend", "Bob").out == "Bob is guest, in the group lab, suspended.\n"
    assert people("people", "resume", "Bob").out == "Bob is guest, in the group lab, active.\n"
    assert people("people", "group", "Bob").out == "Bob is guest, active.\n"


@pytest.mark.parametrize(
    "command",
    [["role", "Ann", "member"], ["suspend", "Ann"], ["delete", "Ann", "--yes"]],
    ids=["role", "suspend", "delete"],
)
def test_the_only_admin_stays_with_all_that_they_keep(people: StoreShell, command: list[str]) -> None:
    added(people, "Ann", "Bob")
    outcome = people("people", *command)
    assert outcome.code == 1
    assert "only admin" in outcome.err
    assert people.histories.deleted == []
    ann = named(people, "Ann")
    assert ann is not None
    assert not ann.is_suspended


def test_a_name_that_nobody_has_is_told_with_the_nearest(people: StoreShell) -> None:
    added(people, "Ann")
    outcome = people("people", "suspend", "Anne")
    assert outcome.code == 1
    assert outcome.err == "There is no account 'Anne'.\nDid you mean 'Ann'?\n"


def test_a_new_password_signs_out_everywhere(people: StoreShell) -> None:
    added(people, "Ann")

    async def opened(store: Any) -> Any:
        return (await store.logins.open((await store.people.named("Ann")).id))[0]

    token = people.server(opened)
    outcome = people("people", "password", "Ann", "--password-stdin", piped=OTHER.get_secret_value())
    assert outcome.out == "Ann has a new password and is signed out everywhere.\n"

    async def checked(store: Any) -> tuple[object, str]:
        return await store.logins.caller(token), (await store.people.check("Ann", OTHER)).name

    assert people.server(checked) == (None, "Ann")


def test_deleting_takes_conversations_first_and_asks(people: StoreShell) -> None:
    added(people, "Ann", "Bob")
    bob = named(people, "Bob")
    assert bob is not None
    asked = people("people", "delete", "Bob")
    assert asked.code == 1
    assert "--yes" in asked.err
    with keyboard("n") as terminal:
        assert people("people", "delete", "Bob", typed=terminal).code == 1
    assert (named(people, "Bob"), people.histories.deleted) == (bob, [])
    with keyboard("y") as terminal:
        outcome = people("people", "delete", "bob", typed=terminal)
    assert outcome.out == "Bob is deleted, with 3 conversations.\n"
    assert (named(people, "Bob"), people.histories.deleted) == (None, [bob.id])


def test_logins_are_listed_and_ended_while_the_server_runs(people: StoreShell) -> None:
    added(people, "Ann", "Bob")

    async def work(store: Any) -> None:
        ann, bob = await store.people.named("Ann"), await store.people.named("Bob")
        first, login = await store.logins.open(ann.id, "Firefox", "192.0.2.1")
        second, _ = await store.logins.open(ann.id)
        await store.logins.open(bob.id)

        def commands() -> None:
            rows = people("people", "logins", "Ann").out.splitlines()
            assert rows[0].split() == ["ID", "OF", "MADE", "SEEN", "UNTIL", "FROM", "BROWSER"]
            assert len(rows) == 3
            assert "192.0.2.1  Firefox" in "\n".join(rows)
            assert len(json.loads(people("people", "logins", "--json").out)) == 3
            assert people("people", "sign-out", "Bob", "--login", login.id).code == 1
            one = people("people", "sign-out", "Ann", "--login", login.id)
            assert one.out == "Ann is signed out in 1 browser.\n"

        await asyncio.to_thread(commands)
        assert await store.logins.caller(first) is None
        assert await store.logins.caller(second) is not None
        outcome = await asyncio.to_thread(people, "people", "sign-out", "Ann")
        assert outcome.out == "Ann is signed out in 1 browser.\n"
        assert await store.logins.caller(second) is None

    people.server(work)
    assert people("people", "sign-out", "Bob").code == 0
    assert people("people", "logins").err == "Nobody is signed in.\n"


def test_where_nothing_is_kept_that_is_said(people: StoreShell) -> None:
    people.keeps = False
    outcome = people("people", "list")
    assert (outcome.code, outcome.err.splitlines()[0]) == (1, "Nothing is kept here.")
