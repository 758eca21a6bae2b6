"""What is said in place of code, tables and signs, in the language of the text.

The words are data (`words.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

_USUAL: Final = "en"
# How the names of languages of code are said, where that is not the word after the fence.
_CODE_NAMES: Final = MappingProxyType(
    {
        "py": "Python",
        "python3": "Python",
        "pycon": "Python",
        "js": "JavaScript",
        "javascript": "JavaScript",
        "jsx": "JavaScript",
        "ts": "TypeScript",
        "typescript": "TypeScript",
        "tsx": "TypeScript",
        "cpp": "C plus plus",
        "c++": "C plus plus",
        "cs": "C sharp",
        "c#": "C sharp",
        "csharp": "C sharp",
        "sh": "shell",
        "zsh": "shell",
        "console": "shell",
        "rb": "Ruby",
        "rs": "Rust",
        "golang": "Go",
        "kt": "Kotlin",
        "yml": "YAML",
        "md": "Markdown",
        "ps1": "PowerShell",
        "powershell": "PowerShell",
        "objc": "Objective C",
        "php": "PHP",
        "tex": "TeX",
        "latex": "LaTeX",
        "graphql": "GraphQL",
        "dockerfile": "Docker",
    }
)
_IN_CAPITALS: Final = frozenset(
    {"sql", "html", "css", "json", "xml", "yaml", "toml", "csv", "r", "c", "d", "scss"}
)
_NO_LANGUAGE: Final = frozenset({"", "text", "txt", "plain", "plaintext", "output", "none"})


@dataclass(frozen=True, slots=True)
class Words:
    """Those of one language; beside the remarks, all are empty where none are known."""

    language: str
    remarks: Mapping[str, str]
    to: str = ""
    signs: Mapping[str, str] = field(default_factory=dict)
    short: re.Pattern[str] | None = None
    short_forms: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    quantity: re.Pattern[str] | None = None
    money: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    scales: Mapping[str, str] = field(default_factory=dict)
    formula_words: Mapping[str, str] = field(default_factory=dict)

    def code(self, language: str, lines: int) -> str:
        """That code is left out."""
        key = "code_line" if lines == 1 else "code"
        if (name := code_name(language)) and f"{key}_in" in self.remarks:
            return self.remarks[f"{key}_in"].format(n=lines, language=name)
        return self.remarks[key].format(n=lines)

    def remark(self, kind: str, **values: object) -> str:
        return self.remarks[kind].format(**values)


def code_name(language: str) -> str:
    """A language of code as people call it; "" for plain text and for what is no name."""
    language = language.lower()
    if language in _NO_LANGUAGE or not re.fullmatch(r"[a-z][a-z0-9+#-]{0,20}", language):
        return ""
    if language in _IN_CAPITALS:
        return language.upper()
    return _CODE_NAMES.get(language, language if language == "bash" else language.capitalize())


@cache
def of(language: str) -> Words:
    """The words of a language; English remarks where it has none."""
    table = _tables().get(language)
    if table is None:
        return Words(language, _remarks(_tables()[_USUAL]))
    short = table.get("short", {})
    units = {unit: (one, many) for unit, (one, many) in table.get("units", {}).items()}
    return Words(
        language,
        _remarks(table),
        table.get("to", ""),
        table.get("signs", {}),
        _any_of(short, r"(?<![\w.])({})(?!\w)"),
        short,
        units,
        _any_of(units, r"(?<![\w.,])(\d+(?:[.,]\d+)*)[ \u00a0\u202f]?({})(?![\w/²³°])"),
        {sign: (one, many) for sign, (one, many) in table.get("money", {}).items()},
        table.get("scales", {}),
        table.get("formula_words", {}),
    )


def _remarks(table: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: value for name, value in table.items() if isinstance(value, str)}


def _any_of(keys: Mapping[str, object], pattern: str) -> re.Pattern[str] | None:
    """A pattern for any of the keys, the longest first."""
    if not keys:
        return None
    return re.compile(pattern.format("|".join(map(re.escape, sorted(keys, key=len, reverse=True)))))


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType(
        tomllib.loads(files("vtai.handlers.saying").joinpath("words.toml").read_text("utf-8"))
    )
