"""The way to what is kept, and the shapes that lists of it share."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field

from vtai.api.reading import WHOLE_TEXT, Query
from vtai.core.errors import BadArguments, NotConfigured, UnknownName

if TYPE_CHECKING:
    from vtai.wiring import App
    from vtai.wiring.storing import Store

Item = TypeVar("Item")

Limit = Annotated[int, Field(ge=1, le=100)]


class Paging(Query):
    """Where a list begins, and how much of it is wanted."""

    cursor: Annotated[str, Field(max_length=400), WHOLE_TEXT] | None = None
    """What the page before this one gave; absent begins at the start."""
    limit: Limit = 30
    """How many at most."""


class Whose(Query):
    """Whose things are asked for. Other people's are for admins."""

    all: bool = False
    """Everybody's, for admins."""
    person: Annotated[str, Field(max_length=64), WHOLE_TEXT] | None = None
    """Those of the person with this id, for admins; absent takes one's own."""


async def store_of(app: App) -> Store:
    """What is kept. Raises NotConfigured, StorageUnavailable."""
    if app.storing is None:
        raise NotConfigured("Nothing is kept here.", "Start the server with a data folder.")
    return await app.storing.ready()


def keeps_history(app: App) -> bool:
    return app.storing is not None and app.loaded.settings.history


async def history_of(app: App) -> Store:
    """The same, for conversations. Raises NotConfigured where none are kept."""
    if not app.loaded.settings.history:
        raise NotConfigured("Conversations are not kept here.", "Set history = true in config.toml.")
    return await store_of(app)


async def paged(page: Awaitable[Item]) -> Item:
    """The page of a list. Raises UnknownName where its cursor leads nowhere."""
    try:
        return await page
    except BadArguments as error:
        raise UnknownName(error.message, error.hint) from error
