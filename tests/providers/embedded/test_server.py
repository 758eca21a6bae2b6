"""The child process that holds the packaged model."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vtai.core.errors import NotConfigured, NotReady
from vtai.providers.embedded.server import EmbeddedServer, is_installed
from vtai.providers.endpoint import Endpoint

PARENT = """
import asyncio, sys, time
from pathlib import Path
from vtai.providers.embedded.server import EmbeddedServer, is_installed

async def main():
    server = EmbeddedServer(Path(sys.argv[1]))
    await server.endpoint()
    print(server.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Without a parent that asks how it ended, a dead process keeps its number.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


async def ended(pid: int) -> None:
    while is_alive(pid):
        await asyncio.sleep(0.02)


async def replaced(server: EmbeddedServer, old: Endpoint) -> Endpoint:
    while (endpoint := await server.endpoint()) == old:
        await asyncio.sleep(0.02)
    return endpoint


async def status(endpoint: Endpoint, path: str, key: str | None = None) -> int:
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get((endpoint.base_url or "").removesuffix("/v1") + path, headers=headers)
    return answer.status_code


async def test_missing_weights_are_not_configured_and_the_next_try_looks_again(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    for _ in range(2):
        with pytest.raises(NotConfigured, match="not installed") as caught:
            await server.endpoint()
        assert "vtai models fetch" in caught.value.hint
    await server.aclose()


@pytest.mark.model
def test_it_is_installed_once_its_weights_are_there(tmp_path: Path, models_dir: Path) -> None:
    assert not is_installed(tmp_path)
    assert is_installed(models_dir)


@pytest.mark.slow
async def test_a_file_that_is_no_model_says_so_and_leaves_no_process(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    server = EmbeddedServer(tmp_path, model=broken)
    with pytest.raises(NotReady, match="cannot be loaded"):
        await server.endpoint()
    assert server.pid is None
    await server.aclose()


@pytest.mark.model
@pytest.mark.slow
async def test_starting_returns_before_the_model_is_loaded(server: EmbeddedServer) -> None:
    server.start()
    assert server.pid is None
    assert str((await server.endpoint()).base_url).startswith("http://127.0.0.1:")
    assert server.pid is not None


@pytest.mark.model
@pytest.mark.slow
async def test_only_who_has_the_key_is_answered_and_there_is_no_page(server: EmbeddedServer) -> None:
    endpoint = await server.endpoint()
    assert endpoint.key is not None
    key = endpoint.key.get_secret_value()
    assert await status(endpoint, "/slots") == 401
    assert await status(endpoint, "/slots", "wrong") == 401
    assert await status(endpoint, "/slots", key) == 200
    assert await status(endpoint, "/", key) == 404
    assert key not in repr(endpoint)


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_child_sees_no_key_in_its_environment_nor_shows_its_own(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody")
    endpoint = await server.endpoint()
    assert endpoint.key is not None
    process = Path(f"/proc/{server.pid}")
    assert b"sk-of-somebody" not in (process / "environ").read_bytes()
    assert b"OMP_WAIT_POLICY=passive" in (process / "environ").read_bytes()
    assert endpoint.key.get_secret_value().encode() not in (process / "cmdline").read_bytes()


@pytest.mark.model
@pytest.mark.slow
async def test_a_killed_child_is_replaced(server: EmbeddedServer) -> None:
    endpoint = await server.endpoint()
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    again = await asyncio.wait_for(replaced(server, endpoint), 60)
    assert await status(again, "/health") == 200
    assert server.pid != first


@pytest.mark.model
@pytest.mark.slow
async def test_closing_ends_the_child_for_good(server: EmbeddedServer) -> None:
    await server.endpoint()
    pid = server.pid
    assert pid is not None
    await asyncio.wait_for(server.aclose(), 2)
    assert not is_alive(pid)
    with pytest.raises(NotReady, match="shutting down"):
        await server.endpoint()


@pytest.mark.model
@pytest.mark.slow
async def test_closing_while_it_loads_leaves_no_process(server: EmbeddedServer) -> None:
    server.start()
    while server.pid is None:
        await asyncio.sleep(0.005)
    pid = server.pid
    await asyncio.wait_for(server.aclose(), 2)
    assert not is_alive(pid)


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
async def test_no_child_outlives_its_parent(models_dir: Path, how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(models_dir)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert is_alive(pid)
        parent.send_signal(how)
    await asyncio.wait_for(ended(pid), 10)


@pytest.mark.model
@pytest.mark.slow
async def test_ctrl_c_in_a_terminal_does_not_reach_the_child(server: EmbeddedServer) -> None:
    endpoint = await server.endpoint()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGINT)
    time.sleep(0.1)
    assert await status(endpoint, "/health") == 200
    assert await server.endpoint() == endpoint
