"""Tells from a style whether what it is for can be seen.

Limits: styles of linked sheets and of selectors longer than one class or id are not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

Style = dict[str, str]
"""Properties and values in lower case."""

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE: Final = re.compile(r"([^{}]{1,2000})\{([^{}]{0,4000})\}")
_SIMPLE: Final = re.compile(r"(?:[a-z][a-z0-9]*)?([.#][\w-]{1,100})", re.IGNORECASE)
_LENGTH: Final = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|%|vw|vh|ch|ex|cm|mm|in)?(?![\w.])")
_TINY: Final = {"px": 3.0, "pt": 2.5, "em": 0.2, "rem": 0.2, "%": 20.0, "vw": 0.2, "vh": 0.2, "": 0.0}
_FAR: Final = {
    "px": 400.0,
    "pt": 300.0,
    "em": 30.0,
    "rem": 30.0,
    "%": 90.0,
    "vw": 90.0,
    "vh": 90.0,
    "cm": 10.0,
    "in": 4.0,
}
_FAINT: Final = 0.1
_PLACED: Final = frozenset({"absolute", "fixed", "relative", "sticky"})
_RGB: Final = re.compile(
    r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*(?:[,/]\s*([\d.]{1,6})(%?)\s*)?\)"
)
_HEX: Final = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})(?![0-9a-f])")
_NAMED: Final = {
    "white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245), "ghostwhite": (248, 248, 255), "red": (255, 0, 0),
    "blue": (0, 0, 255), "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128),
    "silver": (192, 192, 192),
}  # fmt: skip
_NEAR: Final = 24

Colour = tuple[int, int, int]
WHITE: Final[Colour] = (255, 255, 255)


def read(declarations: str) -> Style:
    """The style of an attribute or a rule."""
    style: Style = {}
    for declaration in _COMMENT.sub("", declarations[:4_000]).lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            style[name.strip()] = value.replace("!important", "").strip()
    return style


def hiding_names(sheet: str) -> Iterator[str]:
    """The classes and ids (".a", "#b") of the rules of a sheet that hide. Rules for print are skipped."""
    for found in _RULE.finditer(_without_conditions(_COMMENT.sub("", sheet))):
        if is_hiding(read(found[2])):
            for selector in found[1].split(","):
                if simple := _SIMPLE.fullmatch(selector.strip()):
                    yield simple[1]


def is_hiding(style: Style) -> bool:
    """Whether nobody sees what has this style, colours apart."""
    if style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"}:
        return True
    if style.get("content-visibility") == "hidden" or _is_faint(style.get("opacity", "")):
        return True
    return _is_small(style) or _is_away(style) or _is_clipped(style)


def colour(value: str) -> Colour | None:
    """The first colour in a value; None for none, or one that is seen through."""
    if found := _HEX.search(value):
        digits = found[1] if len(found[1]) > 4 else "".join(digit * 2 for digit in found[1])
        return (
            None if digits[6:] == "00" else (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))
        )
    if rgb := _RGB.search(value):
        return None if _alpha(rgb) < _FAINT else (int(rgb[1]), int(rgb[2]), int(rgb[3]))
    return next((_NAMED[word] for word in re.findall(r"[a-z]{3,12}", value) if word in _NAMED), None)


def is_transparent(value: str) -> bool:
    """Whether letters of this colour cannot be seen."""
    if value == "transparent":
        return True
    found, rgb = _HEX.fullmatch(value), _RGB.fullmatch(value)
    if found is not None:
        return (len(found[1]) == 4 and found[1][3] == "0") or (len(found[1]) == 8 and found[1][6] == "0")
    return rgb is not None and _alpha(rgb) < _FAINT


def are_near(one: Colour, other: Colour) -> bool:
    """Whether letters of the one can hardly be told from a ground of the other."""
    return all(abs(first - second) <= _NEAR for first, second in zip(one, other, strict=True))


def _alpha(rgb: re.Match[str]) -> float:
    try:
        return float(rgb[4] or 1) / (100 if rgb[5] else 1)
    except ValueError:
        return 1.0


def _without_conditions(sheet: str) -> str:
    """A sheet without its blocks of @media, @supports and the like."""
    kept, depth, start = list[str](), 0, 0
    for found in re.finditer(r"@[^{};]{0,300}\{|[{}]|@[^{};]{0,300};", sheet):
        sign = found[0]
        if depth:
            depth += 1 if sign.endswith("{") else -1 if sign == "}" else 0
            if not depth:
                start = found.end()
        elif sign.startswith("@"):
            kept.append(sheet[start : found.start()])
            start, depth = found.end(), int(sign.endswith("{"))
    return "".join([*kept, "" if depth else sheet[start:]])


def _length(value: str) -> tuple[float, str] | None:
    found = _LENGTH.match(value)
    return (float(found[1]), found[2] or "") if found else None


def _is_faint(value: str) -> bool:
    found = _length(value)
    return found is not None and found[0] < _FAINT * (100 if found[1] == "%" else 1)


def _is_small(style: Style) -> bool:
    # A shorthand has its size after the weight: `font: bold 0/0 a`.
    sizes = [style.get("font-size", ""), *style.get("font", "").replace("/", " ").split()]
    found = [size for text in sizes if (size := _length(text)) is not None]
    return any(size <= _TINY.get(unit, 0.0) for size, unit in found[:1]) or any(
        size == 0 for size, _ in found
    )


def _is_away(style: Style) -> bool:
    edges = ("left", "top", "right", "bottom") if style.get("position") in _PLACED else ()
    far = [style.get(name, "") for name in (*edges, "text-indent", "margin-left", "margin-top")]
    far += [
        part
        for found in re.findall(r"translate\w*\(([^()]*)\)", style.get("transform", ""))
        for part in found.split(",")
    ]
    return any(
        (at := _length(value.strip())) is not None and at[0] <= -_FAR.get(at[1], 400.0) for value in far
    )


def _is_clipped(style: Style) -> bool:
    clip = style.get("clip", "").replace("px", "").replace(",", " ").split()
    if "".join(clip) in {"rect(0000)", "rect(1111)"}:
        return True
    if re.match(r"inset\((?:50|100)%|circle\(0|polygon\(0\s+0\s*,\s*0\s+0\s*,", style.get("clip-path", "")):
        return True
    if re.search(r"scale[xy]?\(\s*0(?:\.0\d*)?\s*[,)]", style.get("transform", "")):
        return True
    sizes = [_length(style.get(name, "")) for name in ("width", "height", "max-width", "max-height")]
    is_tiny = any(size is not None and size[0] <= 1 and size[1] in {"", "px"} for size in sizes)
    return (
        is_tiny
        and "hidden"
        in f"{style.get('overflow', '')} {style.get('overflow-x', '')} {style.get('overflow-y', '')}"
    )
