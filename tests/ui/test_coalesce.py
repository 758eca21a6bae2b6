"""How pieces of text are gathered."""

from __future__ import annotations

import asyncio

import pytest

from vtai.ui.coalesce import Flow, Pace


class Clock:
    """Sleeps that end when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._wake = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        self._wake.clear()
        await self._wake.wait()

    async def tick(self) -> None:
        self._wake.set()
        await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def flow_of(written: list[str], clock: Clock, pace: Pace | None = None) -> Flow:
    async def write(text: str) -> None:
        written.append(text)

    return Flow(write, pace or Pace(), clock.sleep)


async def test_the_first_piece_goes_out_at_once_and_the_rest_is_gathered() -> None:
    written: list[str] = []
    clock = Clock()
    flow = flow_of(written, clock)
    flow.add("One")
    await settle()
    for piece in (" two", " three", " four"):
        flow.add(piece)
        await settle()
    assert written == ["One"]
    await clock.tick()
    assert written == ["One", " two three four"]
    assert await flow.close() == ""


async def test_closing_gives_back_what_was_not_written() -> None:
    written: list[str] = []
    flow = flow_of(written, Clock())
    flow.add("One")
    await settle()
    flow.add(" two")
    assert await flow.close() == " two"
    assert written == ["One"]


async def test_closing_a_flow_that_never_had_text_gives_nothing() -> None:
    assert await flow_of([], Clock()).close() == ""


async def test_an_open_flow_counts_as_a_stream_until_it_is_closed() -> None:
    pace = Pace()
    flow = flow_of([], Clock(), pace)
    assert pace.streams == 0
    flow.add("x")
    assert pace.streams == 1
    await flow.close()
    assert pace.streams == 0


@pytest.mark.parametrize(
    ("streams", "shown", "least", "most"),
    [
        pytest.param(1, 10, 0.05, 0.06, id="alone and short"),
        pytest.param(300, 10, 0.15, 0.25, id="three hundred people"),
        pytest.param(1, 30_000, 0.2, 0.3, id="a long text"),
        pytest.param(5_000, 10**6, 0.5, 0.5, id="never longer than half a second"),
    ],
)
def test_the_pause_grows_with_company_and_length(streams: int, shown: int, least: float, most: float) -> None:
    pace = Pace()
    pace.streams = streams
    assert least <= pace.pause_s(shown) <= most
