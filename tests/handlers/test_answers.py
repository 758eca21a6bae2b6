"""A model's answer as the events of a reply, with the pages that it found by itself."""

from __future__ import annotations

from tests.fakes import FakeModels, events_of, model, services, text_of
from vtai.core.events import Source, SourcesFound, TextDelta
from vtai.core.messages import Message
from vtai.core.ports import Cited, ModelRequest
from vtai.handlers import answers


def page(url: str) -> Source:
    return Source(0, url, url, "")


async def test_cited_pages_are_sources_numbered_in_the_order_they_come() -> None:
    script = [
        TextDelta("Cats "),
        Cited((page("https://a"), page("https://b"))),
        TextDelta("sleep."),
        Cited((page("https://b"), page("https://c"))),
        Cited((page("https://a"),)),
    ]
    request = ModelRequest(model(), (Message("user", "cats?"),), searches=True)
    events = await events_of(answers.stream(request, services(models=FakeModels([script]))))
    found = [[(s.number, s.url) for s in e.sources] for e in events if isinstance(e, SourcesFound)]
    assert found == [[(1, "https://a"), (2, "https://b")], [(3, "https://c")]]
    assert text_of(events) == "Cats sleep."
