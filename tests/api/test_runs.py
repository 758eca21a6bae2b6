"""Answers that are being given: stopped from both ends, and tools that ask first."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.api.parts import Named, SlowHandler, desk, events_in, make_app
from vtai import api as interface


async def test_an_answer_is_stopped_and_what_was_said_is_kept(tmp_path: Path) -> None:
    handler = SlowHandler()
    async with desk(make_app(tmp_path, handler)) as api:
        asking = asyncio.create_task(api.ask("ann", "POST", "/chat", json={"text": "Hi", "stream": True}))
        await handler.begun.wait()
        [run] = (await api.told("ann", "GET", "/runs"))["items"]
        assert (await api.ask("bob", "DELETE", f"/runs/{run['id']}")).status_code == 404
        assert (await api.told("bob", "GET", "/runs"))["items"] == []
        await api.told("ann", "DELETE", f"/runs/{run['id']}")
        events = events_in((await asking).text)
        messages = await api.told("ann", "GET", f"/conversations/{run['conversation']}/messages")
        assert (await api.told("ann", "GET", "/runs"))["items"] == []
    assert handler.is_ended
    assert events[-1] == {"type": "done", "outcome": "stopped"}
    assert messages["messages"][1]["text"] == "One "


async def test_closing_the_connection_stops_the_answer(tmp_path: Path) -> None:
    handler = SlowHandler()
    app = make_app(tmp_path, handler)
    async with desk(app) as api:
        asking = asyncio.create_task(api.ask("ann", "POST", "/chat", json={"text": "Hi"}))
        await handler.begun.wait()
        asking.cancel()
        await asyncio.wait({asking})
        listed = await api.told("ann", "GET", "/conversations")
        messages = await api.told("ann", "GET", f"/conversations/{listed['items'][0]['id']}/messages")
    assert handler.is_ended
    assert messages["messages"][1]["text"] == "One "


@pytest.mark.parametrize("is_streamed", [True, False])
async def test_a_reader_who_goes_away_stops_the_answer(tmp_path: Path, is_streamed: bool) -> None:
    import httpx
    from starlette.applications import Starlette

    from tests.listening import listening

    handler = SlowHandler()
    app = make_app(tmp_path, handler)
    served = Named(Starlette(routes=[interface.mount(app)]))
    headers = {"Authorization": "Bearer ann"}
    async with desk(app) as api, listening(served) as port:
        url = f"http://127.0.0.1:{port}/api/v1/chat"
        async with httpx.AsyncClient(headers=headers) as http:
            message = {"text": "Hi", "stream": is_streamed}
            asking = asyncio.create_task(http.post(url, json=message))
            await handler.begun.wait()
            asking.cancel()
            await asyncio.wait({asking})
        while (await api.told("ann", "GET", "/runs"))["items"] or not handler.is_ended:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("answer", "status"), [("once", 204), ("no", 204), ("perhaps", 422)])
async def test_a_tool_that_asks_first_is_answered(tmp_path: Path, answer: str, status: int) -> None:
    handler = SlowHandler(asks=True)
    handler.go_on.set()
    message = {"text": "Hi", "stream": True, "approvals": "ask"}
    async with desk(make_app(tmp_path, handler)) as api:
        asking = asyncio.create_task(api.ask("ann", "POST", "/chat", json=message))
        await handler.begun.wait()
        while not (run := (await api.told("ann", "GET", "/runs"))["items"][0])["waiting"]:
            await asyncio.sleep(0.01)
        assert run["waiting"][0]["arguments"] == "print(1)"
        url = f"/runs/{run['id']}/approvals"
        assert (await api.ask("bob", "POST", url, json={"id": "call-1", "answer": "once"})).status_code == 404
        given = await api.ask("ann", "POST", url, json={"id": "call-1", "answer": answer})
        assert given.status_code == status
        if status == 204:
            assert (
                await api.ask("ann", "POST", url, json={"id": "call-1", "answer": "no"})
            ).status_code == 404
            await asking
            assert handler.answered == answer
        else:
            await api.told("ann", "DELETE", f"/runs/{run['id']}")
            await asking


async def test_without_somebody_to_ask_the_answer_is_no(tmp_path: Path) -> None:
    handler = SlowHandler(asks=True)
    handler.go_on.set()
    async with desk(make_app(tmp_path, handler)) as api:
        reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
    assert (reply["outcome"], handler.answered) == ("answered", "no")
