"""`vtai sandbox serve`: what it needs to start, and a real one that code is sent to."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from pydantic import SecretStr

from vtai.cli.parts import Parts
from vtai.cli.sandbox_serve import serve
from vtai.core.code import CodeResult
from vtai.core.errors import SettingsError
from vtai.providers.sandbox.engine import SandboxOptions
from vtai.providers.sandbox.remote import RemoteEngine

TOKEN = "a-token-that-is-long-enough"
START = """
from vtai.cli.parts import Parts
from vtai.cli.sandbox_serve import serve
serve(Parts(), '127.0.0.1', {})
"""
SEEN = "import os\nopen('seen.txt', 'w').write(repr(dict(os.environ)))\n6 * 7"


def test_without_a_token_it_does_not_start() -> None:
    with pytest.raises(SettingsError) as raised:
        serve(Parts(), "127.0.0.1", 0)
    assert "VT_CODE_SANDBOX_TOKEN" in raised.value.hint


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
async def test_code_runs_at_the_service_and_sees_nothing_of_its_environment(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        START.format(port),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "VT_CODE_SANDBOX_TOKEN": TOKEN, "VT_DATA_DIR": str(tmp_path)},
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    if not line:
        await process.wait()
        pytest.skip("this kernel has no walls")
    assert line.startswith(f"The sandbox service is at http://127.0.0.1:{port} (kernel, level ")
    engine = RemoteEngine(SandboxOptions(), f"http://127.0.0.1:{port}", SecretStr(TOKEN))
    while not (await engine.report()).is_usable:
        await asyncio.sleep(0.05)
    session = await engine.open()
    async with aclosing(session.run(SEEN, 30.0)) as events:
        *_, end = [event async for event in events]
    assert isinstance(end, CodeResult)
    assert (end.status, end.result) == ("ok", "42")
    seen = await session.get("seen.txt", 100_000)
    assert b"TOKEN" not in seen
    assert TOKEN.encode() not in seen
    await engine.close()
    process.send_signal(signal.SIGTERM)
    await process.wait()
    assert await process.stdout.read() == b""
