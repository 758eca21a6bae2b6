"""`vtai routes corrections`: list, take back, share, export."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from vtai.core.ports import Correction
from vtai.providers.corrections import FileCorrections
from vtai.routing.corrections import LearningRouter
from vtai.settings import Loaded
from vtai.wiring import App


def correction(number: int, person: str = "local", text: str = "say it again") -> Correction:
    return Correction(f"{number:012x}", person, text, "", "", "text", "speech", 1_790_000_000.0 + number)


class LearningShell(Shell):
    """A shell whose application keeps corrections in this folder."""

    folder: Path

    def build(self, loaded: Loaded) -> App:
        app = super().build(loaded)
        store = FileCorrections(self.folder)
        app.learning = LearningRouter(store, head=None)  # type: ignore[arg-type]  # nothing is compared here
        app.closers = (*app.closers, store.close)
        return app


@pytest.fixture
def shell(tmp_path: Path) -> LearningShell:
    made = LearningShell()
    made.folder = tmp_path / "data"
    return made


def keep(shell: LearningShell, *corrections: Correction) -> None:
    async def work() -> None:
        store = FileCorrections(shell.folder)
        for one in corrections:
            await store.add(one)
        await store.close()

    asyncio.run(work())


@pytest.mark.parametrize("command", [(), ("list",)], ids=["bare", "list"])
def test_the_list_shows_ids_routes_and_messages(shell: LearningShell, command: tuple[str, ...]) -> None:
    keep(shell, correction(1), correction(2, text="long " * 40), correction(3, person="other"))
    lines = shell("routes", "corrections", *command).out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("000000000001  2026-09-2")
    assert lines[0].endswith("text -> speech  say it again")
    assert lines[1].endswith("…")


def test_an_empty_list_says_so(shell: LearningShell) -> None:
    outcome = shell("routes", "corrections")
    assert (outcome.code, outcome.out) == (0, "")
    assert "Nothing was corrected yet" in outcome.err


def test_undo_takes_one_back(shell: LearningShell) -> None:
    keep(shell, correction(1), correction(2))
    assert shell("routes", "corrections", "undo", "000000000001").code == 0
    [line] = shell("routes", "corrections").out.splitlines()
    assert line.startswith("000000000002")


@pytest.mark.parametrize("command", ["undo", "promote"])
def test_an_unknown_id_is_told_with_the_way_to_the_list(shell: LearningShell, command: str) -> None:
    outcome = shell("routes", "corrections", command, "nothing")
    assert outcome.code == 1
    assert "There is no correction 'nothing'." in outcome.err
    assert "vtai routes corrections" in outcome.err


def test_anothers_is_not_undone(shell: LearningShell) -> None:
    keep(shell, correction(1, person="other"))
    assert shell("routes", "corrections", "undo", "000000000001").code == 1


def test_promote_makes_one_count_for_everybody(shell: LearningShell) -> None:
    keep(shell, correction(1))
    assert shell("routes", "corrections", "promote", "000000000001").code == 0
    assert "for everybody" in shell("routes", "corrections").out


def test_export_prints_json_lines(shell: LearningShell) -> None:
    keep(shell, correction(1), correction(2, text="ещё раз"))
    first, second = (json.loads(line) for line in shell("routes", "corrections", "export").out.splitlines())
    assert first["right"] == "speech"
    assert second["text"] == "ещё раз"


def test_nothing_is_loaded_for_it_and_all_is_closed(shell: LearningShell) -> None:
    shell("routes", "corrections")
    assert len(shell.built) == 1
    assert shell.closed == 1


def test_routers_that_do_not_learn_are_named_as_the_reason() -> None:
    outcome = Shell()("routes", "corrections")
    assert outcome.code == 1
    assert "do not learn" in outcome.err
