"""The page's library has many more addresses than the page uses: none of the others reaches it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.access import expected_page
from tests.access.world import World, world

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).parents[2]
ID = "0b0f7a4a-58c3-4c0e-8f8e-2f4d5a1b9c22"
# Also what FastAPI adds by itself.
LIST = """
import json
from chainlit.server import app, router
routes = [*app.routes, *router.routes]
named = [each for each in routes if getattr(each, "path", None) is not None]
print(json.dumps([(sorted(getattr(each, "methods", None) or ["GET"]), each.path) for each in named]))
"""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everything(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("library")) as made:
        yield made


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every path of the library, with the methods that it has for it."""
    folder = tmp_path_factory.mktemp("root")
    variables = {"CHAINLIT_APP_ROOT": str(folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    listed = subprocess.run(
        [sys.executable, "-c", LIST], env=variables, cwd=folder, capture_output=True, text=True, check=True
    )
    found: dict[str, set[str]] = {}
    for methods, path in json.loads(listed.stdout.splitlines()[-1]):
        found.setdefault(path, set()).update(methods)
    return found


async def test_only_what_the_page_uses_reaches_the_library_whoever_asks(
    everything: World, addresses: dict[str, set[str]]
) -> None:
    assert {"/project/element", "/mcp", "/auth/jwt", "/docs", "/project/translations"} <= set(addresses)
    used = {line.operation for line in (*expected_page.LIBRARY, *expected_page.TABS)}
    crowd = everything.crowd
    reached = set()
    for path, methods in addresses.items():
        address = re.sub(r"\{[^}]+\}", ID, path)
        for method in sorted({*METHODS, *methods}):
            if f"{method} {path.replace('file_id', 'key')}" in used or is_socket(path):
                continue
            for who in ("owner", "admin", "guest", "owner's admin key", "anonymous", "suspended"):
                before = len(everything.library.paths)
                answer = await everything.ask(await crowd.fresh(who), method, address)
                if len(everything.library.paths) > before:
                    reached.add(f"{who}: {method} {path} gave {answer.status_code}")
    assert reached == set()
    await everything.ask(crowd.sends["owner"], "GET", "/project/translations")
    assert everything.library.paths[-1:] == ["GET /project/translations"]


@pytest.mark.parametrize("path", ["/nothing", "/project", "/project/element", "/mcp", "/auth/jwt", "/docs"])
async def test_what_the_page_does_not_use_is_not_there(everything: World, path: str) -> None:
    for who, status in (
        ("owner", 404),
        ("admin", 404),
        ("guest", 404),
        ("anonymous", 401),
        ("suspended", 401),
    ):
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = await everything.ask(await everything.crowd.fresh(who), method, path)
            assert answer.status_code == status, (who, method, answer.text)


def is_socket(path: str) -> bool:
    """There another doorman stands."""
    return path.startswith("/ws/socket.io")
