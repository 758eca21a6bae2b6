"""What the words of a message say about the search it wants. The words are data (`words.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

_LEAD_SIGNS = " :,-\t\n"
_WORD = re.compile(r"[^\W\d_]+")


def without_asking(text: str) -> str:
    """The message without "search the web for" and the like, in one line."""
    return " ".join(_rest("asking", text).split())


def research_subject(text: str) -> str | None:
    """What is to be researched, where the message begins by asking for that."""
    rest = _rest("research", text)
    return rest if rest and rest != text.strip() else None


def is_current(text: str) -> bool:
    """Whether the message asks for something that changes from day to day."""
    return _says("current", text) or is_news(text)


def is_news(text: str) -> bool:
    return _says("news", text)


def is_elliptical(text: str) -> bool:
    """Whether the message leans on the one before it ("and in euros?")."""
    return _says("elliptical", text.strip())


def common() -> frozenset[str]:
    """The commonest words of all languages that are known: they carry no claim."""
    return _every_common()


def languages(text: str) -> frozenset[str]:
    """The languages that the text can be in, by its commonest words; empty where there is no telling."""
    said = [word.casefold() for word in _WORD.findall(text)]
    counts = {language: sum(word in words for word in said) for language, words in _common().items()}
    most = max(counts.values())
    return frozenset(language for language, count in counts.items() if count == most and most)


def _says(name: str, text: str) -> bool:
    return any(pattern.search(text) for pattern in _patterns()[name])


def _rest(name: str, text: str) -> str:
    """The text after what the list describes, or all of it."""
    text = text.strip()
    for pattern in _patterns()[name]:
        if (lead := pattern.match(text)) and _is_whole(text, lead.end()):
            return text[lead.end() :].lstrip(_LEAD_SIGNS)
    return text


def _is_whole(text: str, end: int) -> bool:
    """Whether a word ends there. Scripts without spaces end their words without a sign."""
    return end >= len(text) or not text[end].isascii() or not text[end].isalnum()


@cache
def _data() -> Mapping[str, Any]:
    text = files("vtai.handlers.searching").joinpath("words.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def _patterns() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    lists = {name: entries for name, entries in _data().items() if isinstance(entries, list)}
    return MappingProxyType(
        {
            name: tuple(re.compile(entry, re.IGNORECASE) for entry in entries)
            for name, entries in lists.items()
        }
    )


@cache
def _common() -> Mapping[str, frozenset[str]]:
    return MappingProxyType(
        {language: frozenset(words.split()) for language, words in _data()["common"].items()}
    )


@cache
def _every_common() -> frozenset[str]:
    return frozenset().union(*_common().values())
