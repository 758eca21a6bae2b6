"""The server as a whole: health, numbers, start and end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.listening import listening
from tests.server.parts import Library, bare_shelf, client, make_app
from vtai.core.errors import NotReady, SettingsError
from vtai.server.app import build_server


async def test_it_is_alive_at_once_and_ready_when_every_part_is(tmp_path: Path) -> None:
    async with client(make_app(tmp_path), Library().load) as http:
        assert (await http.get("/health/live")).json() == {"status": "live"}
        await http.get("/project/settings")
        answer = await http.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ready",
            "parts": {"routing": "ready", "model": "ready", "page": "ready"},
        }


@pytest.mark.parametrize("part", ["routing", "model"])
async def test_it_is_not_ready_while_a_part_failed(tmp_path: Path, part: str) -> None:
    app = make_app(tmp_path)
    async with client(app, Library().load) as http:
        await http.get("/project/settings")
        app.readiness.mark_failed(part, NotReady("secret detail", "hint"))
        answer = await http.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["parts"][part] == "failed"
        assert "secret" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_it_is_not_ready_when_the_page_failed_to_load(tmp_path: Path) -> None:
    def broken(app: object, root: Path) -> object:
        raise RuntimeError("broken")

    async with client(make_app(tmp_path), broken) as http:  # type: ignore[arg-type]
        await http.get("/project/settings")
        answer = await http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["parts"]["page"] == "failed"


async def test_it_is_not_ready_any_more_when_it_stops(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with client(app, Library().load) as http:
        await http.get("/project/settings")
        app.chat.drain()
        answer = await http.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "stopping")


async def test_the_numbers_are_there_for_prometheus(tmp_path: Path) -> None:
    async with client(make_app(tmp_path), Library().load) as http:
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'vtai_part_ready{part="model"}' in answer.text


async def test_the_run_folder_is_there_while_the_server_runs_and_gone_after(tmp_path: Path) -> None:
    roots: list[Path] = []
    library = Library()

    def load(app: object, root: Path) -> object:
        roots.append(root)
        return library.app

    app = make_app(tmp_path)
    server = build_server(app, load=load, shelf=bare_shelf(app))  # type: ignore[arg-type]
    async with server.router.lifespan_context(server):
        while not roots:
            await asyncio.sleep(0.01)
        assert (roots[0] / ".chainlit" / "config.toml").is_file()
    assert not roots[0].exists()


async def test_everything_that_was_started_is_closed(tmp_path: Path) -> None:
    closed: list[str] = []

    async def close() -> None:
        closed.append("part")

    app = make_app(tmp_path)
    app.closers = (close,)
    async with listening(build_server(app, load=Library().load, shelf=bare_shelf(app))):
        assert closed == []
    assert closed == ["part"]


def test_a_data_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    app = make_app(tmp_path / "data")
    (tmp_path / "data" / "run").write_text("in the way")
    with pytest.raises(SettingsError, match="cannot be written"):
        build_server(app)
