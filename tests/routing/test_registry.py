"""Routers are found by name, in the order they are named."""

import pytest

from tests.fakes import FakeClassifier, FakeRouter
from vtai.core.errors import SettingsError
from vtai.routing import registry
from vtai.routing.rules import RulesRouter
from vtai.routing.semantic import SemanticRouter


def test_names_give_routers_in_their_order() -> None:
    built = registry.build("semantic + rules", FakeClassifier())
    assert [type(router) for router in built] == [SemanticRouter, RulesRouter]


def test_a_router_of_another_package_is_taken_as_it_is_or_made() -> None:
    own = FakeRouter()
    extra = {"own": own, "made": lambda classifier: FakeRouter(), "kind": FakeRouter}
    built = registry.build("own+made+kind", FakeClassifier(), extra)
    assert built[0] is own
    assert all(isinstance(router, FakeRouter) for router in built)


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        pytest.param("ruels+semantic", "rules", id="near match"),
        pytest.param("", "rules, semantic", id="empty"),
        pytest.param("rules+rules", "once", id="doubled"),
        pytest.param("zzz", "Known routers", id="nothing near"),
    ],
)
def test_a_wrong_name_is_refused_with_what_works(names: str, hint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        registry.build(names, FakeClassifier())
    assert hint in refused.value.hint


def test_a_part_without_choose_is_refused() -> None:
    with pytest.raises(SettingsError, match="no method choose"):
        registry.build("odd", FakeClassifier(), {"odd": 3})
