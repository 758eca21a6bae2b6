"""Words that decide a turn once a fact is known: a picture is given, or a route answered before.

The words are data (`cues.toml`), in many languages; each list is only asked in the situation it is for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

_FLAGS = re.IGNORECASE
_THINK = re.compile(r"<think(?:ing)?>", _FLAGS)
_QUOTED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_BEFORE_FOLLOW_UP = (
    r"^(?:(?:now|and|but|no|ok|okay|please|then|can you|could you|nice|great|good|perfect|cool)[,!.]? )*"
)

# How far behind a verb its object is looked for, in characters.
_OBJECT_CHARACTERS = 45
# A description of a picture to be made has at least so many words; a follow-up at most so many.
_LONG = 12
_SHORT = 9


def is_think_marked(text: str) -> bool:
    """Whether the message holds the think mark, not merely talks about it in code quotes."""
    return bool(_THINK.search(_QUOTED.sub(" ", text)))


@dataclass(frozen=True, slots=True)
class Cues:
    """The compiled words."""

    alters: re.Pattern[str]
    makes: re.Pattern[str]
    alters_anywhere: re.Pattern[str]
    altered: re.Pattern[str]
    words_wanted: re.Pattern[str]
    questions: re.Pattern[str]
    styles: re.Pattern[str]
    spoken: re.Pattern[str]
    hear: re.Pattern[str]
    content: re.Pattern[str]
    computed: re.Pattern[str]
    follow_ups: Mapping[str, re.Pattern[str]]

    @classmethod
    def read(cls) -> Cues:
        """From the shipped file."""
        words = tomllib.loads(files("vtai.routing").joinpath("cues.toml").read_text("utf-8"))
        lead = rf"(?:^|[.!;:,\n]\s*|\b{_one_of(words['leads'])}\s+)"
        return cls(
            alters=re.compile(rf"{lead}{_one_of(words['alters'])}\b", _FLAGS),
            makes=re.compile(rf"{lead}{_one_of(words['makes'])}\b", _FLAGS),
            alters_anywhere=re.compile(_one_of(words["alters_anywhere"]), _FLAGS),
            altered=re.compile(_one_of(words["altered"]), _FLAGS),
            words_wanted=re.compile(rf"\b{_one_of(words['words_wanted'])}\b", _FLAGS),
            questions=re.compile(rf"^\W*{_one_of(words['questions'])}\b", _FLAGS),
            styles=re.compile(rf"\b{_one_of(words['styles'])}\b", _FLAGS),
            spoken=re.compile(rf"\b{_one_of(words['spoken'])}\b", _FLAGS),
            hear=re.compile(_BEFORE_FOLLOW_UP + _one_of(words["hear"]), _FLAGS),
            content=re.compile(_one_of(words["content"]), _FLAGS),
            computed=re.compile(rf"\b{_one_of(words['computed'])}\b", _FLAGS),
            follow_ups={
                route: re.compile(_BEFORE_FOLLOW_UP + _one_of(patterns), _FLAGS)
                for route, patterns in words["follow_ups"].items()
            },
        )

    def change_request(self, text: str) -> str | None:
        """The words that ask to change or make a picture, where one is given; None: it is looked at."""
        if altered := self.altered.search(text):
            return altered[0]
        if self.questions.search(text):
            return None
        if found := self.alters.search(text) or self.alters_anywhere.search(text):
            return found[0].strip(" .,;:!\n")
        for making in self.makes.finditer(text):
            if not self.words_wanted.search(text[making.start() : making.start() + _OBJECT_CHARACTERS]):
                return making[0].strip(" .,;:!\n")
        return self._described(text)

    def alteration(self, text: str) -> str | None:
        """The words that ask to change a picture that was only talked about: surer words than at one."""
        plain = text.strip()
        if len(plain.split()) > _LONG or self.questions.search(plain) or self.words_wanted.search(plain):
            return None
        found = self.alters.match(plain) or self.alters_anywhere.search(plain) or self.altered.search(plain)
        return found[0].strip(" .,;:!\n") if found else None

    def about_content(self, text: str) -> str | None:
        """The words that ask what stands in a table, where nothing is to be computed."""
        if self.computed.search(text):
            return None
        found = self.content.search(text)
        return found[0].strip() if found else None

    def follow_up(self, text: str, previous_route: str) -> str | None:
        """The route of a short message that leans on the last one; None when it stands alone."""
        plain = text.strip()
        if not plain or "\n" in plain or len(plain.split()) > _SHORT:
            return None
        if self.hear.search(plain):
            return "speech"
        pattern = self.follow_ups.get(previous_route)
        return previous_route if pattern and pattern.search(plain) else None

    def _described(self, text: str) -> str | None:
        """The word of style in a long description of a picture to be made, which says nothing else."""
        if len(text.split()) < _LONG or "?" in text or self.spoken.search(text):
            return None
        style = self.styles.search(text)
        return style[0] if style else None


def _one_of(patterns: list[str]) -> str:
    return "(?:" + "|".join(patterns) + ")"
