"""The marks inside a line of Markdown, and signs and short forms, turned into what one would say."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from vtai.handlers.saying import formulas
from vtai.handlers.saying.words import Words

# Characters of nobody stand for what must not be changed any more.
_FIRST_KEPT: Final = 0xE000
_LAST_KEPT: Final = 0xF8FF

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~$-])")
_MATH = re.compile(
    r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$([^$]+)\$\$|(?<![\w$])\$(?=[^\s$])([^$\n]*?[^\s$])\$(?![\w$])"
)
_FORMULA = re.compile(r"[\\^_{}=]|^\w$|^[A-Za-z]['\u2019]?(?:\([^()]*\))?$|^[A-Za-z] ?[-+*/<>] ?\w$")
_IMAGE = re.compile(r"!\[([^\]\[]*)\](?:\([^()\n]*\)|\[[^\]]*\])?")
_LINK = re.compile(r"\[([^\]\[]+)\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:[ \t]+[^()\n]*)?\)|\[[^\]]*\])")
_NOTE = re.compile(
    r"[ \u00a0]?(?:\[\^?[\d*]{1,3}(?:[, ;\u2013-]+\^?\d{1,3})*\]|\[\^[^\]\s]+\]|【[^】]*】)(?!\()"
)
_URL = re.compile(r"<?\b(?:https?://|www\.)[^\s<>\"'`\]]+>?", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|(?: {2,}|\\)\n", re.IGNORECASE)
# Stands for a break that is meant; the others are only where a line was full.
_LINE: Final = "\u2028"
_SOFT = re.compile(r"\n")
_WIDE_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])")
_SUP = re.compile(r"<sup>\s*[\[(]?[\d,* ]+[\])]?\s*</sup>", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>\n]*>", re.DOTALL)
_EMPHASES = (
    re.compile(r"(?<!\\)(\*\*\*|\*\*|\*)(?=[^\s*])([^*]*?[^\s\\*])\1"),
    re.compile(r"(?<![\w\\])(___|__|_)(?=\S)([^_]*?[^\s\\])\1(?!\w)"),
    re.compile(r"(~~|==)(?=\S)(.*?\S)\1"),
)
# Marks of an emphasis that began or ends in another sentence.
_DANGLING = re.compile(
    r"(?<![\w*])\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?!\w)|(?<!\w)_{1,3}(?=\w)|(?<=[^\s_])_{1,3}(?!\w)"
)
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f\u2122\u00ae\u00a9]+"
)
_SHORTCODE = re.compile(r"(?<![\w:]):[a-z][a-z_]{2,30}:(?![\w:])")
_RAISED = re.compile(r"(?:(?<=[^\W\d_]{3})|(?<=[.,;:!?)\"”]))[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+(?!\w)")
_ARROW = re.compile(r"\s*(?:[\u2190-\u21ff\u27f5-\u27ff]|<?[-=]{1,2}>)\s*")
_SNAKE = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")
_RANGE = re.compile(r"(?<![\w.,\u2013-])(\d+(?:[.,]\d+)?)\s?\u2013\s?(\d+(?:[.,]\d+)?)(?![\w\u2013-])")
_TIMES = re.compile(r"(?<=\d)\s?[*\u00d7x]\s?(?=\d)")
_AMOUNT: Final = r"\d+(?:[.,]\d+)*"


class _Kept:
    """Takes finished words out of a text, and puts them back in the end."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def take(self, words: str) -> str:
        if _FIRST_KEPT + len(self._words) > _LAST_KEPT:
            return words
        self._words.append(words)
        return chr(_FIRST_KEPT + len(self._words) - 1)

    def put_back(self, text: str) -> str:
        for _ in range(3):
            text = re.sub("[\ue000-\uf8ff]", self._word, text)
        return text

    def _word(self, found: re.Match[str]) -> str:
        index = ord(found[0]) - _FIRST_KEPT
        return self._words[index] if index < len(self._words) else ""


def said(markdown: str, words: Words) -> str:
    """The words of a sentence or a cell; "" where there are none."""
    kept = _Kept()
    text = re.sub("[\ue000-\uf8ff]", "", markdown)
    text = _CODE.sub(lambda found: kept.take(_code(found[2])), text)
    text = _MATH.sub(lambda found: _math(found, words, kept), text)
    text = _ESCAPED.sub(lambda found: kept.take(found[1]), text)
    text = _SOFT.sub(" ", _WIDE_BREAK.sub("", _BREAK.sub(_LINE, text)))
    text = _linked(text, words, kept)
    text = html.unescape(_TAG.sub("", _SUP.sub("", text)))
    text = _NOTE.sub("", text)
    for pattern in _EMPHASES:
        text = pattern.sub(r"\2", pattern.sub(r"\2", text))
    text = _DANGLING.sub("", text)
    text = _in_words(text, words)
    text = kept.put_back(_SNAKE.sub(" ", text).replace("`", ""))
    return _tidy(text)


