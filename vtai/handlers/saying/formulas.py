"""Formulas in TeX as one would read them to somebody, as far as they are short and simple."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# Longer ones are not understood by ear.
_LONGEST: Final = 80
_DEEPEST: Final = 6

_GROUP = r"\{([^{}]*)\}"
_FRACTION = re.compile(rf"\\[dt]?frac\s*{_GROUP}\s*{_GROUP}")
_ROOT = re.compile(rf"\\sqrt\s*{_GROUP}")
_TEXT = re.compile(rf"\\(?:text|mathrm|mathbf|mathit|operatorname|mathbb)\s*{_GROUP}")
_POWER = re.compile(rf"\s*\^\s*(?:{_GROUP}|(\\?\w|\*|'))")
_INDEX = re.compile(rf"_\s*(?:{_GROUP}|(\\?\w))")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle|limits|quad|qquad|,|;|:|!|big|Big|\s)\b|\\[,;:! ]")


def said(tex: str, words: Mapping[str, str]) -> str | None:
    """The formula in words, or None where it is too long or too much for that.

    `words` has those for TeX commands and signs, and "over", "squared", "cubed", "power", "root", "minus".
    """
    text = tex.strip()
    if len(text) > _LONGEST or "&" in text or "\\\\" in text or "\\begin" in text:
        return None
    text = _LAYOUT.sub(" ", text)
    text = _TEXT.sub(r" \1 ", text)
    for _ in range(_DEEPEST):
        before = text
        text = _FRACTION.sub(rf" \1 {words.get('over', '/')} \2 ", text)
        text = _ROOT.sub(rf" {words.get('root', '√')} \1 ", text)
        text = _POWER.sub(lambda found: _power(found[1] or found[2] or "", words), text)
        text = _INDEX.sub(r" \1\2 ", text)
        if text == before:
            break
    text = _COMMAND.sub(lambda found: f" {words.get(found[1], found[1])} ", text)
    text = re.sub(r"[{}$\\]", " ", text)
    for sign in "=+<>*/≤≥≠≈±\u00d7÷":
        text = text.replace(sign, f" {words.get(sign, sign)} ")
    text = re.sub(r"(?<=[\w)] )-\s*|(?<=[\w)])-", f" {words.get('minus', '-')} ", text)
    text = re.sub(r"(?<![\w)] )-(?=\s*[\w(\\])", f" {words.get('minus', '-')} ", text)
    return re.sub(r"\s+([,.)])|\s+", lambda found: found[1] or " ", text).strip()


def _power(exponent: str, words: Mapping[str, str]) -> str:
    known = {"2": "squared", "3": "cubed"}.get(exponent.strip())
    if known is not None and known in words:
        return f" {words[known]} "
    return f" {words.get('power', '^')} {exponent} "
