"""`limits.toml`: what it may say, and the words for what it may not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from vtai.core.errors import SettingsError
from vtai.limiting import rules
from vtai.limiting.rules import Per
from vtai.limiting.windows import window

GOOD = """
[[limits]]
for = "each person"
most = 200
what = "requests"
per = "day"

[[limits]]
for = "group students"
most = 0.5
what = "usd"
per = "month"
route = "image-generation"
then = "downgrade"
to = "embedded"
"""


def read(folder: Path, text: str) -> tuple[rules.Rule, ...]:
    (folder / "limits.toml").write_text(text)
    return rules.read(folder)


def test_without_a_file_nothing_is_limited(tmp_path: Path) -> None:
    assert rules.read(tmp_path) == ()


def test_rules_say_whom_and_what_they_limit(tmp_path: Path) -> None:
    first, second = read(tmp_path, GOOD)
    assert (first.kind, first.name, first.then, first.warn_at) == ("each", "", "stop", 0.8)
    assert (second.kind, second.name, second.to, second.route) == (
        "group",
        "students",
        "embedded",
        "image-generation",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(("[[limits]]", "[[limit]]"), "tables", id="no-list"),
        pytest.param(("most = 200", "most = -1"), "limit 1, most", id="negative"),
        pytest.param(("most = 200", "mots = 200"), "limit 1", id="typing-error"),
        pytest.param(('"each person"', '"nobody"'), "is nobody", id="unknown-whom"),
        pytest.param(('"group students"', '"group"'), "is nobody", id="no-name"),
        pytest.param(('to = "embedded"', ""), "needs to =", id="no-other-model"),
        pytest.param(('per = "day"', 'per = "week"'), "limit 1, per", id="unknown-span"),
        pytest.param(
            ('to = "embedded"', 'to = "embedded"\nmodel = "m"'), "one for each", id="route-and-model"
        ),
        pytest.param(("most = 200", "most ="), "not valid TOML", id="no-toml"),
    ],
)
def test_a_rule_that_cannot_be_is_named(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        read(tmp_path, GOOD.replace(*change))
    assert "limits.toml" in caught.value.message
    assert "One that works" in caught.value.hint


@pytest.mark.parametrize(
    ("per", "name", "ends_s"),
    [
        pytest.param("minute", None, 45.0, id="minute"),
        pytest.param("hour", None, 45.0, id="hour"),
        pytest.param("day", "2027-02-28", 45.0, id="day"),
        pytest.param("month", "2027-02", 45.0, id="month"),
    ],
)
def test_windows_end_where_the_calendar_says(per: Per, name: str | None, ends_s: float) -> None:
    found = window(per, datetime(2027, 2, 28, 23, 59, 15, tzinfo=UTC).timestamp())
    assert found.ends_s == pytest.approx(ends_s)
    assert name in {found.name, None}
    assert (found.before is None) == (per in {"day", "month"})
    assert found.keep_s > found.ends_s


def test_what_was_counted_before_weighs_less_and_less() -> None:
    assert [window("minute", 600.0 + at).weight for at in (0, 30, 60)] == [1.0, 0.5, 1.0]
