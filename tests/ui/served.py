"""The whole page on a free port, with the real routes and handlers over a model that does as it is told.

    python -m tests.ui.served REQUESTS [--local] [--history]

prints the address. REQUESTS is a file that gets one JSON line a request to the model. What the model does
depends on words in the message: "slowly", "think", "fail", "crash", "formula" or none; for pictures see
`Painter`, for the web `Searcher`, for the assistant `Helper`. Where a message goes depends on rules and on
`Pupil`: "unsure", "guess", or what it was taught. With `--history` conversations are kept.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

from tests import fakes
from tests.fakes_assistant import FakeNotes
from tests.ui.helper import TOOLS, Helper, WatchedSandbox
from tests.ui.painter import Painter
from tests.ui.pupil import Pupil
from tests.ui.searcher import Searcher
from vtai import settings
from vtai.chat import Chat
from vtai.core.errors import StreamCut
from vtai.core.events import TextDelta, ThinkingDelta, Usage
from vtai.core.ports import Model, ModelEvent, ModelRequest, Remembered, SpeechProvider
from vtai.core.readiness import Readiness
from vtai.handlers import HANDLERS
from vtai.metrics import MeasuredChat, Metrics
from vtai.routing.rules import RulesRouter
from vtai.server.run import serve
from vtai.wiring import App, preferences_from
from vtai.wiring.storing import Storing

SECRET = "the-secret-of-the-server"
FORMULAS = (
    "It costs $5 to $10.\n\n\\[x = 1\\]\n\n| a | b |\n|---|---|\n| `1` | 2 |\n\n```python\nprint(1)\n```"
)


class ObedientModels:
    """Writes down each request and how it ended, and answers as the last message says."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        messages = [(message.role, message.text) for message in request.messages]
        pictures = len(request.messages[-1].image_urls)
        line = {"model": request.model.name, "temperature": request.temperature}
        self._write(line | {"messages": messages, "pictures": pictures})
        ended = "closed"
        try:
            async for event in _answer(messages[-1][1], len(messages)):
                yield event
            ended = "complete"
        finally:
            self._write({"ended": ended})

    def _write(self, line: dict[str, object]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


async def _answer(asked: str, count: int) -> AsyncGenerator[ModelEvent, None]:
    if "think" in asked:
        for word in ("Let ", "me ", "see."):
            yield ThinkingDelta(word)
            await asyncio.sleep(0.05)
    if "crash" in asked:
        raise RuntimeError(SECRET)
    if "fail" in asked:
        yield TextDelta("Half of")
        raise StreamCut("The answer broke off in the middle.", "Press Again.")
    if "formula" in asked:
        yield TextDelta(FORMULAS)
    pieces = 400 if "slowly" in asked else 3
    for number in range(pieces):
        yield TextDelta(f"piece {number} ")
        await asyncio.sleep(0.05 if "slowly" in asked else 0)
    yield TextDelta(f"after {count} messages.")
    yield Usage("large", 12, 34, 0.0005)


def notes() -> FakeNotes:
    mine = [
        Remembered("note-2", "My sister's birthday is on the 3rd of May.", 1_790_000_000.0),
        Remembered("note-1", "<b>Prefers</b> tables\nto long texts.", 1_780_000_000.0),
    ]
    return FakeNotes({"local": mine, "other": [Remembered("note-9", "Somebody else's.", 1.0)]})


def built(
    path: Path, *, is_local: bool = False, speech: SpeechProvider | None = None, is_kept: bool = False
) -> App:
    """The page's app. What the model was asked is written to `path`."""
    small = fakes.model("small", can=frozenset({"chat"}), is_embedded=True)
    models: tuple[Model, ...] = (small,) if is_local else (fakes.model("large"), small)
    catalogue = fakes.FakeCatalogue(models=models)
    services = replace(
        fakes.services(catalogue=catalogue, tools=TOOLS, notes=notes(), sandbox=WatchedSandbox(path)),
        models=ObedientModels(path),
        images=Painter(path),
        speech=speech or fakes.FakeSpeech(),
    )
    loaded = settings.load({"port": 0})
    storing = Storing(loaded) if is_kept else None
    readiness = Readiness(("routing", "model"))
    for part in ("routing", "model"):
        readiness.mark_ready(part)
    metrics, pupil = Metrics(), Pupil()
    own = {each.route: each for each in (Searcher(path), Helper(path))}
    handlers = tuple(own.get(each.route, each) for each in HANDLERS)
    return App(
        loaded=loaded,
        keys=None,  # type: ignore[arg-type]
        catalogue=catalogue,  # type: ignore[arg-type]
        services=services,
        chat=MeasuredChat(Chat([pupil, RulesRouter()], handlers, services, readiness), metrics),
        metrics=metrics,
        preferences=preferences_from(loaded.settings),
        learning=pupil,
        storing=storing,
        readiness=readiness,
        closers=(storing.aclose,) if storing else (),
    )


def main() -> None:
    app = built(Path(sys.argv[1]), is_local="--local" in sys.argv, is_kept="--history" in sys.argv)
    serve(app, "127.0.0.1", 0, say=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
