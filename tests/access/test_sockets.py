"""Who may do what through the page's socket and with an open page, against the served page itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from tests.access import belongings, expected_page
from tests.access.belongings import MARK, Belongings
from tests.access.callers import Crowd, Sent, invited
from tests.access.expected import CHAT, EVERYBODY, OWNERS, READ, Line
from tests.api.parts import FakeLearning
from tests.server.hosted import PASSWORD
from tests.ui.browser import Refused, Tab, new_id
from tests.ui.kept import address, store, with_history
from tests.ui.program import Program
from tests.ui.test_protocol_people import until_closed
from vtai.ui import guard

if TYPE_CHECKING:
    import httpx

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

MAY_OPEN = READ | CHAT


@dataclass
class Place:
    """The served page, its store, and everybody."""

    page: Program
    crowd: Crowd

    async def owned(self) -> Belongings:
        return await belongings.make(self.crowd.store, FakeLearning([]), self.crowd.people["owner"])

    def tab(self, sent: Sent, **handshake: Any) -> Tab:
        return Tab(self.page.url, handshake, dict(sent))

    async def ask(self, sent: Sent, method: str, path: str, **more: Any) -> httpx.Response:
        import httpx

        async with httpx.AsyncClient(base_url=self.page.url, headers=dict(sent)) as http:
            return await http.request(method, path, **more)

    async def from_page(self, line: Line, sent: Sent, session: str, file: str) -> httpx.Response:
        """What this line is about, for this session."""
        if line.operation == "POST /project/file":
            return await self.send_file(sent, session)
        if line.operation == "POST /project/action":
            action = {"id": new_id(), "forId": new_id(), "name": "nothing", "payload": {}, "label": ""}
            return await self.ask(
                sent, "POST", "/project/action", json={"sessionId": session, "action": action}
            )
        return await self.ask(sent, "GET", f"/project/file/{file}?session_id={session}")

    async def send_file(self, sent: Sent, session: str) -> httpx.Response:
        files = {"file": (f"{MARK}.txt", f"Of the {MARK}.".encode(), "text/plain")}
        return await self.ask(sent, "POST", f"/project/file?session_id={session}", files=files)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with with_history(tmp_path_factory.mktemp("sockets"), VT_SIGN_IN="accounts") as program:
        yield program


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(page: Program) -> AsyncIterator[Place]:
    async with store(page) as kept:
        yield Place(page, await invited(kept, page.url))


@pytest.mark.parametrize("who", sorted(EVERYBODY))
async def test_who_may_read_or_ask_opens_a_socket_and_nobody_else(place: Place, who: str) -> None:
    if who not in MAY_OPEN:
        with pytest.raises(Refused):
            await place.tab(place.crowd.sends[who]).connect()
        return
    async with place.tab(place.crowd.sends[who]) as tab:
        await tab.until(lambda: bool(tab.screen.named("chat_settings")))


@pytest.mark.parametrize("who", sorted(MAY_OPEN))
async def test_a_stored_chat_opens_for_its_owner_alone(place: Place, who: str) -> None:
    owned = await place.owned()
    async with place.tab(place.crowd.sends[who], threadId=owned.conversation) as tab:
        await tab.until(lambda: bool(tab.screen.named("chat_settings")))
        is_shown = bool(tab.screen.named("resume_thread"))
        assert is_shown == (who in READ & OWNERS)
        assert is_shown or tab.screen.named("resume_thread_error")
        assert (MARK in tab.everything) == is_shown


@pytest.mark.parametrize("who", sorted(MAY_OPEN))
async def test_a_session_is_taken_up_by_nobody_else(place: Place, who: str) -> None:
    async with place.tab(place.crowd.sends["owner"]) as mine:
        await mine.ask(f"of the {MARK}")
        again = place.tab(place.crowd.sends[who], sessionId=mine.session)
        if who in OWNERS:
            await again.connect()
            await again._leave()
            return
        with pytest.raises(Refused):
            await again.connect()
        assert MARK not in again.everything


@pytest.mark.parametrize("line", expected_page.TABS, ids=lambda line: line.id)
async def test_what_an_open_page_asks_for_names_a_session_of_ones_own(place: Place, line: Line) -> None:
    wrong = []
    async with place.tab(place.crowd.sends["owner"]) as tab:
        await tab.until(lambda: bool(tab.screen.named("chat_settings")))
        sent = await place.send_file(place.crowd.sends["owner"], tab.session)
        assert sent.status_code == 200, sent.text
        for who, headers in place.crowd.sends.items():
            answer = await place.from_page(line, headers, tab.session, sent.json()["id"])
            # The library knows no such button; who is turned away does not hear that of it.
            is_through = answer.status_code == 200 or "No callback found" in answer.text
            if is_through != (who in line.may) or (
                not is_through and answer.status_code not in line.expects(who)
            ):
                wrong.append(f"{who}: {answer.status_code}: {answer.text[:100]}")
            if MARK in answer.text and who not in line.may:
                wrong.append(f"{who} was told")
    assert wrong == []


async def test_every_event_of_the_socket_has_a_line() -> None:
    assert set(guard._NEEDS) == set(expected_page.EVENTS)


@pytest.mark.parametrize("who", sorted(MAY_OPEN - CHAT))
async def test_who_only_reads_sends_nothing(place: Place, who: str) -> None:
    async with place.tab(place.crowd.sends[who]) as tab:
        await tab.until(lambda: bool(tab.screen.named("chat_settings")))
        settings = len(tab.screen.named("chat_settings"))
        refused = [name for name, may in expected_page.EVENTS.items() if who not in may]
        assert len(refused) == 7
        for name in refused:
            await tab.emit(name, message(f"from {who}, as {name}"))
        await tab.until(lambda: len(tab.toasts) == 4)
        assert tab.screen.named("audio_connection") == ["off"]
        assert len(tab.screen.named("chat_settings")) == settings
        assert not tab.answers
    assert f"from {who}" not in repr(place.page.lines)


async def test_a_message_that_names_the_chat_of_another_goes_into_ones_own(place: Place) -> None:
    owned = await place.owned()
    owner, histories = place.crowd.people["owner"].id, place.crowd.store.histories
    before = await histories.open(owner, owned.conversation)
    async with place.tab(place.crowd.sends["other"]) as tab:
        await tab.emit("edit_message", message("changed", owned.message, owned.conversation))
        await tab.ask("mine", threadId=owned.conversation, parentId=owned.answer)
        assert await address(tab) != owned.conversation
        assert MARK not in tab.everything
    assert await histories.open(owner, owned.conversation) == before


@pytest.mark.parametrize("who", ["other", "other's key", "guest", "owner's read key"])
async def test_an_answer_is_stopped_by_its_owner_alone_who_may_also_ask(place: Place, who: str) -> None:
    async with place.tab(place.crowd.sends["owner"]) as mine:
        await mine.say("go slowly")
        await mine.until(lambda: any("piece 3" in answer for answer in mine.answers))
        named = {"sessionId": mine.session, "threadId": await address(mine)}
        async with place.tab(place.crowd.sends[who], threadId=named["threadId"]) as tab:
            await tab.until(lambda: bool(tab.screen.named("chat_settings")))
            await tab.emit("stop", named)
            # What comes after it was heard, so it was heard as well.
            await tab.say("is it stopped?")
            await tab.until(lambda: bool(tab.toasts or tab.ended))
            await tab.emit("clear_session", named)
            seen = len(mine.answers[-1])
            await mine.until(lambda: len(mine.answers[-1]) > seen + 40)
        assert not mine.ended
        await mine.emit("stop")
        await mine.until(lambda: bool(mine.ended))


async def test_nobody_sends_the_file_of_another(place: Place) -> None:
    async with (
        place.tab(place.crowd.sends["owner"]) as mine,
        place.tab(place.crowd.sends["other"]) as tab,
    ):
        await mine.until(lambda: bool(mine.screen.named("chat_settings")))
        theirs = (await place.send_file(place.crowd.sends["owner"], mine.session)).json()["id"]
        stored = (await place.owned()).file
        for key in (theirs, stored):
            sent = message("read what I send you") | {"fileReferences": [{"id": key}]}
            await tab.emit("client_message", sent)
        await tab.ask("and then?")
        assert MARK not in tab.everything
    asked = [line for line in place.page.requests if "read what I send you" in repr(line)]
    assert MARK not in repr(asked)


@pytest.mark.parametrize("how", ["suspended", "key revoked", "signed out", "deleted"])
async def test_who_may_not_in_any_more_is_out_at_once_everywhere(place: Place, how: str) -> None:
    """It is done by another process, as by the command line."""
    store, name = place.crowd.store, new_id()
    person = await store.people.add(name, SecretStr(PASSWORD), "member")
    place.crowd.people[name] = person
    by_login, login = await place.crowd.login(name)
    by_key, key = await place.crowd.key(name, "read", "chat")
    sent = by_key if how == "key revoked" else by_login
    async with place.tab(sent) as tab:
        await tab.say("go slowly")
        await tab.until(lambda: any("piece 1" in answer for answer in tab.answers))
        match how:
            case "suspended":
                await store.people.change(person.id, is_suspended=True)
            case "key revoked":
                assert await store.keys.revoke(key)
            case "signed out":
                assert await store.logins.end(login)
            case _:
                assert await store.people.delete(person.id)
        for path in ("/user", "/", "/api/v1/me", "/v1/models", "/files/x"):
            assert (await place.ask(sent, "GET", path)).status_code == 401
        await until_closed(tab)
        with pytest.raises(Refused):
            await place.tab(sent, sessionId=tab.session).connect()


async def test_who_becomes_a_guest_only_reads_from_then_on(place: Place) -> None:
    store, name = place.crowd.store, new_id()
    place.crowd.people[name] = await store.people.add(name, SecretStr(PASSWORD), "member")
    async with place.tab(await place.crowd.cookie(name)) as tab:
        await tab.ask("Hello")
        await store.people.change(place.crowd.people[name].id, "guest")
        async with asyncio.timeout(20):
            while not tab.toasts:
                await tab.say("Hello?")
                await asyncio.sleep(0.2)
        assert tab.toasts[0] == "You may read here, and not send messages."


def message(text: str, key: str = "", conversation: str = "") -> dict[str, Any]:
    sent = {"id": key or new_id(), "threadId": conversation, "type": "user_message", "output": text}
    return {"message": {"name": "User", **sent}, "fileReferences": []}
