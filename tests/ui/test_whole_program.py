"""The program as people start it, with a stand-in vendor at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.standins.remote import RemoteFast
from tests.ui.browser import Tab
from tests.ui.program import Program, with_vendor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def vendor() -> Iterator[RemoteFast]:
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def program(vendor: RemoteFast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with with_vendor(tmp_path_factory.mktemp("program"), vendor.url) as program:
        yield program


@pytest.fixture(autouse=True)
def forgetful(vendor: RemoteFast) -> None:
    vendor.reset()


def spoken(request: dict[str, Any]) -> list[str]:
    return [f"{message['role']}: {message['content']}" for message in request["body"]["messages"]]


async def test_the_vendor_gets_each_turn_exactly_once_after_the_system_prompt(
    program: Program, vendor: RemoteFast
) -> None:
    answers = ("Miso and Olive", "Pixel", "You are welcome")
    async with Tab(program.url) as tab:
        for asked, answer in zip(("Two names for a cat", "one more", "thanks"), answers, strict=True):
            vendor.script(text=answer)
            assert await tab.ask(asked) == answer
    first, *said = spoken(vendor.requests[-1])
    assert first.startswith("system: You are VT.ai")
    assert said == [
        "user: Two names for a cat",
        "assistant: Miso and Olive",
        "user: one more",
        "assistant: Pixel",
        "user: thanks",
    ]
    assert len(vendor.requests) == 3


async def test_stop_ends_the_request_to_the_vendor(program: Program, vendor: RemoteFast) -> None:
    vendor.script(text="word " * 500, pace_s=0.05)
    async with Tab(program.url) as tab:
        await tab.say("Tell me a long story")
        await tab.until(lambda: any("word word" in answer for answer in tab.answers))
        await tab.emit("stop")
        await tab.until(lambda: bool(tab.ended))
        async with asyncio.timeout(5):
            while vendor.requests[-1]["ended"] == "running":
                await asyncio.sleep(0.05)
    assert vendor.requests[-1]["ended"] == "client left"


async def test_a_refused_key_is_said_in_words_without_the_key(program: Program, vendor: RemoteFast) -> None:
    vendor.default(status=401)
    async with Tab(program.url) as tab:
        answer = await tab.ask("hello")
    assert "key" in answer
    assert "sk-of-the-test" not in tab.everything + program.output
