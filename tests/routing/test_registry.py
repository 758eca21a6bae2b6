"""Routers are found by name, in the order they are named."""

import pytest

from tests.fakes import FakeCatalogue, FakeClassifier, FakeModels, FakeRouter
from vtai.core.errors import SettingsError
from vtai.core.events import TextDelta
from vtai.core.ports import Score
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn
from vtai.routing import registry
from vtai.routing.cached import Caching
from vtai.routing.registry import Means
from vtai.routing.rules import RulesRouter
from vtai.routing.second_opinion import ModelRouter
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


class Plain:
    """Takes nothing when it is made."""

    async def choose(self, turn: Turn) -> Decision | None:
        return None


class Judging(Plain):
    """Takes the classifier when it is made."""

    def __init__(self, classifier: FakeClassifier) -> None:
        self.classifier = classifier


def test_a_maker_gets_the_classifier_where_it_takes_one() -> None:
    classifier = FakeClassifier()
    plain, judging = registry.build("plain+judging", classifier, {"plain": Plain, "judging": Judging})
    assert type(plain) is Plain
    assert isinstance(judging, Judging)
    assert judging.classifier is classifier


WEATHER = Route("web-search", "Web search", "What changes.")
UNSURE = (Score("text", 0.5), Score("web-search", 0.4))


def means(models: FakeModels, model: str | None = None, caching: Caching | None = None) -> Means:
    return Means(models, FakeCatalogue(), (WEATHER,), model, 5.0, caching)


async def test_llm_asks_the_model_that_is_named_or_the_default_one() -> None:
    models = FakeModels([[TextDelta("web-search 0.9")]])
    [router] = registry.build("llm", FakeClassifier(), means=means(models))
    assert isinstance(router, ModelRouter)
    decision = await router.choose(Turn("surf?"))
    assert decision is not None
    assert decision.route == "web-search"


def test_llm_without_models_is_refused() -> None:
    with pytest.raises(SettingsError, match="needs language models"):
        registry.build("rules+llm", FakeClassifier())


@pytest.mark.parametrize(
    ("model", "route", "asked"),
    [
        pytest.param(None, "text", 0, id="off"),
        pytest.param("fake", "web-search", 1, id="a model is named"),
    ],
)
async def test_a_second_opinion_is_asked_for_where_a_model_is_named(
    model: str | None, route: str, asked: int
) -> None:
    models = FakeModels([[TextDelta("web-search 0.9")]])
    [router] = registry.build("semantic", FakeClassifier(UNSURE), means=means(models, model))
    decision = await router.choose(Turn("surf?"))
    assert decision is not None
    assert (decision.route, len(models.requests)) == (route, asked)


async def test_what_takes_time_is_remembered_but_not_that_a_model_was_silent() -> None:
    models = FakeModels([[TextDelta("What?")], [TextDelta("web-search 0.9")]])
    classifier, caching = FakeClassifier(UNSURE), Caching(10, 60.0)
    given = means(models, "fake", caching)
    [router] = registry.build("semantic", classifier, means=given)
    routes = [decision.route for _ in range(3) if (decision := await router.choose(Turn("surf?")))]
    assert routes == ["text", "web-search", "web-search"]
    assert len(classifier.texts) == 1
    assert len(models.requests) == 2
    assert (caching.counts.hits, caching.counts.misses) == (3, 3)


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
