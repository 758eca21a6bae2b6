"""Plain sums in everyday English, worked out without a model: for the small packaged one, which cannot count.

What is not a sum beyond doubt is left alone: a time (24/7), a date, a size (4x4), a version, a price.
`worked_out` says which tool does it and with what; `answer` is the sentence alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from types import MappingProxyType
from typing import Literal

from vtai.core.errors import BadArguments
from vtai.tools import days, number_words
from vtai.tools.calculator import Number, evaluate

_MAX_QUESTION = 200
_MAX_RESULT = 10**40
_SIGNIFICANT = 10
# A whole number from here on may be a year, or the width of a screen.
_LARGE = 100
_YEARS = range(1000, 2200)

_TIMES, _MINUS, _APOSTROPHE = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}", "\N{RIGHT SINGLE QUOTATION MARK}"

# How surely the question wants something worked out.
Lead = Literal["none", "what", "how much"]


@dataclass(frozen=True, slots=True)
class Sum:
    """A tool of the assistant with its arguments, and what is to be said of the result."""

    tool: Literal["calculate", "days_between"]
    arguments: str
    sentence: str


def worked_out(question: str, today: date | None = None) -> Sum | None:
    """The sum in the question; None whenever it is not one beyond doubt."""
    if len(question) > _MAX_QUESTION:
        return None
    text = " ".join(question.lower().replace(_APOSTROPHE, "'").split())
    text = _POLITE_END.sub("", _POLITE.sub("", text))
    if counted := days.counted(text.rstrip("?. "), today or datetime.now(UTC).date()):
        arguments = {"start": counted.start.isoformat(), "end": counted.end.isoformat()}
        return Sum("days_between", json.dumps(arguments), counted.sentence)
    lead, rest = _led(_END.sub("", text))
    return _phrased(rest) or _written(rest, lead)


def answer(question: str, today: date | None = None) -> str | None:
    """One sentence with the result, or None."""
    found = worked_out(question, today)
    return found.sentence if found else None


_POLITE = re.compile(
    r"(?:(?:hi|hello|hey|ok|okay|so|please|pls|can you|could you|would you|tell me|quick question)[,:]?\s+)*"
)
_POLITE_END = re.compile(r"[,\s]+(?:please|pls|thanks|thank you)(?=[?.\s]*\Z)")
_END = re.compile(r"(?:\s*(?:=|equals|equal to|equal|make|makes))?[?.\s]*(?:=\s*)?[?.\s]*\Z")
_HOW_MUCH = re.compile(
    r"(?:how much (?:is|are|does|do)|calculate|compute|work out|evaluate|solve|figure out"
    r"|what is the (?:result|value) of)[:\s]\s*"
)
_WHAT = re.compile(r"(?:what is|what's|whats|what are|what does|what do)\s+")


def _led(text: str) -> tuple[Lead, str]:
    """How the question begins, and what is left of it."""
    if match := _HOW_MUCH.match(text):
        return "how much", text[match.end() :]
    if match := _WHAT.match(text):
        return "what", text[match.end() :]
    return "none", text


_NUMBER = r"((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
_PERCENT = r"\s*(?:%|percent|per cent)"


def _two(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("#%", _NUMBER + _PERCENT).replace("#", _NUMBER))


# Forms that stand for one sum each; the expression and the words take the numbers by position.
_PHRASES: Mapping[re.Pattern[str], tuple[str, str]] = MappingProxyType(
    {
        _two("#% of #"): ("{1} * {0} / 100", "{0} % of {1} is {result}."),
        _two("#% off(?: of)? #"): ("{1} - {1} * {0} / 100", "{1} less {0} % is {result}."),
        _two("(?:percent|percentage|per cent) of # is #"): (
            "{1} / {0} * 100",
            "{1} is {result} % of {0}.",
        ),
        _two(rf"(?:is )?# is what{_PERCENT} of #"): ("{0} / {1} * 100", "{0} is {result} % of {1}."),
        _two("(?:the )?(?:square root of|sqrt(?: of)?) ?#"): (
            "sqrt({0})",
            "The square root of {0} is {result}.",
        ),
        _two("# squared"): ("{0} ** 2", "{0} squared is {result}."),
        _two("# cubed"): ("{0} ** 3", "{0} cubed is {result}."),
        _two("(?:one )?half of #"): ("{0} / 2", "Half of {0} is {result}."),
        _two("(?:a|one) third of #"): ("{0} / 3", "A third of {0} is {result}."),
        _two("(?:a|one) quarter of #"): ("{0} / 4", "A quarter of {0} is {result}."),
        _two("(?:twice|double) #"): ("2 * {0}", "Twice {0} is {result}."),
        _two("(?:the )?sum of # and #"): ("{0} + {1}", "{0} + {1} is {result}."),
        _two("(?:the )?product of # and #"): ("{0} * {1}", f"{{0}} {_TIMES} {{1}} is {{result}}."),
        _two("add # (?:and|to) #"): ("{0} + {1}", "{0} + {1} is {result}."),
        _two("subtract # from #"): ("{1} - {0}", "{1} - {0} is {result}."),
        _two("multiply # (?:by|with|and) #"): ("{0} * {1}", f"{{0}} {_TIMES} {{1}} is {{result}}."),
        _two("divide # by #"): ("{0} / {1}", "{0} ÷ {1} is {result}."),
    }
)


def _phrased(text: str) -> Sum | None:
    text = text.removeprefix("what ").strip()
    for pattern, (expression, sentence) in _PHRASES.items():
        if match := pattern.fullmatch(text):
            numbers = match.groups()
            bare = [number.replace(",", "") for number in numbers]
            return _sum(expression.format(*bare), partial(sentence.format, *numbers))
    return None


# An operator as people write or say it: in the calculator's words, and as it is shown.
_OPERATORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "plus": ("+", "+"),
        "+": ("+", "+"),
        "minus": ("-", "-"),
        "-": ("-", "-"),
        _MINUS: ("-", "-"),
        "times": ("*", _TIMES),
        "multiplied by": ("*", _TIMES),
        _TIMES: ("*", _TIMES),
        "**": ("**", "^"),
        "*": ("*", _TIMES),
        "x": ("*", _TIMES),
        "divided by": ("/", "÷"),
        "÷": ("/", "÷"),
        "/": ("/", "/"),
        "to the power of": ("**", "^"),
        "^": ("**", "^"),
        "(": ("(", "("),
        ")": (")", ")"),
    }
)
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER}(?![\d.,]))|(?P<word>{number_words.PATTERN})\b"
    r"|(?P<operator>"
    + "|".join(
        re.escape(name) + (r"\b" if name[-1].isalpha() else "")
        for name in sorted(_OPERATORS, key=len, reverse=True)
    )
    + r"))\s*"
)


def _written(text: str, lead: Lead) -> Sum | None:
    """Numbers and operators, and nothing else."""
    expression: list[str] = []
    shown: list[str] = []
    operators: list[str] = []
    at, kinds = 0, set()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        at = match.end()
        kinds.add(match.lastgroup)
        if operator := match["operator"]:
            operators.append(operator)
            symbol, drawn = _OPERATORS[operator]
            expression.append(symbol)
            shown.append(drawn)
        else:
            number = match["number"] or str(number_words.value(match["word"]))
            expression.append(number.replace(",", ""))
            shown.append(number)
    # "One plus 12" is a telephone.
    if kinds >= {"number", "word"} or _is_doubtful(text, expression, operators, lead):
        return None
    words = re.sub(r"\A- (?=\d)", "-", " ".join(shown).replace("( ", "(").replace(" )", ")"))
    return _sum(" ".join(expression), partial(f"{words} is {{result}}.".format))


def _is_doubtful(text: str, parts: list[str], operators: list[str], lead: Lead) -> bool:
    """Whether it may mean something else: 24/7, 10-4, 1914 - 1918, +49 30, 1920 x 1080."""
    numbers = [float(part) for part in parts if part[0] in "0123456789."]
    if len(numbers) <= 1 or parts[0] == "+":
        return True
    if lead == "how much":
        return False
    if "x" in operators and (lead == "none" or re.search(r"\dx|x\d", text) or min(numbers) >= _LARGE):
        return True
    if {*operators} <= {"/", "-"} and re.search(r"\d[/-]\d", text):
        return True
    is_range = operators == ["-"] and len(numbers) == 2
    return is_range and (lead == "none" or all(number in _YEARS for number in numbers))


def _sum(expression: str, sentence: Callable[..., str]) -> Sum | None:
    try:
        value = evaluate(expression)
    except BadArguments:
        return None
    if abs(value) >= _MAX_RESULT:
        return None
    return Sum("calculate", json.dumps({"expression": expression}), sentence(result=_told(value)))


def _told(value: Number) -> str:
    """The number for people: thousands apart, and "about" where digits were left out."""
    if value == int(value):
        return f"{int(value):,}"
    exact = f"{value:.15g}"
    short = f"{value:.{_SIGNIFICANT}g}"
    if "e" in short:
        return f"about {short}"
    whole, _, fraction = short.partition(".")
    told = f"{int(whole):,}.{fraction}" if abs(value) >= 1 else short
    return told if float(short) == float(exact) else f"about {told}"
