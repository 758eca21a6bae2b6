"""A server that keeps people, over a real database in a file, and browsers that come to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from tests.server.parts import Library, bare_shelf, make_app
from tests.storage.desk import CHEAP
from vtai.server.app import build_server
from vtai.storage.passwords import Passwords
from vtai.wiring import App
from vtai.wiring.storing import Store, Storing

if TYPE_CHECKING:
    import httpx

    from vtai.core.people import Person, Role

ORIGIN = "http://127.0.0.1:8000"
HTML = {"accept": "text/html,application/xhtml+xml"}
PASSWORD, OTHER = "correct horse battery", "staple and more words"


@dataclass
class Hosted:
    """`async with hosted(...) as server`: browsers of it, and its store."""

    app: App
    server: Any
    library: Library
    store: Store
    _open: list[Any] = field(default_factory=list)

    def browser(
        self, address: str = "192.0.2.7", base_url: str = ORIGIN, headers: Mapping[str, str] | None = None
    ) -> httpx.AsyncClient:
        """A new browser at `address`. It says where its requests come from, as browsers do."""
        import httpx

        transport = httpx.ASGITransport(self.server, client=(address, 5000))
        sent = {"origin": base_url} if headers is None else headers
        client = httpx.AsyncClient(transport=transport, base_url=base_url, headers=sent)
        self._open.append(client)
        return client

    def program(self, secret: str = "", address: str = "192.0.2.7") -> httpx.AsyncClient:
        """A client that sends a key, and says nothing of a page."""
        return self.browser(address, headers={"authorization": f"Bearer {secret}"} if secret else {})

    async def person(self, name: str, role: Role = "member") -> Person:
        return await self.store.people.add(name, SecretStr(PASSWORD), role)

    async def key(self, person: str, *scopes: Any) -> str:
        secret, _ = await self.store.keys.make(person, "a key", frozenset(scopes))
        return secret.get_secret_value()

    async def signed_in(self, name: str, password: str = PASSWORD, **more: Any) -> httpx.AsyncClient:
        """A browser of somebody who has signed in."""
        browser = self.browser(**more)
        answer = await browser.post("/sign-in", data={"name": name, "password": password})
        assert answer.status_code == 303, answer.text
        return browser

    async def aclose(self) -> None:
        for client in self._open:
            await client.aclose()


@asynccontextmanager
async def hosted(
    folder: Path, host: str = "127.0.0.1", sign_in: str = "accounts", **settings: Any
) -> AsyncIterator[Hosted]:
    """A server in the way `sign_in`, bound to `host`."""
    app = make_app(folder, sign_in=sign_in, **settings)
    app.storing = Storing(app.loaded)
    app.closers = (app.storing.aclose,)
    library = Library()
    server = build_server(app, host, load=library.load, shelf=bare_shelf(app))
    async with server.router.lifespan_context(server):
        store = await app.storing.ready()
        store.people._passwords = Passwords(CHEAP)  # type: ignore[attr-defined]
        found = Hosted(app, server, library, store)
        try:
            yield found
        finally:
            await found.aclose()
