"""What answers: one module a route, each a `route` and a `reply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai.handlers import assistant, image_generation, speech, text, vision, web_search

if TYPE_CHECKING:
    from vtai.core.ports import Handler

HANDLERS: tuple[Handler, ...] = (text, vision, image_generation, speech, web_search, assistant)
