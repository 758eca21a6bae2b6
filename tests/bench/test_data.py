"""What routing is measured on is not what it learns from, and is complete."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

import bench
from bench.routing_bench.items import read
from vtai.routing import train, utterances

DATA = Path(bench.__file__).with_name("data")


def plain(text: str) -> str:
    """Without case, punctuation and spaces too many."""
    kept = (sign for sign in text.casefold() if not unicodedata.category(sign).startswith("P"))
    return " ".join("".join(kept).split())


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").split("\n") if line]


@pytest.fixture(scope="module")
def learned() -> dict[str, str]:
    """Everything that is trained on, grammars written out, with its place."""
    return {plain(one.message.text): one.section for one in utterances.read_all()}


def test_no_message_of_the_test_set_is_among_the_examples(learned: dict[str, str]) -> None:
    found = [
        f"{one['id']} {one['text']!r} stands in {learned[plain(one['text'])]}"
        for one in lines("routing.jsonl")
        if plain(one["text"]) in learned
    ]
    assert found == [], "take these out of vtai/routing/utterances"


def test_no_paraphrase_is_among_the_examples(learned: dict[str, str]) -> None:
    texts = [
        text
        for one in lines("paraphrases.jsonl")
        for text in (one["text"], *one["paraphrases"], *one["others"])
    ]
    assert [text for text in texts if plain(text) in learned] == []


def test_the_test_set_names_known_routes_and_no_message_twice() -> None:
    items = read(DATA / "routing.jsonl")
    assert {label for item in items for label in item.labels} == set(train.ROUTES)
    ids = [one["id"] for one in lines("routing.jsonl")]
    assert len(ids) == len(set(ids))


def test_each_correction_has_six_paraphrases_and_four_others() -> None:
    counts = {(len(one["paraphrases"]), len(one["others"])) for one in lines("paraphrases.jsonl")}
    assert (len(lines("paraphrases.jsonl")), counts) == (60, {(6, 4)})


def test_each_message_of_the_paraphrases_stands_there_once() -> None:
    texts = [
        plain(text)
        for one in lines("paraphrases.jsonl")
        for text in (one["text"], *one["paraphrases"], *one["others"])
    ]
    assert len(texts) == len(set(texts))


def test_corrections_lead_to_known_routes_of_every_kind() -> None:
    assert {one["right"] for one in lines("paraphrases.jsonl")} == set(train.ROUTES)
