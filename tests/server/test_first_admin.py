"""The first account."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.server.hosted import HTML, OTHER, PASSWORD, hosted
from vtai.server.doors import doors


async def test_the_first_account_is_made_on_this_machine_without_a_code(tmp_path: Path) -> None:
    async with hosted(tmp_path) as server:
        browser = server.browser()
        assert (await browser.get("/sign-in", headers=HTML)).headers["location"] == "/first-admin"
        assert 'name="code"' not in (await browser.get("/first-admin")).text
        given = {"name": "Ada", "password": PASSWORD, "again": PASSWORD}
        answer = await browser.post("/first-admin", data=given)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert (await browser.get("/user")).json()["metadata"]["role"] == "admin"
        assert (await browser.get("/first-admin")).headers["location"] == "/sign-in"
        again = await browser.post("/first-admin", data={**given, "name": "Eve"})
        assert again.status_code == 403
        assert [person.name for person in await server.store.people.all()] == ["Ada"]


@pytest.mark.parametrize(
    ("host", "origins"),
    [
        pytest.param("0.0.0.0", (), id="reached from other machines"),
        pytest.param("127.0.0.1", ("https://chat.example.org",), id="reached through a proxy"),
    ],
)
async def test_elsewhere_the_first_account_needs_the_printed_code(
    tmp_path: Path, host: str, origins: tuple[str, ...]
) -> None:
    async with hosted(tmp_path, host, allowed_origins=origins) as server:
        browser = server.browser()
        assert 'name="code"' in (await browser.get("/first-admin?code=abc")).text
        given = {"name": "Eve", "password": PASSWORD, "again": PASSWORD}
        answers = [
            await browser.post("/first-admin", data=given | {"code": code}) for code in ("", "abc", "ä")
        ]
        assert [answer.status_code for answer in answers] == [401] * 3
        assert await server.store.people.all() == []


async def test_the_printed_code_makes_one_admin_and_no_second_one(tmp_path: Path) -> None:
    async with hosted(tmp_path, "0.0.0.0") as server:
        entrance = doors(server.app, "0.0.0.0", None)
        line = await entrance.invitation("http://127.0.0.1:8000")
        assert line is not None
        assert line.startswith(
            "Nobody is an admin yet. Make the first account at http://127.0.0.1:8000/first-admin?"
        )
        assert entrance.first is not None
        code = line.rpartition("=")[2]
        made = await asyncio.gather(
            *(entrance.first.make(name, SecretStr(PASSWORD), code) for name in ("Ada", "Eve")),
            return_exceptions=True,
        )
        assert sum(isinstance(each, Exception) for each in made) == 1
        assert [person.role for person in await server.store.people.all()] == ["admin"]
        assert await entrance.invitation("http://127.0.0.1:8000") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"again": OTHER}, "not the same", id="two passwords"),
        pytest.param({"password": "short", "again": "short"}, "character", id="a short one"),
        pytest.param({"name": " "}, "name", id="no name"),
    ],
)
async def test_an_account_that_cannot_be_is_told_on_the_page(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    async with hosted(tmp_path) as server:
        given = {"name": "Ada", "password": PASSWORD, "again": PASSWORD, **change}
        answer = await server.browser().post("/first-admin", data=given)
        assert answer.status_code == 409
        assert re.search(rf'role="alert".*{said}', answer.text)
        assert await server.store.people.all() == []
