"""What the ways in have in common: who came in, and what each way can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from vtai.core.errors import NotConfigured

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from vtai.core.people import Caller
    from vtai.wiring import App
    from vtai.wiring.entering import Again
    from vtai.wiring.storing import Store

Kept = Callable[[], Awaitable["Store"]]


@dataclass(frozen=True, slots=True)
class Entered:
    """Who a request comes from. `again` tells who that is later on, None once they may not in any more.

    `by`: a key that a program sent; what a browser or its proxy sends by itself, so that another site's page
    could use it; or nothing, where everybody is let in.
    """

    caller: Caller
    again: Again
    by: Literal["key", "browser", "nothing"]


class Way(Protocol):
    """One way in."""

    @property
    def is_local(self) -> bool:
        """Whether nobody has an account in it, so that keys without one are good."""
        ...

    async def entered(self, scope: Scope, headers: Headers) -> Entered | None:
        """Who the request shows to be; None for nobody. Raises VTError where it is to be turned away."""
        ...

    def detour(self, scope: Scope) -> Response | None:
        """What a browser that is let in gets in place of what it asked for, if anything."""
        ...

    async def meet(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request of nobody: asks who they are, or lets them in for the next one."""
        ...

    def is_open(self, path: str) -> bool:
        """Whether this path is served to nobody in particular, such as the page to sign in."""
        ...


def kept_by(app: App) -> Kept:
    """The way to the store."""

    async def kept() -> Store:
        if app.storing is None:
            raise NotConfigured("Nothing is kept here.", "Start the server with `vtai serve`.")
        return await app.storing.ready()

    return kept
