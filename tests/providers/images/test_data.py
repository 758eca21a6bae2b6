"""What the data says of pictures, and how the user's own file changes it."""

from __future__ import annotations

import pytest

from tests.providers.catalogues import catalogue_of
from vtai.core import errors


@pytest.mark.parametrize(
    ("name", "side"),
    [("gpt", 2048), ("sonnet", 2000), ("anthropic/claude-next", 2000), ("gemini", 3072), ("mistral", 1540),
     ("groq-vision", 1536), ("ollama:llava", 2048), ("gpt-image", 2048)],
)  # fmt: skip
def test_each_model_has_the_longest_side_it_makes_use_of(name: str, side: int) -> None:
    assert catalogue_of({}).resolve(name).image_side == side


def test_a_side_of_ones_own_wins_over_the_vendors() -> None:
    own = '[[models]]\nname = "sonnet"\nimage_side = 1568\n[vendors.ollama]\nimage_side = 896\n'
    catalogue = catalogue_of({}, own)
    sides = [catalogue.resolve(name).image_side for name in ("sonnet", "opus", "ollama:llava")]
    assert sides == [1568, 2000, 896]


@pytest.mark.parametrize(
    ("line", "works"),
    [
        ("max_images = -1", "max_images = 1"),
        ("partial_images = 4", "partial_images = 2"),
        ("image_side = 10", "image_side = 2048"),
        ("picture_price = -0.1", "picture_price = 0.04"),
    ],
)
def test_a_wrong_value_is_answered_by_one_that_works(line: str, works: str) -> None:
    with pytest.raises(errors.SettingsError) as refused:
        catalogue_of({}, f'[[models]]\nname = "gpt-image"\n{line}\n')
    assert works in refused.value.hint


def test_every_shipped_model_for_pictures_can_change_them() -> None:
    catalogue = catalogue_of({})
    able = [model for model in catalogue.models if model.can("image")]
    assert able
    assert all(catalogue.image_abilities(model).max_images for model in able)


def test_of_an_unlisted_model_only_the_way_to_its_vendor_is_known() -> None:
    catalogue = catalogue_of({})
    abilities = catalogue.image_abilities(catalogue.resolve("xai/grok-next-image"))
    assert abilities.edits_as == "json"
    assert abilities.takes("size")
    assert (abilities.options, abilities.max_images, abilities.takes_mask) == (None, None, None)
    assert abilities.partial_images == 0
