"""Who is at the page, and how often somebody may come."""

from __future__ import annotations

import asyncio

import pytest

from vtai.core.errors import StorageUnavailable
from vtai.core.people import Caller, Person
from vtai.wiring.entering import Connection, Connections, Rate

ADA, MAX = Person("a", "Ada", "admin"), Person("m", "Max")


class Socket:
    """An open socket. `now` is who it is later on; an error is raised."""

    def __init__(self, connections: Connections, caller: Caller) -> None:
        self.now: Caller | StorageUnavailable | None = caller
        self.is_closed = False
        self.state = {"caller": caller}
        connections.add(Connection(str(id(self)), self.state, self._again, self._close))

    async def _again(self) -> Caller | None:
        if isinstance(self.now, StorageUnavailable):
            raise self.now
        return self.now

    async def _close(self) -> None:
        self.is_closed = True


@pytest.fixture
def connections() -> Connections:
    return Connections()


@pytest.fixture
def sockets(connections: Connections) -> dict[str, Socket]:
    return {
        "phone": Socket(connections, Caller(ADA, login_id="1")),
        "desk": Socket(connections, Caller(ADA, login_id="2")),
        "key": Socket(connections, Caller(ADA, key_id="3", key_scopes=frozenset({"chat"}))),
        "max": Socket(connections, Caller(MAX, login_id="4")),
    }


def closed(sockets: dict[str, Socket]) -> set[str]:
    return {name for name, socket in sockets.items() if socket.is_closed}


async def test_the_end_of_a_login_closes_what_it_opened(
    connections: Connections, sockets: dict[str, Socket]
) -> None:
    await connections.end_login("1")
    assert closed(sockets) == {"phone"}


async def test_the_end_of_a_key_closes_what_it_opened(
    connections: Connections, sockets: dict[str, Socket]
) -> None:
    await connections.end_key("3")
    assert closed(sockets) == {"key"}


async def test_the_end_of_a_person_closes_all_of_theirs(
    connections: Connections, sockets: dict[str, Socket]
) -> None:
    await connections.end_person("a")
    assert closed(sockets) == {"phone", "desk", "key"}


async def test_the_login_that_is_kept_keeps_its_sockets(
    connections: Connections, sockets: dict[str, Socket]
) -> None:
    await connections.end_person("a", but="2")
    assert closed(sockets) == {"phone", "key"}


async def test_what_ended_elsewhere_is_found_by_looking(
    connections: Connections, sockets: dict[str, Socket]
) -> None:
    sockets["desk"].now = None
    sockets["max"].now = Caller(Person("m", "Max", is_suspended=True), login_id="4")
    await connections.look()
    assert closed(sockets) == {"desk", "max"}


async def test_a_new_role_counts_in_sockets_that_are_open(
    connections: Connections, sockets: dict[str, Socket]
) -> None:
    sockets["max"].now = Caller(Person("m", "Max", "guest"), login_id="4")
    await connections.look()
    assert not sockets["max"].state["caller"].may("chat")


async def test_nobody_is_thrown_out_because_the_store_is_away(
    connections: Connections, sockets: dict[str, Socket]
) -> None:
    sockets["phone"].now = StorageUnavailable("The database does not answer.", "Wait.")
    await connections.look()
    assert closed(sockets) == set()


async def test_somebody_looks_again_and_again(connections: Connections, sockets: dict[str, Socket]) -> None:
    watching = asyncio.create_task(connections.watch())
    sockets["phone"].now = None
    while not sockets["phone"].is_closed:
        await asyncio.sleep(0.05)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


def test_a_moving_window_has_room_again_when_the_oldest_leaves_it() -> None:
    now = [0.0]
    rate = Rate(2, 60, lambda: now[0])
    assert rate.take("x") == 0
    now[0] = 20.0
    assert rate.take("x") == 0
    assert rate.take("x") == 40
    assert rate.wait_s("y") == 0
    now[0] = 60.0
    assert rate.take("x") == 0
    assert rate.take("x") == 20


def test_what_is_given_back_was_never_counted() -> None:
    rate = Rate(1)
    assert rate.take("x") == 0
    rate.give_back("x")
    assert rate.take("x") == 0
    rate.give_back("nobody")


def test_asking_does_not_count() -> None:
    rate = Rate(1)
    assert [rate.wait_s("x") for _ in range(5)] == [0] * 5


def test_many_keys_take_no_more_room_than_some() -> None:
    rate = Rate(1)
    for number in range(10_100):
        rate.take(str(number))
    assert len(rate._seen) == 10_000
