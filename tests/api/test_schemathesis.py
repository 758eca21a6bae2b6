"""The whole interface against its own description: whatever that allows is answered as it says."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api.parts import Named, make_app
from tests.cli.conftest import FakeHandler
from vtai import api
from vtai.core.people import LOCAL, Caller

pytestmark = pytest.mark.slow

_HEADERS = {"Authorization": "Bearer tester"}
_GOOD = ["2xx", "401", "403", "404", "409"]
# Every check is on. Which contents are a picture, or an export, no description can say: those may be refused.
_CONFIG: dict[str, Any] = {
    "seed": 1,
    "generation": {"max-examples": 5, "deterministic": True, "no-shrink": True},
    "operations": [
        {"include-path": path, "checks": {"positive_data_acceptance": {"expected-statuses": statuses}}}
        for path, statuses in (("/files", [*_GOOD, "415"]), ("/conversations/import", [*_GOOD, "422"]))
    ],
}


@contextmanager
def _serving(app: Any) -> Iterator[int]:
    """The port of a server in a thread of its own: the checks are not asynchronous."""
    import uvicorn

    # Named as TCP: else asyncio leaves small answers waiting for the receipt of what came before.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", loop="asyncio"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    from starlette.applications import Starlette

    app = make_app(tmp_path, FakeHandler("text"), FakeHandler("vision"))
    level = logging.getLogger().level

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncGenerator[None, None]:
        yield
        assert app.storing is not None
        await app.storing.aclose()

    mounted = Starlette(routes=[api.mount(app)], lifespan=life)
    with _serving(Named(mounted, {"tester": Caller(LOCAL)})) as port:
        yield f"http://127.0.0.1:{port}/api/v1/openapi.json"
    logging.getLogger().setLevel(level)


def _failures(schema: Any) -> Iterator[str]:
    """What is wrong, each with the command that shows it. Examples, limits, chance and chains of calls."""
    from schemathesis.engine import events, from_schema

    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield repr(getattr(event, "value", None) or getattr(event, "exception", event))
        elif isinstance(event, events.ScenarioFinished):
            for checks in event.recorder.checks.values():
                for info in filter(None, (check.failure_info for check in checks)):
                    yield f"{event.label}: {info.failure.title}: {info.failure.message}\n{info.code_sample}"


def test_the_interface_does_what_it_says(address: str) -> None:
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    config = SchemathesisConfig.from_dict(_CONFIG | {"headers": _HEADERS})
    schema = schemathesis.openapi.from_url(address, headers=_HEADERS, config=config)
    assert len(list(schema.get_all_operations())) > 40
    assert not list(_failures(schema))
