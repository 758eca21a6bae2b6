"""Conversations over the interface: lists, search, names, export and import, links, thumbs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.parts import Desk, is_told


async def said(api: Desk, who: str, text: str) -> Any:
    return await api.told(who, "POST", "/chat", json={"text": text})


async def test_the_newest_conversation_stands_first_page_by_page(api: Desk) -> None:
    for text in ("one", "two", "three"):
        await said(api, "ann", text)
    first = await api.told("ann", "GET", "/conversations?limit=2")
    rest = await api.told("ann", "GET", f"/conversations?limit=2&cursor={first['cursor']}")
    assert [each["name"] for each in first["items"] + rest["items"]] == ["three", "two", "one"]
    assert rest["cursor"] is None
    assert (await api.told("bob", "GET", "/conversations"))["items"] == []


async def test_a_conversation_is_renamed_and_deleted(api: Desk) -> None:
    url = f"/conversations/{(await said(api, 'ann', 'cats'))['conversation']}"
    assert (await api.told("ann", "PATCH", url, json={"name": "About cats"}))["name"] == "About cats"
    assert (await api.told("ann", "GET", url))["name"] == "About cats"
    assert await api.told("ann", "DELETE", url) is None
    assert is_told(await api.ask("ann", "GET", url), 404, "no such conversation")
    assert is_told(await api.ask("ann", "DELETE", url), 404)


async def test_all_are_deleted_at_once(api: Desk) -> None:
    for who in ("ann", "ann", "bob"):
        await said(api, who, "cats")
    assert await api.told("ann", "DELETE", "/conversations") == {"deleted": 2}
    assert len((await api.told("bob", "GET", "/conversations"))["items"]) == 1


async def test_what_was_said_is_found_by_its_words(api: Desk) -> None:
    reply = await said(api, "ann", "My parrot is called Coco.")
    [hit] = (await api.told("ann", "GET", "/search?q=parr"))["items"]
    assert hit["conversation"]["id"] == reply["conversation"]
    words = [hit["excerpt"][mark["start"] : mark["end"]] for mark in hit["marks"]]
    assert words == ["parrot"]
    assert (await api.told("bob", "GET", "/search?q=parrot"))["items"] == []


@pytest.mark.parametrize("words", ['"', "a AND", "*", "parrot*", "-x", "(", "ÄÖ", "💥"])
async def test_no_words_are_syntax(api: Desk, words: str) -> None:
    await said(api, "ann", "parrot")
    assert (await api.ask("ann", "GET", "/search", params={"q": words})).status_code == 200


async def test_a_conversation_is_taken_out_and_brought_in(api: Desk) -> None:
    conversation = (await said(api, "ann", "My parrot: «Coco» / 1"))["conversation"]
    url = f"/conversations/{conversation}/export"
    shown = await api.ask("ann", "GET", f"{url}?format=markdown")
    assert shown.headers["content-type"].startswith("text/markdown")
    assert shown.headers["content-disposition"].startswith('attachment; filename="My parrot')
    assert "Hello there." in shown.text
    content = (await api.ask("ann", "GET", url)).content
    [brought] = (await api.told("bob", "POST", "/conversations/import", content=content))["conversations"]
    assert brought != conversation
    copied = await api.told("bob", "GET", f"/conversations/{brought}/messages")
    assert [each["text"] for each in copied["messages"]] == ["My parrot: «Coco» / 1", "Hello there."]
    assert (await api.ask("ann", "GET", f"/conversations/{brought}")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"a": 1}', b"\xff", b"[[], []]"])
async def test_what_is_no_export_is_told_in_words(api: Desk, content: bytes) -> None:
    assert is_told(await api.ask("ann", "POST", "/conversations/import", content=content), 422)


async def test_a_link_shows_what_was_said_until_it_is_taken_back(api: Desk) -> None:
    conversation = (await said(api, "ann", "My parrot"))["conversation"]
    link = await api.told("ann", "POST", f"/conversations/{conversation}/shares")
    await api.told("ann", "POST", "/chat", json={"text": "Later", "conversation": conversation})
    shown = await api.told("gus", "GET", f"/shares/{link['token']}")
    assert [each["text"] for each in shown["messages"]] == ["My parrot", "Hello there."]
    assert (await api.told("ann", "GET", "/shares"))["items"] == [link]
    assert (await api.told("bob", "GET", "/shares"))["items"] == []
    assert is_told(await api.ask("bob", "DELETE", f"/shares/{link['token']}"), 404)
    assert await api.told("ann", "DELETE", f"/shares/{link['token']}") is None
    assert is_told(await api.ask("gus", "GET", f"/shares/{link['token']}"), 404, "taken back")


async def test_a_thumb_is_kept_with_route_and_model(api: Desk) -> None:
    conversation = (await said(api, "ann", "Hi"))["conversation"]
    messages = (await api.told("ann", "GET", f"/conversations/{conversation}/messages"))["messages"]
    url, thumb = f"/conversations/{conversation}/feedback", {"message": messages[1]["id"], "value": 1}
    given = await api.told("ann", "PUT", url, json=thumb)
    assert (given["value"], given["route"]) == (1, "text")
    changed = await api.told("ann", "PUT", url, json=thumb | {"value": 0, "comment": "Too short."})
    assert (changed["id"], changed["value"]) == (given["id"], 0)
    assert (await api.told("ann", "GET", url))["items"] == [changed]
    assert is_told(await api.ask("bob", "DELETE", f"/feedback/{given['id']}"), 404)
    assert await api.told("ann", "DELETE", f"/feedback/{given['id']}") is None
    assert (await api.told("ann", "GET", url))["items"] == []


async def test_only_answers_get_thumbs(api: Desk) -> None:
    reply = await said(api, "ann", "Hi")
    url = f"/conversations/{reply['conversation']}/feedback"
    for message in (reply["message"], "nothing"):
        response = await api.ask("ann", "PUT", url, json={"message": message, "value": 1})
        assert is_told(response, 404, "no such answer")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/messages", None),
        ("GET", "/export", None),
        ("POST", "/shares", None),
        ("GET", "/feedback", None),
        ("PUT", "/feedback", {"message": "a", "value": 1}),
    ],
)
async def test_somebody_elses_answers_like_one_that_is_not_there(
    api: Desk, method: str, path: str, body: Any
) -> None:
    theirs = (await said(api, "ann", "Secret"))["conversation"]
    for who in ("bob", "root"):
        found = await api.ask(who, method, f"/conversations/{theirs}{path}", json=body)
        none = await api.ask(who, method, f"/conversations/{'0' * 36}{path}", json=body)
        assert (found.status_code, found.content) == (404, none.content)
    assert len((await api.told("ann", "GET", f"/conversations/{theirs}/messages"))["messages"]) == 2
