"""The question becomes one to three queries for a search engine."""

from __future__ import annotations

import json
import re

from vtai import prompts
from vtai.core import think_tags
from vtai.handlers import requests
from vtai.handlers.requests import Asked
from vtai.handlers.searching import words
from vtai.handlers.searching.inquiry import Inquiry

MOST = 3
# Search engines refuse longer ones.
_MAX_CHARACTERS = 380
# Longer than this, written by a model, is an answer and no query.
_MOST_WORDS = 25
# A message up to this size that stands alone is a query already; a call of the model would only cost time.
_QUICK_WORDS = 12
_QUICK_CHARACTERS = 120
_TIMEOUT_S = 10.0
# How far back a message is followed that leans on one that leans on another.
_MOST_LEANT_ON = 3

_FENCED = re.compile(r"^```[a-z]*\s*\n(.*?)\n?```$", re.DOTALL | re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")
_QUOTES = " \t\"'“”„«»`"
_SENTENCES = re.compile(r"[.!?]\s+\S")
_ODD = re.compile(r"[{}<>\[\]]|[:.]$")


def needs_model(inquiry: Inquiry) -> bool:
    """Whether the model writes the queries. A short message without a past is one already."""
    model = inquiry.model
    if model is None or model.is_embedded:
        return False
    return len(inquiry.turn.history) > 0 or not is_query(requests.question_of(inquiry.turn).strip())


def is_query(text: str) -> bool:
    """Whether a search engine makes sense of the text as it is."""
    is_short = len(text) <= _QUICK_CHARACTERS and len(text.split()) <= _QUICK_WORDS
    return is_short and "\n" not in text and not _SENTENCES.search(text)


def plain(inquiry: Inquiry) -> tuple[str, ...]:
    """The question as it is, behind the one that it leans on."""
    question = inquiry.question
    if words.is_elliptical(question) and (before := _leant_on(inquiry)):
        question = f"{before} {question}"
    return (question[:_MAX_CHARACTERS],)


async def written(inquiry: Inquiry) -> tuple[str, ...]:
    """The queries that the model writes; the plain question where it writes something else, or nothing."""
    system = prompts.render("search_queries", today=requests.today())
    note = await inquiry.noted(Asked(system, is_citing=False, needs_files=False), _TIMEOUT_S)
    return parsed(note) or plain(inquiry)


def parsed(note: str) -> tuple[str, ...]:
    """One to three queries from a JSON list or one a line; none where it is anything else."""
    note = _unfenced(note)
    try:
        value = json.loads(note)
    except (ValueError, RecursionError):
        return _from_lines(note)
    return from_list(value.get("queries") if isinstance(value, dict) else value)


def from_list(value: object) -> tuple[str, ...]:
    """The queries of a list, each once; none where something in it is no query."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return ()
    cleaned = [" ".join(each.split()) for each in value if each.strip()]
    if any(_is_odd(each) for each in cleaned):
        return ()
    return tuple(dict.fromkeys(cleaned))[:MOST]


def read_object(note: str) -> dict[str, object]:
    """The JSON object of a note; empty where it is none."""
    try:
        value = json.loads(_unfenced(note))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _from_lines(note: str) -> tuple[str, ...]:
    lines = [line for each in note.splitlines() if (line := _BULLET.sub("", each.strip()).strip(_QUOTES))]
    if len(lines) > MOST or any(_is_odd(line) or _ODD.search(line) for line in lines):
        return ()
    return tuple(dict.fromkeys(lines))


def _is_odd(query: str) -> bool:
    return len(query) > _MAX_CHARACTERS or len(query.split()) > _MOST_WORDS


def _unfenced(note: str) -> str:
    note = note.strip()
    fenced = _FENCED.match(note)
    return fenced[1].strip() if fenced else note


def _leant_on(inquiry: Inquiry) -> str:
    """The last message of the person that stands alone, and what was said on it since; "" for none."""
    said = [
        words.without_asking(think_tags.take_marker(message.text)[0])
        for message in inquiry.turn.history
        if message.role == "user" and message.text.strip()
    ][-_MOST_LEANT_ON:]
    alone = [number for number, text in enumerate(said) if not words.is_elliptical(text)]
    return " ".join(said[alone[-1] if alone else -1 :])
