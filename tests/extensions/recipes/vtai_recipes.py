"""A route for VT.ai: what to cook with what is there."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from vtai.core.events import Event
from vtai.core.ports import Services
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn
from vtai.handlers import answers, requests
from vtai.handlers.requests import Asked

route = Route(
    "recipes",
    "Recipes",
    "What to cook: a recipe for what is in the kitchen, with amounts and times.",
    (
        "what can I cook with leeks and eggs",
        "a recipe for lentil soup",
        "dinner ideas with what is in the fridge",
        "how do I cook chickpeas",
    ),
)

_SYSTEM = """You are a cook. Answer with one recipe: its name, for how many, the ingredients with amounts in
grams and millilitres, then numbered steps with times. Use what the person has; name what is missing."""


async def reply(turn: Turn, decision: Decision, services: Services) -> AsyncGenerator[Event, None]:
    """A recipe of the chat model."""
    picked = requests.pick(turn, services.catalogue, "chat")
    prepared = await requests.prepare(turn, picked.model, Asked(_SYSTEM), services)
    for notice in (*picked.notices, *prepared.notices):
        yield notice
    async with aclosing(answers.answered(prepared, services)) as events:
        async for event in events:
            yield event
