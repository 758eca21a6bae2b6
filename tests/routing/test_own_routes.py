"""A person's own examples are read from routes.toml and work at once."""

from pathlib import Path

import pytest

from vtai.core.errors import SettingsError
from vtai.routing import own_routes
from vtai.routing.classifier import SemanticClassifier
from vtai.routing.own_routes import OwnRoute


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert own_routes.read(tmp_path) == ()


def test_tables_are_routes(tmp_path: Path) -> None:
    (tmp_path / "routes.toml").write_text('[web-search]\nexamples = ["surf report", "surf report"]\n')
    assert own_routes.read(tmp_path) == (OwnRoute("web-search", ("surf report",)),)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[web-search", id="no TOML"),
        pytest.param("examples = ['x']", id="no table"),
        pytest.param("[a]\nexamples = 'x'", id="no list"),
        pytest.param("[a]\nexamples = []", id="empty"),
        pytest.param("[a]\nexamples = [' ']", id="blank example"),
        pytest.param("[a]\nexample = ['x']", id="unknown key"),
    ],
)
def test_a_wrong_file_is_refused_with_one_that_works(tmp_path: Path, content: str) -> None:
    (tmp_path / "routes.toml").write_text(content)
    with pytest.raises(SettingsError) as refused:
        own_routes.read(tmp_path)
    assert "routes.toml" in refused.value.message
    assert "[web-search]" in refused.value.hint


@pytest.mark.slow
async def test_own_examples_move_what_is_worded_like_them_and_nothing_else() -> None:
    classifier = SemanticClassifier((OwnRoute("recipes", ("use up what is left in my fridge",)),))
    moved = await classifier.classify("please use up what is left in my fridge")
    assert moved[0].route == "recipes"
    assert "use up what is left in my fridge" in moved[0].why
    assert moved[0].confidence > 0.5
    plain, own = SemanticClassifier(), await classifier.classify("draw a cat")
    alone = await plain.classify("draw a cat")
    assert own[0].route == "image-generation"
    assert own[0].confidence == pytest.approx(alone[0].confidence, abs=0.02)
