"""Search: the same places in the same order in both databases, whatever somebody types."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.storage.said import ANN, BEN, assistant, user
from vtai.core.history import DropStep, Rename, SaveStep, StoredStep
from vtai.storage import searching, wording
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories


@pytest.fixture
def histories(database: Database) -> SqlHistories:
    return SqlHistories(database)


async def found(histories: SqlHistories, words: str, person: str = ANN) -> list[tuple[str, str]]:
    """(conversation, step) of each hit."""
    await histories.flush()
    page = await histories.search(person, words)
    return [(hit.conversation.id, hit.step_id) for hit in page.items]


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("zürich", True),
        ("ZURICH trains", True),
        ("tra", True),
        ("tra zurich", False),
        ("zurich tra", True),
        ("trains bus", False),
        ("東京", True),
        ("京東", False),
        ("don't", True),
        ("dont", False),
        ("t don", True),
        ('"trains" OR (bus', False),
        ("trains*", True),
        ("secret", False),
        ("x" * 60, True),
        ("x" * 39, True),
        ("3.14", True),
        ("foo@example.org", True),
        ("c:\\temp\\it's", True),
    ],
)
async def test_words_are_found_in_messages(histories: SqlHistories, words: str, is_found: bool) -> None:
    text = "Trains to Zürich. 東京へ! I don't. " + "x" * 60 + " 3.14 <b>Foo@Example.org</b> C:\\temp\\it's"
    histories.record(
        ANN, "c", assistant("1", text), SaveStep(StoredStep("2", "tool", output="secret", input="secret"))
    )
    assert await found(histories, words) == ([("c", "1")] if is_found else [])


async def test_names_come_first_then_the_newest_once_for_each_conversation(histories: SqlHistories) -> None:
    histories.record(ANN, "old", user("1", "paris"), Rename("Paris in spring"))
    histories.record(ANN, "a", user("1", "paris"), user("2", "paris again"), user("3", "rome"))
    await histories.flush()
    histories.record(ANN, "b", user("1", "to Paris"))
    await histories.flush()
    histories.record(BEN, "d", user("1", "paris"))
    histories.record(ANN, "a", user("4", "Paris!"))
    assert await found(histories, "paris") == [("old", ""), ("a", "4"), ("b", "1")]
    assert await found(histories, "paris", BEN) == [("d", "1")]
    name, message, _ = (await histories.search(ANN, "paris")).items
    assert (name.kind, name.excerpt, name.marks) == ("name", "Paris in spring", ((0, 5),))
    assert (message.kind, message.excerpt, message.marks) == ("user_message", "Paris!", ((0, 5),))
    assert message.conversation.name == ""


async def test_what_is_not_said_any_more_is_not_found(histories: SqlHistories) -> None:
    histories.record(ANN, "c", user("1", "alpha"), assistant("2", "beta", parent_id="1"), Rename("gamma"))
    histories.record(ANN, "d", user("1", "alpha"))
    assert await found(histories, "alpha") == [("d", "1"), ("c", "1")]
    histories.record(ANN, "c", user("1", "delta"), Rename("epsilon"))
    assert await found(histories, "alpha") == [("d", "1")]
    assert await found(histories, "delta") == [("c", "1")]
    assert await found(histories, "gamma") == []
    assert await found(histories, "epsilon") == [("c", "")]
    histories.record(ANN, "c", DropStep("1"))
    assert await found(histories, "delta") == []
    assert await found(histories, "beta") == []
    await histories.delete(ANN, "c")
    await histories.delete_all(ANN)
    assert await found(histories, "epsilon") == []
    assert await found(histories, "alpha") == []


async def test_an_answer_is_found_once_it_is_whole(histories: SqlHistories) -> None:
    histories.record(ANN, "c", assistant("1", "half", is_open=True))
    assert await found(histories, "half") == []
    histories.record(ANN, "c", assistant("1", "half whole"))
    assert await found(histories, "half") == [("c", "1")]
    histories.record(ANN, "c", assistant("1", "half whole", is_error=True))
    assert await found(histories, "half") == [("c", "1")]
    histories.record(ANN, "c", SaveStep(StoredStep("1", "undefined", output="half whole")))
    assert await found(histories, "half") == []


@pytest.mark.slow
async def test_the_end_of_a_very_long_message_is_found(histories: SqlHistories) -> None:
    many = " ".join(map(str, range(200_000)))
    histories.record(ANN, "c", user("1", f"start {many} it isn't the needle"))
    histories.record(ANN, "d", user("1", "w" * 3_000_000))
    assert await found(histories, "start") == [("c", "1")]
    assert await found(histories, "needle isn't") == [("c", "1")]
    assert await found(histories, "needle isn'x") == []
    assert await found(histories, "www") == [("d", "1")]
    (hit,) = (await histories.search(ANN, "needle")).items
    assert hit.excerpt.endswith("needle")


@pytest.mark.parametrize("at_once", [None, 4], ids=["all at once", "some at once"])
async def test_pages_of_hits_go_on_without_repeating(
    histories: SqlHistories, monkeypatch: pytest.MonkeyPatch, at_once: int | None
) -> None:
    if at_once is not None:
        for name, value in (("_WINDOW", at_once), ("_MOST_AT_ONCE", at_once), ("_OFTEN", 1.0)):
            monkeypatch.setattr(searching, name, value)
    for number in range(12):
        histories.record(ANN, f"c{number}", *(user(f"{each}", "common word") for each in range(10)))
        if number % 4 == 0:
            histories.record(ANN, f"c{number}", Rename("a common name"))
    await histories.flush()
    histories.record(ANN, "c3", user("x", "common again"))
    expected = await found(histories, "common")
    assert len(expected) == len({conversation for conversation, _ in expected}) == 12
    assert [step for _, step in expected[:3]] == ["", "", ""]
    assert expected[3] == ("c3", "x")
    for limit in (1, 2, 3, 5, 11, 12):
        seen: list[tuple[str, str]] = []
        cursor: str | None = None
        while True:
            page = await histories.search(ANN, "common", cursor, limit)
            assert len(page.items) <= limit
            seen += [(hit.conversation.id, hit.step_id) for hit in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == expected


_ALPHABET = st.sampled_from(["a", "ab", "b", "é", "E", "東", "京", "'", '"', "*", "-", " ", "  ", "OR", "\n"])
_SAID = st.lists(_ALPHABET, max_size=10).map("".join)


@pytest.mark.slow
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(messages=st.lists(_SAID, min_size=1, max_size=5), words=_SAID)
async def test_the_index_finds_what_reading_everything_finds(
    database: Database, messages: list[str], words: str
) -> None:
    histories, person = SqlHistories(database), uuid.uuid4().hex
    histories.record(
        person, uuid.uuid4().hex, *(user(str(number), text) for number, text in enumerate(messages))
    )
    wanted = wording.phrases(words)
    expected = [str(number) for number, text in enumerate(messages) if wanted and _says(text, wanted)]
    assert [step for _, step in await found(histories, words, person)] == expected[-1:]
    await histories.delete_all(person)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text() | st.text("\"'*^:+-(){}[]<>&|!\\~ \0abANDORNEAR", max_size=12))
async def test_nothing_that_somebody_types_fails(database: Database, words: str) -> None:
    await SqlHistories(database).search(ANN, words)


def _says(text: str, wanted: tuple[wording.Phrase, ...]) -> bool:
    said = f" {' '.join(wording.of(text))} "
    whole = [f" {' '.join(phrase)} " for phrase in wanted]
    return all(each in said for each in [*whole[:-1], whole[-1].rstrip()])
