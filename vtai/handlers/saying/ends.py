"""Where sentences end in Markdown that is still being written, in any language that marks it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

_MARK = re.compile(
    r"(?P<mark>[.!?…]+|[。\uff01\uff1f\uff61]+|[\u061f\u0964\u06d4]+)(?P<close>[\"'”\u2019»«“)\]*_~」』\uff09】]*)"
)
_SOLID: Final = frozenset("。\uff01\uff1f\uff61")
_WAIT: Final = "\0"
# What is no place for an end: code, links, addresses, formulas, tags.
_WHOLE = re.compile(
    r"(?<!`)(?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`)"
    r"|!?\[[^\]\n]*\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:[ \t]+[^()\n]*)?\)"
    r"|<?(?:https?://|www\.)[^\s<>]+?(?=[.,;:!?)\]*_\"']*(?:\s|$))>?"
    r"|\$\$[^$]+\$\$|(?<![\w$])\$(?=[^\s$])[^$\n]*?[^\s$]\$(?![\w$])|\\\(.+?\\\)|</?[a-zA-Z][^<>\n]*>",
    re.DOTALL,
)
_NOTE = re.compile(r"(?:\[\^?\d{1,3}(?:[, \u2013-]+\d{1,3})*\])+")
# A bracket or backtick that has no partner yet; it may come.
_OPEN = re.compile(r"(?<!\\)(?:`[^`]*|!?\[[^\]]*|!?\[[^\]]*\]\([^)\n]*|\\\([^)]*|<[a-zA-Z/][^<>\s][^<>]*)$")
_LONGEST_OPEN: Final = 300
_BEFORE = re.compile(r"(\S+)$")
_CLAUSE = re.compile(r"[,;:—\u2013،؛](?=\s)|[\uff0c、\uff1b\uff1a]")

# Languages that write ordinal numbers with a dot.
_ORDINAL_LANGUAGES: Final = frozenset({"de", "da", "nb", "fi", "cs", "pl", "hu", "tr", "hr", "sk", "sl"})


def of_sentences(text: str, language: str, *, is_whole: bool) -> list[int]:
    """The positions after each sentence that is over. Unless the text is whole, more may follow it."""
    masked = _masked(text, is_whole=is_whole)
    ends = [
        found.end() for found in _MARK.finditer(masked) if _is_end(masked, found, language, is_whole=is_whole)
    ]
    return [end for end in ends if text[:end].strip()]


def of_clause(text: str, least: int, most: int) -> int:
    """Where to cut a sentence that is too long: after a clause, else between words, else anywhere."""
    masked = _masked(text[: most + _LONGEST_OPEN], is_whole=False)
    clauses = [found.end() for found in _CLAUSE.finditer(masked, 0, most) if found.end() >= least]
    if clauses:
        return clauses[-1]
    space = max(masked.rfind(" ", least, most), masked.rfind("\n", least, most))
    return space + 1 if space > 0 else most


def _masked(text: str, *, is_whole: bool) -> str:
    """The text with letters for everything that is one thing; what may become one hides all that follows."""
    masked = _WHOLE.sub(lambda found: "x" * len(found[0]), text)
    masked = _NOTE.sub(lambda found: '"' * len(found[0]), masked)
    if not is_whole and (found := _OPEN.search(masked)) and len(found[0]) <= _LONGEST_OPEN:
        masked = masked[: found.start()] + _WAIT * len(found[0])
    return masked


def _is_end(text: str, found: re.Match[str], language: str, *, is_whole: bool) -> bool:
    mark, after = found["mark"], text[found.end() :]
    following = after.lstrip()[:1]
    if not following:
        return is_whole
    if following == _WAIT:
        return False
    if mark[0] in _SOLID:
        return not (found["close"] and "\u3041" <= following <= "\u309f")
    if not after[0].isspace():
        return False
    if mark == ".":
        return _is_full_stop(text[: found.start()], after.lstrip("\"'”\u2019»«“([*_ \n"), language)
    if mark[0] in ".…" or (found["close"] and mark[0] in "!?"):
        return not following.islower()
    return True


def _is_full_stop(before: str, after: str, language: str) -> bool:
    """Whether a single dot between these is the end, and not part of a short form, a number or a name."""
    if after[:1].islower():
        return False
    word = (_BEFORE.search(before) or [""])[0].lstrip("\"'“„«([*_").lower()
    if word in _short_forms("never"):
        return False
    if word.isdecimal() and len(word) <= 2:
        return language not in _ORDINAL_LANGUAGES and bool(before[: -len(word)].strip())
    if len(word) == 1 and word.isalpha() and word not in {"i", "y", "a", "o", "и", "я"}:
        return not after[:1].isupper()
    return not (word in _short_forms("may") and after[:1].isdecimal())


@cache
def _short_forms(kind: str) -> frozenset[str]:
    table = tomllib.loads(files("vtai.handlers.saying").joinpath("short_forms.toml").read_text("utf-8"))
    return frozenset(table[kind])
