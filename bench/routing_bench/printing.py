"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Cell = str | int | float | None
NOTHING = "-"

_CONFUSION_NOTE = (
    "Rows: wanted; columns: chosen. A message with several acceptable routes is wanted where it went, if "
    "that is one of them, and otherwise counts as the first of them. A question counts as text."
)
_CALIBRATION_NOTE = (
    "Decisions sorted by confidence and cut into ten groups of equal size; the error is the gap between mean "
    "confidence and share of right ones, weighted by size. All decisions count, those of rules too."
)


def table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The first column is text, the others are figures."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *([_cell(one) for one in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Cell) -> str:
    if value is None:
        return NOTHING
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def percent(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1%}"


def milliseconds(value: float) -> str:
    return f"{value:.2f} ms"


def report(figures: Mapping[str, Any]) -> str:
    """Everything about one file."""
    parts = [
        f"## {figures['file']}",
        f"{figures['messages']} messages, router `{figures['router']}`. Right is any acceptable route.",
        _summary(figures),
        "### Beside others",
        _contenders(figures["contenders"]),
        "Baselines see the text alone. Flips: share of decisions that noise changes, all kinds together.",
        "### By route",
        _routes(figures["routes"]),
        "### Confusion",
        _confusion(figures["confusion"]),
        _CONFUSION_NOTE,
        "### By slice",
        _groups("slice", figures["slices"]),
        "### By language",
        _groups("language", figures["languages"]),
        "### Calibration",
        _reliability(figures["reliability"]),
        _CALIBRATION_NOTE,
        "### Under noise",
        _noise(figures["noise"]),
        "Only messages that the noise altered are counted.",
    ]
    return "\n\n".join(parts) + "\n"


def _summary(figures: Mapping[str, Any]) -> str:
    sure, paid, times, costs = (figures[name] for name in ("sure", "paid", "milliseconds", "costs"))
    memory = costs["memory"]
    rate = costs["messages_a_second"]
    core = "one core" if costs["is_one_core"] else "cores not limited"
    rows: list[tuple[str, str]] = [
        ("accuracy", f"{figures['accuracy']:.3f}"),
        ("macro-F1", f"{figures['macro_f1']:.3f}"),
        ("calibration error", f"{figures['calibration_error']:.3f}"),
        (f"sure (confidence >= {sure['least']})", percent(sure["share"])),
        ("right when sure", percent(sure["precision"])),
        (f"wrong paid route, of {paid['texts']} messages that are text alone", percent(paid["wrong"])),
        ("asked about, of those", percent(paid["asked"])),
        ("asked about, of all messages", percent(paid["questions"])),
        ("right route among the buttons, where it is not text", percent(paid["answered"])),
        (
            f"time p50 / p95 / p99, no batch, {core}",
            " / ".join(milliseconds(times[name]) for name in ("p50", "p95", "p99")),
        ),
        ("memory of the router beyond the libraries, after 1,000 messages", f"{memory['used_mb']:.0f} MB"),
        (
            f"the same when loaded / at its peak (libraries: {memory['libraries_mb']:.0f} MB)",
            f"{memory['warm_mb']:.0f} MB / {memory['peak_mb']:.0f} MB",
        ),
        (f"`vtai route --jsonl`, {core}", f"{rate:.0f} messages/s" if rate else NOTHING),
    ]
    return table(("figure", "value"), rows)


def _contenders(contenders: Sequence[Mapping[str, Any]]) -> str:
    heads = (
        "router",
        "accuracy",
        "macro-F1",
        "calibration error",
        "sure",
        "right when sure",
        "wrong paid route",
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one["name"],
            one["accuracy"],
            one["macro_f1"],
            one["calibration_error"],
            percent(one["sure_share"]),
            percent(one["sure_precision"]),
            percent(one["wrong_paid"]),
            percent(one["flips"]),
            f"{one['p50_ms']:.3f} / {one['p95_ms']:.3f}",
        )
        for one in contenders
    ]
    return table((*heads, "flips", "p50 / p95 ms"), rows)


def _routes(scores: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (name, score["messages"], score["precision"], score["recall"], score["f1"])
        for name, score in scores.items()
    ]
    return table(("route", "wanted", "precision", "recall", "F1"), rows)


def _confusion(nested: Mapping[str, Mapping[str, int]]) -> str:
    rows: list[tuple[Cell, ...]] = [(wanted, *row.values()) for wanted, row in nested.items()]
    return table(("wanted", *nested), rows)


def _groups(title: str, groups: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [(name, group["messages"], float(group["accuracy"])) for name, group in groups.items()]
    return table((title, "messages", "accuracy"), rows)


def _reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (str(number), one["decisions"], one["confidence"], one["accuracy"])
        for number, one in enumerate(bins, 1)
    ]
    return table(("group", "decisions", "mean confidence", "right"), rows)


def _noise(noise: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (name, one["altered"], percent(one["flipped"]), float(one["accuracy"])) for name, one in noise.items()
    ]
    return table(("noise", "messages", "flips", "accuracy after"), rows)


def comparison(all_figures: Sequence[Mapping[str, Any]]) -> str:
    """One line a file."""
    rows: list[tuple[Cell, ...]] = [
        (
            one["file"],
            one["messages"],
            one["accuracy"],
            one["macro_f1"],
            one["calibration_error"],
            percent(one["paid"]["wrong"]),
        )
        for one in all_figures
    ]
    heads = ("file", "messages", "accuracy", "macro-F1", "calibration error", "wrong paid route")
    return f"## All files\n\n{table(heads, rows)}\n"
