"""What all handlers have in common."""

from __future__ import annotations

import inspect

from vtai.core import routes
from vtai.handlers import HANDLERS


def test_there_is_one_handler_a_route() -> None:
    assert [handler.route.name for handler in HANDLERS] == [
        routes.TEXT,
        routes.VISION,
        routes.IMAGE_GENERATION,
        routes.SPEECH,
        routes.WEB_SEARCH,
        routes.ASSISTANT,
    ]


def test_each_is_an_async_generator_with_words_for_people() -> None:
    for handler in HANDLERS:
        assert inspect.isasyncgenfunction(handler.reply)
        assert handler.route.label
        assert handler.route.description.endswith(".")
        assert handler.route.examples
