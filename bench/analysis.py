"""How often questions about a table of 500 rows are answered right, with code that the assistant runs.

    .venv/bin/python -m bench.analysis --scripted
    .venv/bin/python -m bench.analysis --model sonnet --model qwen

Five questions (`bench/analysis_sample.py`) go through the whole assistant with its real sandbox, each in a
chat of its own. Without `--model` every configured model that can call tools is asked, and costs what it
costs. With `--scripted` a stand-in on this machine takes the model's place and calls `run_python` with code
that is right: what is measured is all but the model, and it has to be five of five. Tools that ask are
allowed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bench import analysis_sample as sample
from bench.analysis_sample import QUESTIONS, Question, Row
from vtai import settings, wiring
from vtai.core import routes
from vtai.core.code import SessionKey
from vtai.core.errors import NotConfigured, VTError
from vtai.core.events import ApprovalAsked, Event, Failed, TextDelta, ToolFinished, Usage
from vtai.core.messages import Attachment
from vtai.core.turn import Turn

if TYPE_CHECKING:
    from vtai.wiring import App

SCRIPTED = "scripted"
SCRIPTED_MODELS = """\
[vendors.stand-in]
label = "Stand-in"
base_url = "{url}"
defaults = {{ chat = "scripted", tools = "scripted" }}

[[models]]
name = "scripted"
vendor = "stand-in"
id = "fast-1"
capabilities = ["chat", "tools"]
context_tokens = 100000
"""


@dataclass
class Answer:
    """What came of one question."""

    question: Question
    text: str = ""
    calls: int = 0
    seconds: float = 0.0
    usages: list[Usage] = field(default_factory=list)
    failure: str = ""
    is_right: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", action="append", default=[], help="name of a model; may be repeated")
    parser.add_argument("--scripted", action="store_true", help="use a stand-in on this machine")
    options = parser.parse_args(arguments)
    if options.scripted and options.model:
        parser.error("--scripted takes no --model")
    try:
        return asyncio.run(scripted() if options.scripted else real(options.model))
    except VTError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1


async def real(names: Sequence[str]) -> int:
    """With what is configured; 0 however many are right. Raises VTError where there is nothing to ask."""
    app = wiring.build(settings.load())
    try:
        await _need_a_sandbox(app)
        able = [model.name for model in app.catalogue.available("tools") if not model.is_embedded]
        wanted = [app.catalogue.resolve(name).name for name in names] or able
        if not wanted:
            raise NotConfigured("No model that can call tools is set up.", "Set a key; see `vtai models`.")
        await app.start()
        heading()
        for name in wanted:
            show(name, await answers(app, name))
    finally:
        await app.close()
    return 0


async def scripted(questions: Sequence[Question] = QUESTIONS) -> int:
    """With a stand-in that calls the right code; 1 unless all come out right. Raises VTError."""
    from tests.standins.fast import FastServer

    with tempfile.TemporaryDirectory() as folder:
        async with FastServer() as model, stood_in(Path(folder), model.url) as app:
            await _need_a_sandbox(app)
            for question in questions:
                call = {"name": "run_python", "arguments": json.dumps({"code": question.code})}
                model.script(tool_calls=(call,))
                model.script(text="It was computed.\n\nAnswer: {found}", finds=r"result: (\S+)")
            found = await answers(app, SCRIPTED, questions)
    heading()
    show(SCRIPTED, found)
    return 0 if all(answer.is_right for answer in found) else 1


@asynccontextmanager
async def stood_in(folder: Path, url: str) -> AsyncGenerator[App, None]:
    """The application with the stand-in as its only model of that name."""
    (folder / "models.toml").write_text(SCRIPTED_MODELS.format(url=url), encoding="utf-8")
    chosen = settings.Settings(embedded=False)
    app = wiring.build(settings.Loaded(chosen, folder, folder, {}))
    try:
        await app.start()
        yield app
    finally:
        await app.close()


async def answers(app: App, model: str, questions: Sequence[Question] = QUESTIONS) -> list[Answer]:
    """The answers of one model, question by question."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / sample.FILE_NAME
        sample.write(path)
        rows = sample.read(path)
        return [await answered(app, model, question, path, rows) for question in questions]


async def answered(app: App, model: str, question: Question, path: Path, rows: Sequence[Row]) -> Answer:
    """One question in a chat of its own."""
    models = MappingProxyType({**app.preferences.models, "chat": model, "tools": model})
    turn = Turn(
        question.prompt,
        (Attachment(sample.FILE_NAME, "text/csv", path, path.stat().st_size),),
        route=routes.ASSISTANT,
        preferences=replace(app.preferences, models=models),
        person="bench",
        conversation=f"{model}-{uuid.uuid4()}",
    )
    answer = Answer(question)
    began = time.perf_counter()
    async with aclosing(app.chat.reply(turn)) as events:
        async for event in events:
            _note(event, answer)
    answer.seconds = time.perf_counter() - began
    await app.services.sandbox.end(SessionKey(turn.person, turn.conversation))
    answer.is_right = not answer.failure and sample.is_right(question, answer.text, rows)
    return answer


def _note(event: Event, answer: Answer) -> None:
    match event:
        case TextDelta(text):
            answer.text += text
        case Usage():
            answer.usages.append(event)
        case ToolFinished():
            answer.calls += 1
        case ApprovalAsked():
            event.answer("once")
        case Failed(message):
            answer.failure = message
        case _:
            pass


async def _need_a_sandbox(app: App) -> None:
    report = await app.services.sandbox.report()
    if not report.is_usable:
        raise NotConfigured(f"No code can run: {report.reason}.", report.fix)


def heading() -> None:
    print(f"{'model':<28}{'right':>8}{'calls':>7}{'in':>9}{'out':>8}{'seconds':>9}{'USD':>9}")


def show(model: str, found: Sequence[Answer]) -> None:
    """A line for the model, and one for each answer that is not right."""
    usages = [usage for answer in found for usage in answer.usages]
    costs = [usage.cost_usd for usage in usages]
    # No figure is better than one that leaves something out.
    cost = "-" if None in costs or not costs else f"{sum(cost for cost in costs if cost is not None):.4f}"
    print(
        f"{model:<28}{f'{sum(answer.is_right for answer in found)}/{len(found)}':>8}"
        f"{sum(answer.calls for answer in found):>7}"
        f"{sum(usage.input_tokens for usage in usages):>9}{sum(usage.output_tokens for usage in usages):>8}"
        f"{sum(answer.seconds for answer in found):>9.1f}{cost:>9}"
    )
    for answer in found:
        if not answer.is_right:
            said = answer.failure or sample.value_in(answer.text) or answer.text[-120:] or "nothing"
            print(f"  wrong: {answer.question.text}\n    it said: {said}")


if __name__ == "__main__":
    sys.exit(main())
