"""What was read from files and pictures, and where in the file it stands. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

PictureFormat = Literal["png", "jpeg", "webp"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a file. `place` is where it stands ("page 3", "sheet Sales, rows 2-41"), "" for the whole."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """The words of a file in reading order. `notes` say what was left out or read in another way."""

    name: str
    passages: tuple[Passage, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is upright, free of where it was taken, and small enough for who gets it."""

    media_type: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PictureText:
    """What can be said of a picture without seeing it: the words in it, and facts about it for people."""

    text: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What stood at an address. `url` is the last one after redirects, `media_type` what the content proves.

    `headers` are lower case. `is_cut`: there was more than was asked for.
    """

    url: str
    media_type: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    is_cut: bool = False
