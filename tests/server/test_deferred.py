"""Requests that come before the page's library is loaded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from tests.listening import listening
from vtai.core.errors import NotConfigured
from vtai.server.deferred import Deferred

if TYPE_CHECKING:
    import httpx


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(await socket.receive_text())
    await socket.close()


def library() -> ASGIApp:
    async def hello(request: object) -> PlainTextResponse:
        return PlainTextResponse("hello")

    return Starlette(routes=[Route("/", hello), WebSocketRoute("/socket", _echo)])


def http(app: ASGIApp) -> httpx.AsyncClient:
    import httpx

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


class Gated:
    """Loads when it is allowed to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.may_load = threading.Event()
        self.loads = 0

    def __call__(self) -> ASGIApp:
        self.loads += 1
        assert self.may_load.wait(20)
        return library()


async def test_a_request_waits_until_the_app_is_loaded() -> None:
    load = Gated()
    deferred = Deferred(load)
    async with http(deferred) as client:
        waiting = asyncio.create_task(client.get("/"))
        await asyncio.sleep(0)
        assert deferred.state == "loading"
        assert not waiting.done()
        load.may_load.set()
        assert (await waiting).text == "hello"
    assert deferred.state == "ready"


async def test_an_early_socket_waits_until_the_app_is_loaded() -> None:
    load = Gated()
    from websockets.asyncio.client import connect

    deferred = Deferred(load)

    async def talk(port: int) -> str | bytes:
        async with connect(f"ws://127.0.0.1:{port}/socket") as socket:
            await socket.send("early")
            return await socket.recv()

    server = Starlette(routes=[WebSocketRoute("/socket", deferred)])
    async with listening(server) as port:
        waiting = asyncio.create_task(talk(port))
        while load.loads == 0:
            await asyncio.sleep(0.01)
        assert not waiting.done()
        load.may_load.set()
        assert await waiting == "early"


async def test_many_early_requests_load_the_app_once() -> None:
    load = Gated()
    load.may_load.set()
    async with http(Deferred(load)) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert load.loads == 1


async def test_a_client_that_gives_up_does_not_end_the_load_for_others() -> None:
    load = Gated()
    async with http(Deferred(load)) as client:
        impatient = asyncio.create_task(client.get("/"))
        patient = asyncio.create_task(client.get("/"))
        while load.loads == 0:
            await asyncio.sleep(0.01)
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        load.may_load.set()
        assert (await patient).status_code == 200


def _known() -> ASGIApp:
    raise NotConfigured("The page needs a part.", "Install it.")


def _unknown() -> ASGIApp:
    raise RuntimeError("secret path /root")


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        pytest.param(_known, "The page needs a part.", id="known"),
        pytest.param(_unknown, "The page failed to load.", id="unknown"),
    ],
)
async def test_a_failed_load_is_told_in_plain_words(load: Callable[[], ASGIApp], sentence: str) -> None:
    deferred = Deferred(load)
    async with http(deferred) as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert answer.json()["detail"] == sentence
    assert deferred.state == "failed"


async def test_a_socket_is_refused_when_the_load_failed() -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus

    async with listening(Starlette(routes=[WebSocketRoute("/socket", Deferred(_unknown))])) as port:
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://127.0.0.1:{port}/socket"):
                pass


async def test_a_load_that_takes_too_long_is_told_so_and_goes_on() -> None:
    load = Gated()
    deferred = Deferred(load, timeout_s=0.01)
    async with http(deferred) as client:
        assert (await client.get("/")).status_code == 503
        load.may_load.set()
        await deferred.begin()
        assert (await client.get("/")).status_code == 200


async def test_closing_refuses_whoever_still_waits() -> None:
    load = Gated()
    deferred = Deferred(load)
    async with http(deferred) as client:
        waiting = asyncio.create_task(client.get("/"))
        while load.loads == 0:
            await asyncio.sleep(0.01)
        deferred.close()
        assert (await waiting).status_code == 503
    load.may_load.set()
