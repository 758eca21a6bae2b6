"""Around each callback: the session that it is for, and failures in words of ours."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, cast

from chainlit.context import context
from chainlit.session import WebsocketSession

from vtai.ui.respond import failure
from vtai.ui.visits import SessionCanvas

_P = ParamSpec("_P")
_T = TypeVar("_T")


def current_session() -> WebsocketSession:
    return cast("WebsocketSession", context.session)


def presentable(callback: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T | None]]:
    """The callback, with its failures in the log; Chainlit would show an error's own text."""

    @functools.wraps(callback)
    async def called(*args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        try:
            return await callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
            await complain(error)
            return None

    return called


async def complain(error: Exception) -> None:
    """Says at the edge of the window what went wrong."""
    failed = failure(error)
    await tell(f"{failed.message} {failed.hint}", "error")


async def tell(message: str, kind: str = "info") -> None:
    """A line at the edge of the window."""
    await SessionCanvas(current_session()).emit("toast", {"message": message, "type": kind})
