"""A real browser on the served page. Any request that leaves this machine fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.e2e.visitor import Visitor
from tests.ui.program import Program

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Route

_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
WIDE, PHONE = (1280, 860), (390, 844)


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(tmp_path_factory.mktemp("page")) as program:
        yield program


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    path = os.environ.get("VTAI_TEST_CHROMIUM") or shutil.which("chromium") or _CHROMIUM
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield chromium
        await chromium.close()


@pytest.fixture
async def visitor(browser: Browser, page: Program, request: pytest.FixtureRequest) -> AsyncIterator[Visitor]:
    """Somebody at the page. Parametrise indirectly with (size, colour scheme) to change the screen."""
    size, scheme = getattr(request, "param", (WIDE, "light"))
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, permissions=["microphone"]
    )
    outside: list[str] = []
    await _keep_inside(context, outside)
    visitor = Visitor(await context.new_page(), page)
    await visitor.arrive()
    yield visitor
    # What a page says while it is taken down, with what it was loading, is nobody's concern.
    errors = [*visitor.errors]
    await context.close()
    assert outside == []
    assert errors == []


async def _keep_inside(context: BrowserContext, outside: list[str]) -> None:
    async def check(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in {"data", "blob"} or url.hostname == "127.0.0.1":
            await route.continue_()
            return
        outside.append(route.request.url)
        await route.abort()

    await context.route("**/*", check)
