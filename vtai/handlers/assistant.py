"""Answers with the help of tools: the model calls them until it can answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai import prompts
from vtai.core import routes
from vtai.core.conversation import Conversation
from vtai.core.errors import NotConfigured
from vtai.core.events import Notice, TextDelta
from vtai.core.marks import marked
from vtai.core.messages import ToolCall
from vtai.core.ports import ToolContext
from vtai.core.routes import Decision, Route
from vtai.handlers import answers, pictures, recordings, requests, speaking
from vtai.handlers.prompted import PromptedModels
from vtai.handlers.requests import Asked, Picked
from vtai.tools import calls, loop, sums
from vtai.tools.budget import Budget

if TYPE_CHECKING:
    from vtai.core.messages import Attachment
    from vtai.core.ports import Catalogue, Services, Stream, Tool
    from vtai.core.turn import Turn
    from vtai.tools.sums import Sum

route = Route(
    routes.ASSISTANT,
    "Assistant",
    "Tasks that take tools: data, code to run, calculations, dates, several steps.",
    (
        "What is the average by region? Plot it",
        "What is 17.5 % of 2,349?",
        "How many days until May?",
    ),
)

_SHOWN_FILES = 40
# Tools that open files, tables above all: the model gets to see enough to know what to ask of them.
_OPENERS = frozenset({"run_python", "read_file"})
_FILE_ROOM = 12_000


async def reply(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The answer with the tools' steps in it. Where no model is able to call tools, it says so in words."""
    if recordings.are_all(turn):
        stream = recordings.written(turn, services)
    else:
        stream = _heard_and_answered(turn, decision, services)
    async with aclosing(speaking.spoken(stream, turn, services)) as events:
        async for event in events:
            yield event


async def _heard_and_answered(turn: Turn, decision: Decision, services: Services) -> Stream:
    """The answer, once what is said in recordings of the turn is known."""
    tools = await _tools(turn, services)
    picked = _picked(turn, services.catalogue) if tools else requests.pick(turn, services.catalogue, "chat")
    sounds = await recordings.direct(turn, picked.model)
    async with aclosing(recordings.listened(turn, services, sounds)) as events:
        async for event in events:
            yield event
    if tools and not picked.model.is_embedded:
        stream = _worked(turn, decision, services, tools, picked, sounds)
    elif tools and not turn.attachments and (found := sums.worked_out(requests.question_of(turn))):
        stream = _counted(turn, decision, services, tools, picked, found)
    else:
        stream = _said(turn, decision, services, picked, sounds)
    async with aclosing(stream) as events:
        async for event in events:
            yield event


async def _worked(
    turn: Turn,
    decision: Decision,
    services: Services,
    tools: Sequence[Tool],
    picked: Picked,
    sounds: tuple[Attachment, ...],
) -> Stream:
    """The model and the tools, in turns."""
    context = ToolContext(turn, services)
    model, options = picked.model, turn.preferences.assistant
    asked = Asked(
        prompts.render("assistant", today=requests.today(), files=_listed(context)),
        image_urls=await _seen(turn, picked, services),
        sounds=sounds,
        is_thinking=decision.is_thinking,
        is_citing=False,
        needs_files=False,
        file_room=_FILE_ROOM if {tool.spec.name for tool in tools} & _OPENERS else None,
    )
    prepared = await requests.prepare(_retold(turn), model, asked, services)
    for notice in (*picked.notices, *prepared.notices):
        yield notice
    models = services.models if model.can("tools") else PromptedModels(services.models)
    hosted = options.hosted & model.hosted
    handed = context.files if "code_interpreter" in hosted else ()
    request = replace(prepared.request, hosted=hosted, files=handed)
    async with aclosing(loop.run(models, request, tools, context)) as events:
        async for event in events:
            yield event


async def _counted(
    turn: Turn, decision: Decision, services: Services, tools: Sequence[Tool], picked: Picked, found: Sum
) -> Stream:
    """A sum that needs no model but the right tool; where it does not work, the model's answer."""
    by_name: dict[str, Tool] = {tool.spec.name: tool for tool in tools if tool.spec.name == found.tool}
    if by_name:
        budget = Budget(turn.preferences.assistant)
        bench = calls.Bench(by_name, ToolContext(turn, services), budget, set(turn.allowed_tools))
        call = ToolCall("sum", found.tool, found.arguments)
        async with aclosing(calls.run((call,), bench)) as events:
            async for event in events:
                yield event
        if not bench.results[call.id].is_error:
            yield TextDelta(found.sentence)
            return
    async with aclosing(_said(turn, decision, services, picked)) as events:
        async for event in events:
            yield event


async def _said(
    turn: Turn,
    decision: Decision,
    services: Services,
    picked: Picked,
    sounds: tuple[Attachment, ...] = (),
) -> Stream:
    """An answer in words alone."""
    system = prompts.render("text", today=requests.today())
    asked = Asked(system, sounds=sounds, is_thinking=decision.is_thinking, needs_files=False)
    prepared = await requests.prepare(turn, picked.model, asked, services)
    for notice in (*picked.notices, *prepared.notices):
        yield notice
    async with aclosing(answers.answered(prepared, services)) as events:
        async for event in events:
            yield event


async def _tools(turn: Turn, services: Services) -> Sequence[Tool]:
    """The tools that are on, and that the person has not switched off."""
    wanted = turn.preferences.assistant.tools
    tools = await services.toolbox.tools()
    return [tool for tool in tools if wanted is None or tool.spec.name in wanted]


def _picked(turn: Turn, catalogue: Catalogue) -> Picked:
    try:
        return requests.pick(turn, catalogue, "tools")
    except NotConfigured as error:
        model = requests.chat_model(turn, catalogue)
        if not model.is_embedded:
            return Picked(model, (Notice("tools", f"{model.name} was told in words how to call tools."),))
        text = f"{model.name} cannot call tools; for that a stronger model is needed. {error.hint}"
        return Picked(model, (Notice("tools", text),))


async def _seen(turn: Turn, picked: Picked, services: Services) -> tuple[str, ...]:
    """The pictures that came along, for a model that sees; others read their words with a tool."""
    if not picked.model.can("vision") or not pictures.images(turn.attachments):
        return ()
    return await pictures.data_urls(await pictures.files(turn.attachments), picked.model, services)


def _listed(context: ToolContext) -> str:
    """Which files there are, for a model that opens them by name."""
    files = context.files[-_SHOWN_FILES:]
    if not files:
        return "There are no files in this conversation."
    lines = "\n".join(f"- {file.name} ({file.size_bytes:,} bytes)" for file in files)
    return f"The files of this conversation:\n{lines}"


def _retold(turn: Turn) -> Turn:
    """The turn with the work of earlier answers told."""
    text = turn.text.strip() or ("What is in these files?" if turn.attachments else "")
    messages = tuple(
        replace(message, text=f"{message.text}\n\n{marked('work', message.work)}".strip())
        if message.work
        else message
        for message in turn.history.messages
    )
    return replace(turn, text=text, history=Conversation(messages))
