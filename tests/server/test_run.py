"""Listening and stopping, with real sockets and processes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import fakes
from tests.server.parts import EchoHandler, make_app
from vtai.core.errors import VTError
from vtai.core.events import Failed
from vtai.core.turn import Turn
from vtai.server.run import drain, listen

ROOT = Path(__file__).parents[2]


def test_a_taken_port_gives_one_line_and_the_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(VTError) as told:
            listen("127.0.0.1", port)
    assert told.value.message == f"Port {port} is taken by another program."
    assert "--port" in told.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"], ids=["not-here", "unknown"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(VTError, match="is not an address"):
        listen(host, 0)


def test_whoever_comes_before_the_server_answers_can_connect() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), timeout=5):
        pass


async def test_a_running_answer_may_end_before_the_server_does(tmp_path: Path) -> None:
    may_go_on = asyncio.Event()

    async def step() -> None:
        await may_go_on.wait()

    app = make_app(tmp_path, EchoHandler(step))
    answer = asyncio.create_task(fakes.events_of(app.chat.reply(Turn("Hi"))))
    while app.metrics.running == 0:
        await asyncio.sleep(0)
    stopping = asyncio.create_task(drain(app, lambda: False, grace_s=20))
    while not app.chat.is_draining:
        await asyncio.sleep(0)
    may_go_on.set()
    await stopping
    assert fakes.text_of(await answer) == "0 1 "


async def test_an_answer_that_does_not_end_is_cut_and_says_so(tmp_path: Path) -> None:
    async def step() -> None:
        await asyncio.sleep(0.01)

    app = make_app(tmp_path, EchoHandler(step, pieces=100_000))
    answer = asyncio.create_task(fakes.events_of(app.chat.reply(Turn("Hi"))))
    while app.metrics.running == 0:
        await asyncio.sleep(0)
    await drain(app, lambda: False, grace_s=0.05)
    events = await answer
    assert isinstance(events[-1], Failed)
    assert fakes.text_of(events).startswith("0 ")


async def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    app = make_app(tmp_path, EchoHandler(never))
    answer = asyncio.create_task(fakes.events_of(app.chat.reply(Turn("Hi"))))
    while app.metrics.running == 0:
        await asyncio.sleep(0)
    await drain(app, lambda: True, grace_s=600)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer


@contextmanager
def process(folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server of fakes in a process of its own, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.server.standin", str(folder), str(port)]
    env = {**os.environ, **variables}
    started = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with started:
        try:
            yield started, port
        finally:
            if started.poll() is None:
                started.kill()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "ctrl-c"])
def test_a_signal_ends_the_process_quietly_and_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    import httpx

    with process(tmp_path) as (server, port):
        assert server.stdout is not None
        assert server.stdout.readline() == f"VT.ai is at http://127.0.0.1:{port}\n"
        assert httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
        server.send_signal(number)
        out, err = server.communicate(timeout=20)
    assert server.returncode == 0
    assert (out, err) == ("", "")
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.slow
def test_the_page_is_answered_before_its_library_is_loaded(tmp_path: Path) -> None:
    import httpx

    with process(tmp_path) as (server, port):
        assert server.stdout is not None
        server.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        assert "<title>VT.ai</title>" in httpx.get(url).text
        assert httpx.get(f"{url}/health/ready").json()["parts"]["page"] == "loading"
        settings = httpx.get(f"{url}/project/settings?language=en-US", timeout=60)
        assert settings.json()["ui"]["name"] == "VT.ai"
        assert httpx.get(f"{url}/health/ready").json()["parts"]["page"] == "ready"


@pytest.mark.slow
def test_a_key_that_was_set_is_asked_for_and_not_printed(tmp_path: Path) -> None:
    import httpx

    with process(tmp_path, VT_ACCESS_KEY="correct-horse-battery") as (server, port):
        assert server.stdout is not None
        assert server.stdout.readline() == f"VT.ai is at http://127.0.0.1:{port}\n"
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 401
