"""Nothing is served to nobody: every address that the server knows is asked without credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.routing import BaseRoute, Mount, Route

from tests.server.hosted import HTML, Hosted, hosted
from tests.server.parts import FILE, KEY, SESSION
from vtai.server.doorway import RULES

# The probes, and in the way with accounts what one signs in with.
PROBES = {"/health/live", "/health/ready"}
SIGN_IN = {"/login", "/sign-in", "/first-admin", "/sign-in/with/{name}", "/sign-in/with/{name}/callback"}
WAYS = {
    "accounts": {"sign_in": "accounts"},
    "proxy": {"sign_in": "proxy"},
    "access key": {"sign_in": "auto", "access_key": SecretStr(KEY)},
}
_PARAMETER = re.compile(r"\{(\w+)(:\w+)?\}")


def known(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of everything that is routed, as it is written in the route."""
    for route in routes:
        if isinstance(route, Mount):
            yield from known(list(route.routes or ()), prefix + route.path)
        elif isinstance(route, Route):
            for method in route.methods or ("GET", "POST", "PUT", "PATCH", "DELETE"):
                yield method, prefix + route.path


def everything(server: Hosted) -> set[tuple[str, str]]:
    library = {(rule.method, re.sub(r"\[0-9a-f\]\{8\}.*?\{12\}", FILE, rule.path.pattern)) for rule in RULES}
    sockets = {("GET", "/ws/socket.io/"), ("POST", "/ws/socket.io/")}
    others = {("GET", "/nothing"), ("DELETE", "/"), ("GET", "/api/v1/nothing"), ("GET", "/v1/models")}
    return {*known(server.server.routes), *library, *sockets, *others}


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_served_to_nobody(tmp_path: Path, way: str) -> None:
    given: Any = WAYS[way]
    async with hosted(tmp_path, "0.0.0.0", **given) as server:
        asked = everything(server)
        assert len(asked) > 60
        is_open = PROBES | (SIGN_IN if way == "accounts" else set())
        served = [
            (method, path, answer.status_code)
            for method, path in sorted(asked)
            if path not in is_open
            for headers in ({}, HTML)
            if not is_refused(answer := await ask(server, method, path, headers))
        ]
        assert served == []
        assert server.library.paths == []
        assert server.library.uploads == []


async def ask(server: Hosted, method: str, path: str, headers: dict[str, str]) -> Any:
    filled = _PARAMETER.sub(lambda found: SESSION if found[2] == ":uuid" else "x", path)
    body = {} if method in {"GET", "HEAD"} else {"json": {}}
    return await server.browser().request(method, filled, headers=headers, **body)


def is_refused(answer: Any) -> bool:
    led_to = answer.headers.get("location", "")
    return answer.status_code == 401 or (answer.status_code == 303 and led_to.startswith("/sign-in"))


@pytest.mark.parametrize("path", ["/sign-in", "/login", "/first-admin", "/sign-in/with/oidc"])
async def test_where_nobody_has_an_account_there_is_no_page_to_sign_in(tmp_path: Path, path: str) -> None:
    async with hosted(tmp_path, sign_in="auto") as server:
        assert (await server.browser().get(path, headers=HTML)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/health/live/../../user", "/health/live/", "//health/live", "/sign-in/../user", "/sign-inx",
        "/sign-in/with", "/sign-in/x", "/Sign-In", "/health/live%00", "/health/ready;x",
    ],
)  # fmt: skip
async def test_what_only_looks_like_an_open_page_shows_nothing(tmp_path: Path, path: str) -> None:
    import httpx

    async with hosted(tmp_path) as server:
        request = httpx.Request("GET", f"http://127.0.0.1:8000{path}")
        answer = await server.browser().send(request)
        # Behind the page to sign in there is nothing, which anybody may know.
        assert answer.status_code == (404 if path in {"/sign-in/x", "/sign-in/with"} else 401)
        assert server.library.paths == []
