"""The limits of `limits.toml` against the models that there are."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from tests import fakes
from tests.limiting.test_races import Kept
from vtai import settings
from vtai.core.errors import SettingsError
from vtai.limiting.limiter import Limiter
from vtai.wiring import limiting

CATALOGUE = fakes.FakeCatalogue(
    (
        fakes.model("large", input_price=1.0, output_price=1.0),
        fakes.model("unpriced"),
        fakes.model("painter", can=frozenset({"image"})),
    )
)


def made(folder: Path, more: str, what: str = "usd") -> Limiter:
    """With one rule, and what is written into it besides."""
    rule = f'[[limits]]\nfor = "each person"\nmost = 5\nwhat = "{what}"\nper = "day"\n{more}'
    (folder / "limits.toml").write_text(rule)
    found = limiting.limiter(replace(settings.load({}), config_dir=folder), Kept(), CATALOGUE)
    assert found is not None
    return found


def test_a_model_may_be_named_by_any_of_its_names(tmp_path: Path) -> None:
    (rule,) = made(tmp_path, 'model = "large-1"\nthen = "downgrade"\nto = "unpriced-1"').rules
    assert (rule.model, rule.to) == ("large", "unpriced")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param('model = "nobody"', "nobody", id="unknown-model"),
        pytest.param('then = "downgrade"\nto = "nobody"', "nobody", id="unknown-other"),
        pytest.param('model = "painter"', "painter does not answer in words", id="painter"),
        pytest.param('then = "downgrade"\nto = "painter"', "does not answer in words", id="painter-instead"),
    ],
)
def test_a_limit_that_could_not_count_stops_the_start(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        made(tmp_path, more)
    assert "limits.toml" in caught.value.message


@pytest.mark.parametrize(
    ("more", "what", "is_told"),
    [
        pytest.param("", "usd", True, id="every-model"),
        pytest.param("", "tokens", False, id="tokens"),
        pytest.param('model = "large"', "usd", False, id="a-priced-one"),
        pytest.param('model = "unpriced"', "usd", True, id="an-unpriced-one"),
    ],
)
def test_the_operator_is_told_which_models_cost_nothing_in_limits_of_money(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, more: str, what: str, is_told: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        found = made(tmp_path, more, what)
    assert ("unpriced" in caplog.text) == is_told
    assert limiting.without_price(found.rules, CATALOGUE) == (["unpriced"] if is_told else [])
