"""Conversations shared by a link, saved and brought in, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.visitor import Visitor
from tests.ui.kept import with_history
from tests.ui.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_DIALOG, _LINK = "#vt-history-dialog", ".vt-history-links input"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with with_history(tmp_path_factory.mktemp("sharing")) as program:
        yield program


async def shared(visitor: Visitor, text: str) -> str:
    """Says it and makes a link to it; gives the link. The dialogue stays open."""
    await visitor.ask(text)
    await visitor.tab.click("#vt-share")
    await visitor.tab.click("#vt-make-link")
    return await visitor.tab.locator(_LINK).first.input_value()


async def test_a_link_shows_the_conversation_and_nothing_to_press(visitor: Visitor) -> None:
    link = await shared(visitor, "of oystercatchers")
    other = Visitor(await visitor.tab.context.new_page(), visitor.program)
    await other.tab.goto(link)
    await other.questions.filter(has_text="of oystercatchers").wait_for()
    await other.footers.first.wait_for()
    await other.tab.get_by_text("Shared copy, read only").wait_for()
    assert await other.tab.locator(".vt-again, #chat-input, .edit-message").count() == 0
    assert other.errors == []


async def test_a_link_that_was_taken_back_leads_nowhere(visitor: Visitor) -> None:
    link = await shared(visitor, "of godwits")
    await visitor.tab.get_by_role("button", name="Take back").click()
    await visitor.tab.locator(_LINK).wait_for(state="detached")
    other = Visitor(await visitor.tab.context.new_page(), visitor.program)
    await other.tab.goto(link)
    await other.tab.get_by_role("heading", name="This link leads nowhere").wait_for()
    await other.tab.get_by_role("link", name="To VT.ai").click()
    await other.tab.wait_for_selector("#chat-input")


async def test_all_links_are_listed_and_taken_back_from_the_list(visitor: Visitor) -> None:
    await shared(visitor, "of turnstones")
    await visitor.tab.get_by_role("button", name="Close").click()
    await visitor.tab.get_by_role("button", name="Shared links").click()
    entry = visitor.tab.locator(".vt-history-links li").filter(has_text="of turnstones")
    await entry.wait_for()
    await entry.get_by_role("button", name="Take back").click()
    await entry.wait_for(state="detached")


async def test_a_conversation_is_saved_and_brought_in_again(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.ask("of curlews")
    await visitor.tab.click("#vt-share")
    async with visitor.tab.expect_download() as saved:
        await visitor.tab.get_by_role("link", name="JSON").click()
    path = tmp_path / "saved.json"
    await (await saved.value).save_as(path)
    before = visitor.tab.url
    await visitor.tab.get_by_role("button", name="Close").click()
    await visitor.tab.get_by_role("button", name="Bring in").click()
    await visitor.tab.set_input_files("#vt-import-file", path)
    await visitor.tab.click("#vt-import")
    await visitor.tab.wait_for_url(lambda url: url != before and "/thread/" in url)
    await visitor.questions.filter(has_text="of curlews").wait_for()
    assert "after 4 messages" in await visitor.ask("and now?")


async def test_what_is_no_saved_conversation_is_refused_in_words(visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"this": "is something else"}')
    await visitor.tab.get_by_role("button", name="Bring in").click()
    await visitor.tab.set_input_files("#vt-import-file", path)
    await visitor.tab.click("#vt-import")
    await visitor.tab.wait_for_function(
        "document.querySelector('#vt-history-dialog .vt-problem').textContent"
    )
    visitor.errors[:] = [error for error in visitor.errors if "status of 4" not in error]


@pytest.mark.parametrize(
    "visitor",
    [pytest.param((WIDE, "dark"), id="dark"), pytest.param((PHONE, "light"), id="phone")],
    indirect=True,
)
async def test_the_dialogue_fits_and_keeps_nobody_out(visitor: Visitor) -> None:
    await shared(visitor, "of whimbrels")
    box = await visitor.tab.locator(_DIALOG).bounding_box()
    size = visitor.tab.viewport_size
    assert box is not None
    assert size is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert await visitor.barriers() == []


@pytest.mark.parametrize("visitor", [pytest.param((PHONE, "light"), id="phone")], indirect=True)
async def test_a_dialogue_that_is_opened_from_the_list_can_be_used_on_a_phone(visitor: Visitor) -> None:
    await visitor.tab.click("#sidebar-trigger-button")
    await visitor.tab.get_by_role("button", name="Shared links").click()
    dialog = visitor.tab.locator("#vt-history-dialog")
    await dialog.get_by_role("heading", name="Shared links").wait_for()
    await dialog.get_by_role("button", name="Close").click()
    await dialog.wait_for(state="detached")
    # The front end's own list has no title for those who listen, and says so.
    visitor.errors[:] = [error for error in visitor.errors if "DialogTitle" not in error]
