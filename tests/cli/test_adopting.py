"""`vtai people adopt`: over the real store, while a server has it open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from tests.cli.conftest import Outcome, Screen, Shell, _input
from tests.storage.said import user
from vtai import settings
from vtai.cli import main
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.core.ports import Correction
from vtai.core.spending import Spent
from vtai.providers.corrections import FileCorrections
from vtai.providers.notes import FileNotes
from vtai.wiring.storing import Store, Storing

Result = TypeVar("Result")
PASSWORD = "correct horse battery\n"
LEFT = "vtai people adopt"


def run(*arguments: str, piped: str | None = None) -> Outcome:
    shell = Shell()

    def build(loaded: settings.Loaded) -> object:
        app = shell.build(loaded)
        app.storing = Storing(loaded)
        app.closers = (*app.closers, app.storing.aclose)
        return app

    out, err = Screen(), Screen()
    with _input(piped) as stream:
        code = main(arguments, Parts(build, shell.serve, Terminal(out, err), stream))  # type: ignore[arg-type]
    return Outcome(code, out.text(), err.text())


def server(work: Callable[[Store], Awaitable[Result]]) -> Result:
    """What a server does that has the store open."""

    async def working() -> Result:
        storing = Storing(settings.load())
        try:
            return await work(await storing.ready())
        finally:
            await storing.aclose()

    return asyncio.run(working())


async def keep(store: Store) -> None:
    """What somebody leaves who works without an account."""
    store.histories.record("local", "a", user("1", "hello"))
    await store.files.put("local", "a", "a.txt", "text/plain", b"hello")
    store.ledger.record(Spent(1_800_000_000.0, "local"))
    await store.keys.make("local", "nightly", frozenset({"read"}))
    await store.histories.flush()
    folder = settings.load().data_dir
    notes, corrections = FileNotes(folder), FileCorrections(folder)
    await notes.add("local", "Tea, no sugar.")
    await corrections.add(Correction("c", "local", "draw", "", "text", "text", "image", 1.0))
    await notes.close()
    await corrections.close()


@pytest.fixture
def ann() -> str:
    server(keep)
    added = run("people", "add", "Ann", "--password-stdin", piped=PASSWORD)
    assert LEFT in added.err
    return "Ann"


def test_all_of_it_is_theirs_and_said(ann: str) -> None:
    outcome = run("people", "adopt", "ann", "--yes")
    assert outcome.code == 0, outcome.err
    said = "Ann got 1 conversation, 1 file, 1 turn in the use, 1 note, 1 correction."
    assert outcome.out.splitlines()[0] == said
    assert "1 key was revoked" in outcome.out

    async def found(store: Store) -> tuple[int, int, int, int]:
        person = await store.people.named("ann")
        assert person is not None
        folder = settings.load().data_dir
        notes, corrections = FileNotes(folder), FileCorrections(folder)
        try:
            return (
                len((await store.histories.page(person.id)).items),
                await store.files.used_bytes(person.id),
                len(await notes.find(person.id)),
                len(await corrections.of(person.id)),
            )
        finally:
            await notes.close()
            await corrections.close()

    assert server(found) == (1, 5, 1, 1)
    assert LEFT not in run("people", "list").err


def test_a_running_server_sees_it_at_once(ann: str) -> None:
    async def work(store: Store) -> tuple[list[str], list[str]]:
        person = await store.people.named("ann")
        assert person is not None
        before = [each.id for each in (await store.histories.page(person.id)).items]
        assert (await asyncio.to_thread(run, "people", "adopt", "ann", "--yes")).code == 0
        return before, [each.id for each in (await store.histories.page(person.id)).items]

    assert server(work) == ([], ["a"])


def test_a_second_time_there_is_nothing_left(ann: str) -> None:
    run("people", "adopt", "ann", "--yes")
    assert "there was nothing" in run("people", "adopt", "ann", "--from", "local", "--yes").out


def test_one_account_takes_over_from_another(ann: str) -> None:
    run("people", "add", "Ben", "--password-stdin", piped=PASSWORD)
    run("people", "adopt", "ann", "--yes")
    assert "Ben got 1 conversation" in run("people", "adopt", "ben", "--from", "ANN", "--yes").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("anne", "--yes"), "There is no account 'anne'.", id="nobody gets it"),
        pytest.param(("ann", "--from", "anne", "--yes"), "There is no account 'anne'.", id="nobody gives it"),
        pytest.param(("ann", "--from", "ann", "--yes"), "already", id="to themselves"),
        pytest.param(("ann",), "", id="not confirmed"),
    ],
)
def test_what_cannot_be_changes_nothing(ann: str, arguments: tuple[str, ...], said: str) -> None:
    outcome = run("people", "adopt", *arguments)
    assert outcome.code != 0
    assert said in outcome.err
    assert LEFT in run("people", "list").err
