"""Classifications that are wanted at once share a call; nobody waits for company."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from vtai.core.errors import NotReady
from vtai.core.ports import Score
from vtai.routing.batched import BatchedClassifier
from vtai.routing.classifier import SemanticClassifier
from vtai.routing.messages import Situated, joined
from vtai.routing.own_routes import OwnRoute


@dataclass
class ManyTexts:
    """Gives each text its own score, when it is let go."""

    batches: list[list[str]] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    error: NotReady | None = None

    async def classify_many(self, texts: Sequence[str]) -> Sequence[Sequence[Score]]:
        self.batches.append(list(texts))
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return [(Score(f"route of {text}", 0.9),) for text in texts]


@pytest.fixture
def inner() -> ManyTexts:
    return ManyTexts()


def started(classifier: BatchedClassifier, *texts: str) -> list[asyncio.Task[Sequence[Score]]]:
    return [asyncio.create_task(classifier.classify(text)) for text in texts]


async def settle() -> None:
    """Lets everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_lone_text_is_judged_at_once(inner: ManyTexts) -> None:
    inner.go.set()
    [score] = await BatchedClassifier(inner).classify("a")
    assert score.route == "route of a"
    assert inner.batches == [["a"]]


async def test_what_comes_up_together_shares_a_call_and_each_gets_its_own(inner: ManyTexts) -> None:
    inner.go.set()
    found = await asyncio.gather(*started(BatchedClassifier(inner), "a", "b", "a", "c"))
    assert [scores[0].route for scores in found] == ["route of a", "route of b", "route of a", "route of c"]
    assert inner.batches == [["a", "b", "a", "c"]]


async def test_what_comes_while_a_call_is_running_shares_the_next(inner: ManyTexts) -> None:
    classifier = BatchedClassifier(inner)
    tasks = started(classifier, "a")
    await settle()
    tasks += started(classifier, "b")
    await settle()
    tasks += started(classifier, "c")
    await settle()
    assert inner.batches == [["a"]]
    inner.go.set()
    await asyncio.gather(*tasks)
    assert inner.batches == [["a"], ["b", "c"]]


async def test_a_call_takes_no_more_than_the_limit(inner: ManyTexts) -> None:
    inner.go.set()
    found = await asyncio.gather(*started(BatchedClassifier(inner, max_batch=2), *"abcde"))
    assert [scores[0].route[-1] for scores in found] == list("abcde")
    assert inner.batches == [["a", "b"], ["c", "d"], ["e"]]


async def test_who_gives_up_does_not_take_the_answer_from_the_others(inner: ManyTexts) -> None:
    first, second = started(BatchedClassifier(inner), "a", "b")
    await settle()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    inner.go.set()
    assert (await second)[0].route == "route of b"


async def test_an_error_reaches_everybody_in_the_call_and_nobody_after_it(inner: ManyTexts) -> None:
    inner.error = NotReady("The router is not loaded.", "Send it again.")
    inner.go.set()
    classifier = BatchedClassifier(inner)
    found = await asyncio.gather(*started(classifier, "a", "b"), return_exceptions=True)
    assert [type(one) for one in found] == [NotReady, NotReady]
    inner.error = None
    assert (await classifier.classify("a"))[0].route == "route of a"


@pytest.mark.slow
@pytest.mark.parametrize(
    "own", [(), (OwnRoute("recipes", ("cook something with leeks",)),)], ids=["shipped", "own examples"]
)
async def test_together_the_real_classifier_finds_what_it_finds_alone(own: Sequence[OwnRoute]) -> None:
    classifier = SemanticClassifier(own)
    texts = [
        "draw a cat",
        "",
        "cook something with leeks",
        "what is the weather in Bern today",
        "天気はどうですか",
        joined(Situated("and in euros?", "price of gold", "web-search")),
    ]
    alone = [await classifier.classify(text) for text in texts]
    together = await asyncio.gather(*started(BatchedClassifier(classifier), *texts))
    for one, other in zip(alone, together, strict=True):
        assert [score.route for score in one] == [score.route for score in other]
        assert [score.why for score in one] == [score.why for score in other]
        assert [score.confidence for score in other] == pytest.approx([score.confidence for score in one])