def _linked(text: str, words: Words, kept: _Kept) -> str:
    """Links by their text, bare addresses by their site."""

    def address(found: re.Match[str]) -> str:
        url, rest = found[0], ""
        if not url.startswith("<"):
            bare = url.rstrip(".,;:!?*_'\"”)") if "(" not in url else url.rstrip(".,;:!?*_'\"”")
            url, rest = bare, url[len(bare) :]
        site = _site(url.strip("<>"))
        return kept.take(words.remark("link", site=site)) + rest if site else rest

    text = _IMAGE.sub(lambda found: found[1], text)
    text = _LINK.sub(lambda found: _link_text(found[1]), text)
    return _URL.sub(address, text)


def _link_text(text: str) -> str:
    return "" if re.fullmatch(r"\^?\d{1,3}", text) else text


def _site(url: str) -> str:
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _code(code: str) -> str:
    """A name in code as it is read: words apart, no brackets of a call."""
    code = re.sub(r"\(\)$", "", code.strip())
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", _SNAKE.sub(" ", code)).strip("_ ")


def _math(found: re.Match[str], words: Words, kept: _Kept) -> str:
    """The formula in words; what is money between dollar signs stays."""
    tex = next(group for group in found.groups() if group is not None)
    if found[4] is not None and not _FORMULA.search(tex):
        return found[0]
    return kept.take(formulas.said(tex, words.formula_words) or words.remark("formula").rstrip(".。\u0964"))


def _in_words(text: str, words: Words) -> str:
    """Signs, units, amounts of money and short forms."""
    text = _SHORTCODE.sub("", _EMOJI.sub("", text))
    text = _RAISED.sub("", text)
    if words.short is not None:
        text = words.short.sub(lambda found: _long_form(found, words), text)
    text = _money(text, words)
    if words.to:
        text = _RANGE.sub(rf"\1 {words.to} \2", text)
    if words.quantity is not None:
        text = words.quantity.sub(lambda found: _quantity(found, words), text)
    if times := words.signs.get("\u00d7"):
        text = _TIMES.sub(f" {times} ", text)
    for sign, word in words.signs.items():
        text = text.replace(sign, f" {word} ")
    return _ARROW.sub(", ", text)


def _long_form(found: re.Match[str], words: Words) -> str:
    """The form in full; the dot stays where the text ends with it."""
    long = words.short_forms[found[1]]
    return f"{long}." if found.end() == len(found.string.rstrip()) and found[1].endswith(".") else long


def _quantity(found: re.Match[str], words: Words) -> str:
    """A number with its unit. A single letter right after the digits is none: the 1990s, 5G."""
    number, unit = found[1], found[2]
    if len(unit) == 1 and unit.isalpha() and found[0] == number + unit:
        return found[0]
    one, many = words.units[unit]
    return f"{number} {one if number == '1' else many}"


def _money(text: str, words: Words) -> str:
    """Amounts with their currency after them, as one says them."""
    if not words.money:
        return text
    signs = "|".join(map(re.escape, words.money))
    scales = "|".join(map(re.escape, sorted(words.scales, key=len, reverse=True))) or r"(?!)"
    before = re.compile(rf"(?<!\w)({signs})\s?({_AMOUNT})(?:\s?({scales})(?!\w))?")
    after = re.compile(rf"(?<![\w.,])({_AMOUNT})[ \u00a0\u202f]?({signs})(?!\w)")

    def told(number: str, sign: str, scale: str | None) -> str:
        one, many = words.money[sign]
        much = f"{number} {words.scales[scale]}" if scale else number
        return f"{much} {one if much == '1' else many}"

    text = before.sub(lambda found: told(found[2], found[1], found[3]), text)
    return after.sub(lambda found: told(found[1], found[2], None), text)


_TIDY: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"[ \t\u00a0\u202f]+"), " "),
    (re.compile(r"\s*\u2028\s*"), "\n"),
    (re.compile(r"\(\s*[,;.]*\s*\)|\[\s*\]"), ""),
    (re.compile(r" +(?=[.,](?:\s|$))"), ""),
    (re.compile(r"([,;])(?:\s*,)+"), r"\1"),
    (re.compile(r"^[\s,;]+|\s+$"), ""),
    (re.compile(r" {2,}"), " "),
)


def _tidy(text: str) -> str:
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text
