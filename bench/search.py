"""How long a web search takes, stage by stage: queries, search, reading, first token, whole answer.

    .venv/bin/python -m bench.search --local
    .venv/bin/python -m bench.search "what was announced about space telescopes this month?"

With `--local` a search engine, a site and a model on this machine stand in for the real ones, so what is
measured is VT.ai's own share and the `--model-s` of the stand-in model: a short first message, a follow-up
whose queries the model writes, and a search that finds slow pages. Without it the configured ones are used,
and cost what they cost. Times in seconds, medians over `--repeats`; a stage begins where the one before it
ends. The very first run starts child processes; it is told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vtai import settings, wiring
from vtai.core.conversation import Conversation
from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta, ToolFinished, ToolStarted
from vtai.core.messages import Message
from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.handlers import web_search

if TYPE_CHECKING:
    from vtai.core.ports import Services

STAGES = ("queries", "search", "reading", "first token", "whole answer", "together")
PAGES = ("/news/harbour", "/news/bridge", "/facts/lighthouse", "/prices/ferry", "/notes.txt")
SLOW = ("/news/harbour", "/news/bridge", "/facts/lighthouse", "/bench/slow/1", "/bench/slow/2")
ANSWER = "The harbour of Norrvik is now 9.4 metres deep [1]. The bridge opens in October 2027 [2]. " * 12
BEFORE = Conversation(
    (Message("user", "how deep is the harbour of Norrvik?"), Message("assistant", "9.4 metres."))
)


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of turn to be timed."""

    name: str
    turn: Turn
    paths: tuple[str, ...] = PAGES


CASES = (
    Case("first message", Turn("how deep is the harbour of Norrvik?")),
    Case("follow-up", Turn("and when does the bridge open?", history=BEFORE)),
    Case("slow pages", Turn("how tall is the lighthouse?"), SLOW),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("question", nargs="?", help="what to ask, without --local")
    parser.add_argument("--local", action="store_true", help="use stand-ins on this machine")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each kind (default: 5)")
    parser.add_argument(
        "--model-s", type=float, default=0.3, help="first token of the stand-in model, seconds"
    )
    options = parser.parse_args(arguments)
    if not options.local and not options.question:
        parser.error("say what to ask, or use --local")
    work = (
        local(options.repeats, options.model_s) if options.local else real(options.question, options.repeats)
    )
    try:
        return asyncio.run(work)
    except VTError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1


async def real(question: str, repeats: int) -> int:
    """With whatever is configured."""
    app = wiring.build(settings.load())
    try:
        runs = [
            await timed(Turn(question, preferences=app.preferences), app.services) for _ in range(repeats)
        ]
    finally:
        await app.close()
    show([("first run", runs[:1]), ("further runs", runs[1:])])
    return 0


async def local(repeats: int, model_s: float) -> int:
    """With stand-ins. Each run has addresses of its own, so that nothing was read before."""
    from tests.standins.fast import FastServer
    from tests.standins.searxng import SearxngServer
    from tests.standins.site import Site
    from tests.standins.site_pages import BY_PATH

    slow = [replace(BY_PATH["/facts/lighthouse"], path=path, delay_s=30.0) for path in SLOW[3:]]
    rows: list[tuple[str, list[dict[str, float]]]] = []
    with SearxngServer() as engine, tempfile.TemporaryDirectory() as folder:
        async with (
            Site(extra=slow) as site,
            FastServer() as model,
            opened(Path(folder), engine.url, site.authority, model.url) as services,
        ):
            run = 0
            for case in (replace(CASES[0], name="first of all"), *CASES):
                times = []
                for _ in range(1 if not rows else repeats):
                    run += 1
                    engine.script(results=tuple(result(site.url, path, run) for path in case.paths))
                    if len(case.turn.history):
                        model.script(
                            text='["opening of the Skeld bridge in Norrvik"]', headers_delay_s=model_s
                        )
                    model.script(text=ANSWER, headers_delay_s=model_s)
                    times.append(await timed(case.turn, services))
                rows.append((case.name, times))
    show(rows)
    return 0


def result(base: str, path: str, run: int) -> dict[str, str]:
    """What the engine finds."""
    title = f"Norrvik{path.replace('/', ' ')}"
    return {"title": title, "url": f"{base}{path}?run={run}", "content": f"About{path.replace('/', ' ')}."}


@asynccontextmanager
async def opened(folder: Path, engine: str, site: str, model: str) -> AsyncGenerator[Services, None]:
    """The real search, pages and comparison, over stand-ins."""
    from pydantic import SecretStr

    from tests import fakes
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.openai_wire import OpenAIWire

    chosen = settings.Settings(
        searxng_url=engine, fetch_allow=(site,), keyless_search="off", search_cache_s=0, embedded=False
    )
    app = wiring.build(settings.Loaded(chosen, folder, folder, {}))
    wire = OpenAIWire(lambda _: Endpoint("stand-in", "Stand-in", base_url=model, key=SecretStr("none")))
    catalogue = fakes.FakeCatalogue((fakes.model("stand-in", can=frozenset({"chat"})),))
    try:
        yield replace(app.services, models=wire, catalogue=catalogue)
    finally:
        await wire.aclose()
        await app.close()


async def timed(turn: Turn, services: Services) -> dict[str, float]:
    """Seconds a stage."""
    marks = {"begin": time.perf_counter()}
    stream = web_search.reply(turn, Decision("web-search", 1.0, "A measurement.", "bench"), services)
    async with aclosing(stream) as events:
        async for event in events:
            _mark(event, marks)
    marks["end"] = time.perf_counter()
    begin = marks["begin"]
    asked = marks.get("asked", begin)
    found = marks.get("found", asked)
    read = marks.get("read", found)
    first = marks.get("first", read)
    spans = (
        asked - begin,
        found - asked,
        read - found,
        first - read,
        marks["end"] - first,
        marks["end"] - begin,
    )
    return dict(zip(STAGES, spans, strict=True))


def _mark(event: Event, marks: dict[str, float]) -> None:
    now = time.perf_counter()
    match event:
        case ToolStarted("search"):
            marks["asked"] = now
        case ToolFinished("search"):
            marks["found"] = now
        case ToolFinished(step) if step.startswith("read-"):
            marks["read"] = now
        case TextDelta():
            marks.setdefault("first", now)
        case _:
            pass


def show(rows: Sequence[tuple[str, Sequence[dict[str, float]]]]) -> None:
    print(f"{'':<16}" + "".join(f"{stage:>14}" for stage in STAGES))
    for name, times in rows:
        if times:
            medians = (statistics.median(each[stage] for each in times) for stage in STAGES)
            print(f"{name:<16}" + "".join(f"{median:>14.3f}" for median in medians))


if __name__ == "__main__":
    sys.exit(main())
