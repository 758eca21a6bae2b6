"""The shipped data: what it promises holds, and does not grow old unseen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.providers.catalogues import TODAY, catalogue_of
from vtai.providers import model_file
from vtai.providers.keys import KeyRing


def endangered(today: date) -> list[str]:
    """The defaults that stop answering within thirty days."""
    catalogue = catalogue_of({})
    ageing = {model.name for model, _ in catalogue.ageing(today)}
    return [
        f"{vendor}.{capability}" for vendor, capability, model in catalogue.defaults() if model.name in ageing
    ]


def test_no_default_was_near_its_end_when_this_was_written() -> None:
    assert not endangered(TODAY)


@pytest.mark.slow
def test_no_default_is_near_its_end_today() -> None:
    assert not endangered(datetime.now(UTC).date())


def test_a_default_near_its_end_would_be_noticed() -> None:
    own = '[[models]]\nname = "gpt"\ndeprecation_date = 2026-12-20\n'
    ageing = catalogue_of({}, own).ageing(TODAY)
    assert [(model.name, day) for model, day in ageing] == [("gpt", date(2026, 12, 20))]


def test_every_default_is_able() -> None:
    catalogue = catalogue_of({})
    wrong = [(v, c) for v, c, model in catalogue.defaults() if not model.can(c) or model.vendor != v]
    assert not wrong


def test_every_name_means_one_model() -> None:
    entries = model_file.read(Path("/nonexistent")).models
    names = [name.lower() for entry in entries for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))


def test_every_vendor_that_is_asked_has_a_way_to_be_set_up() -> None:
    file = model_file.read(Path("/nonexistent"))
    for vendor in file.order:
        entry = file.vendors[vendor]
        assert entry.key_variable if entry.asks_for_key else entry.base_url_variables


@pytest.mark.slow
def test_every_vendor_of_litellm_can_have_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("LITELLM_MODE", "PRODUCTION")
    import litellm

    keys = KeyRing.load(tmp_path, {}, model_file.read(tmp_path).vendors)
    known = {str(getattr(name, "value", name)) for name in litellm.provider_list}
    assert known <= {*keys.vendors}
    assert {"tavily", "lmstudio"} <= {*keys.vendors}
