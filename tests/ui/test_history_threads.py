"""What the page asks over HTTP about stored chats: its own are listed and changed, others' are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.browser import Tab, new_id
from tests.ui.kept import address, call, names, opened, outputs, refusals, shown, store, with_history
from tests.ui.program import Program
from tests.ui.test_protocol_pictures import draw
from vtai.core.history import Feedback, Record, SaveElement, SaveStep, StoredElement, StoredStep

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with with_history(tmp_path_factory.mktemp("threads")) as program:
        yield program


async def chat(page: Program, text: str) -> str:
    """A chat with one message and its answer; gives its id."""
    async with Tab(page.url) as tab:
        await tab.ask(text)
        conversation = await address(tab)
        await tab.emit("clear_session")
    return conversation


async def stored(page: Program, conversation: str, person: str = "local") -> Record | None:
    async with store(page) as kept:
        return await kept.histories.open(person, conversation)


def run_of(record: Record | None) -> StoredStep:
    assert record is not None
    return next(step for step in record.steps if step.kind == "run")


async def test_a_new_chat_is_on_the_list_once_the_tab_hears_of_it(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.say("of kingfishers, slowly")
        await address(tab)
        assert "of kingfishers, slowly" in await names(page)
        await tab.emit("stop")
        await tab.until(lambda: bool(tab.ended))


async def test_the_list_comes_in_pages_without_gaps(page: Program) -> None:
    wanted = [await chat(page, f"page {number}") for number in range(3)]
    found: list[str] = []
    cursor = None
    while True:
        body = {"pagination": {"first": 2, "cursor": cursor}, "filter": {}}
        _, answer = await call(page, "POST", "/project/threads", body)
        assert len(answer["data"]) <= 2
        found += [each["id"] for each in answer["data"]]
        cursor = answer["pageInfo"]["endCursor"]
        if not answer["pageInfo"]["hasNextPage"]:
            break
    assert [each for each in found if each in wanted] == wanted[::-1]
    assert len(set(found)) == len(found)


async def test_a_chat_is_found_by_what_was_said_in_it(page: Program) -> None:
    await chat(page, "of herons and bitterns")
    found = await names(page, "bitter")
    assert found[0].startswith("of herons and bitterns")
    assert await names(page, "nobody said this") == []
    assert await names(page, '"') == []


async def test_a_name_that_a_person_chose_stays(page: Program) -> None:
    conversation = await chat(page, "a first name")
    status, _ = await call(page, "PUT", "/project/thread", {"threadId": conversation, "name": "  Birds "})
    assert status == 200
    async with opened(page, conversation) as tab:
        await tab.ask("more")
    assert "Birds" in await names(page)
    assert "a first name" not in await names(page)


async def test_a_deleted_chat_is_gone_with_its_files_while_it_is_being_answered(page: Program) -> None:
    async with Tab(page.url) as tab:
        await draw(tab, "a heron")
        conversation = await address(tab)
        await tab.say("go slowly")
        await tab.until(lambda: any("piece 3" in answer for answer in tab.answers))
        _, thread = await call(page, "GET", f"/project/thread/{conversation}")
        assert thread["elements"]
        status, _ = await call(page, "DELETE", "/project/thread", {"threadId": conversation})
        assert status == 200
        await tab.until(lambda: "reload" in [event for event, _ in tab.screen.sent])
    assert page.ends[-1] == "closed"
    assert await stored(page, conversation) is None
    async with store(page) as kept:
        assert [
            file for file in (await kept.files.of("local")).items if file.conversation == conversation
        ] == []
    async with opened(page, conversation) as tab:
        assert refusals(tab)


@pytest.mark.parametrize("is_every", [False, True], ids=["this one", "all of them"])
async def test_a_chat_deleted_by_a_program_is_gone_where_it_is_open_and_being_answered(
    page: Program, is_every: bool
) -> None:
    async with Tab(page.url) as tab:
        await draw(tab, "a bittern")
        conversation = await address(tab)
        await tab.say("go slowly")
        await tab.until(lambda: any("piece 3" in answer for answer in tab.answers))
        path = "/api/v1/conversations" + ("" if is_every else f"/{conversation}")
        assert (await call(page, "DELETE", path))[0] in {200, 204}
        await tab.until(lambda: "reload" in [event for event, _ in tab.screen.sent])
    assert page.ends[-1] == "closed"
    assert await stored(page, conversation) is None
    async with store(page) as kept:
        files = (await kept.files.of("local")).items
        assert [file for file in files if file.conversation == conversation] == []


async def test_a_thumb_is_kept_with_the_route_and_model_of_its_reply(page: Program) -> None:
    conversation = await chat(page, "is this good?")
    step = run_of(await stored(page, conversation))
    thumb = {"forId": step.id, "threadId": conversation, "value": 1, "comment": "short"}
    status, answer = await call(page, "PUT", "/feedback", {"feedback": thumb, "sessionId": new_id()})
    assert status == 200
    again = thumb | {"value": 0, "comment": "too short"}
    assert (await call(page, "PUT", "/feedback", {"feedback": again}))[1] == answer
    async with store(page) as kept:
        (found,) = await kept.histories.feedback("local", conversation)
    assert (found.value, found.comment, found.route, found.model) == (0, "too short", "text", "large")
    async with opened(page, conversation) as tab:
        (rated,) = [each for each in shown(tab)["steps"] if "feedback" in each]
        assert rated["feedback"]["value"] == 0
    assert (await call(page, "DELETE", "/feedback", {"feedbackId": answer["feedbackId"]}))[0] == 200
    async with store(page) as kept:
        assert await kept.histories.feedback("local", conversation) == ()


async def test_a_link_shows_the_chat_as_it_was_until_it_is_taken_back(page: Program) -> None:
    conversation = await chat(page, "worth sharing")
    body = {"threadId": conversation, "isShared": True}
    _, made = await call(page, "PUT", "/project/thread/share", body)
    path = f"/project/share/{made['token']}"
    async with opened(page, conversation) as tab:
        await tab.ask("said later")
    _, thread = await call(page, "GET", path)
    assert outputs(thread, "user_message") == ["worth sharing"]
    assert {step["type"] for step in thread["steps"]} == {"user_message", "assistant_message"}
    assert all(element["props"]["isReadOnly"] for element in thread["elements"])
    assert "local" not in {thread["userId"], thread["userIdentifier"]}
    _, listed = await call(page, "GET", "/project/shares")
    assert (made["token"], "worth sharing") in [(each["token"], each["name"]) for each in listed["data"]]
    assert (await call(page, "DELETE", "/project/share", {"token": made["token"]}))[0] == 200
    assert (await call(page, "GET", path))[0] == 404
    assert (await call(page, "DELETE", "/project/share", {"token": made["token"]}))[0] == 404


async def test_all_links_to_a_chat_are_taken_back_at_once(page: Program) -> None:
    conversation = await chat(page, "shared twice")
    body = {"threadId": conversation, "isShared": True}
    tokens = [(await call(page, "PUT", "/project/thread/share", body))[1]["token"] for _ in range(2)]
    assert (await call(page, "PUT", "/project/thread/share", body | {"isShared": False}))[0] == 200
    assert [(await call(page, "GET", f"/project/share/{token}"))[0] for token in tokens] == [404, 404]


async def test_pictures_of_a_shared_chat_can_be_seen(page: Program) -> None:
    async with Tab(page.url) as tab:
        await draw(tab, "a heron")
        conversation = await address(tab)
    _, made = await call(page, "PUT", "/project/thread/share", {"threadId": conversation, "isShared": True})
    _, thread = await call(page, "GET", f"/project/share/{made['token']}")
    (pictures,) = [each["props"] for each in thread["elements"] if each["name"] == "Pictures"]
    (url,) = pictures["urls"].values()
    status, content = await call(page, "GET", url)
    assert (status, content[:4]) == (200, b"\x89PNG")


THEIRS, STEP = new_id(), new_id()
_THUMB = {"forId": STEP, "threadId": THEIRS, "value": 1}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("GET", f"/project/thread/{THEIRS}", None, id="read"),
        pytest.param("GET", f"/project/thread/{THEIRS}/element/{STEP}", None, id="element"),
        pytest.param("PUT", "/project/thread", {"threadId": THEIRS, "name": "mine"}, id="rename"),
        pytest.param("DELETE", "/project/thread", {"threadId": THEIRS}, id="delete"),
        pytest.param("PUT", "/project/thread/share", {"threadId": THEIRS, "isShared": True}, id="share"),
        pytest.param("PUT", "/project/thread/share", {"threadId": THEIRS, "isShared": False}, id="unshare"),
        pytest.param("PUT", "/feedback", {"feedback": _THUMB}, id="rate"),
        pytest.param("DELETE", "/feedback", {"feedbackId": STEP}, id="unrate"),
    ],
)
async def test_a_chat_of_somebody_else_is_answered_like_one_that_is_not_there(
    page: Program, method: str, path: str, body: Any
) -> None:
    async with store(page) as kept:
        step = StoredStep(STEP, "user_message", "User", output="theirs", at=1.0)
        element = StoredElement(STEP, STEP, "custom", "Table")
        kept.histories.record("other", THEIRS, SaveStep(step), SaveElement(element))
        await kept.histories.flush()
        await kept.histories.rate("other", THEIRS, Feedback(STEP, STEP, 1))
        share = await kept.histories.share("other", THEIRS)
        assert share is not None
        answered = await call(page, method, path, body)
        missing = new_id()
        replaced = {THEIRS: missing, STEP: missing}
        assert answered == await call(page, method, _renamed(path, replaced), _renamed(body, replaced))
        assert answered[0] == 404
        record = await kept.histories.open("other", THEIRS)
        assert record is not None
        assert record.conversation.name != "mine"
        assert await kept.histories.shared(share.token) is not None
        assert len(await kept.histories.feedback("other", THEIRS)) == 1
    assert (await call(page, "DELETE", "/project/share", {"token": share.token}))[0] == 404


def _renamed(value: Any, names_of: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, names_of) for key, each in value.items()}
    for before, after in names_of.items() if isinstance(value, str) else ():
        value = value.replace(before, after)
    return value


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("POST", "/project/threads", {"pagination": {"first": 100_000}}, id="too many"),
        pytest.param("POST", "/project/threads", {"pagination": {"cursor": "made up"}}, id="a cursor"),
        pytest.param("POST", "/project/threads", [], id="no object"),
        pytest.param("PUT", "/project/thread", {"threadId": new_id(), "name": " "}, id="no name"),
        pytest.param("PUT", "/project/thread", {"threadId": "../etc", "name": "x"}, id="no id"),
        pytest.param("DELETE", "/project/share", {"token": 7}, id="no token"),
    ],
)
async def test_what_cannot_be_meant_is_refused_in_words(
    page: Program, method: str, path: str, body: Any
) -> None:
    status, answer = await call(page, method, path, body)
    assert status == 400
    assert answer["detail"]
