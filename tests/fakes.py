"""Small stand-ins that implement the ports and remember what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from tests.fakes_assistant import FakeNotes, FakeSandbox, FakeToolbox
from tests.fakes_sound import FakeSpeech, FakeTranscripts
from vtai.core.documents import Document, Fetched, Passage, Picture, PictureFormat, PictureText
from vtai.core.errors import BadAddress, BadAttachment, NotConfigured, UnknownName, VTError
from vtai.core.events import Event, FileReady, Notice, TextDelta, Usage
from vtai.core.messages import Attachment
from vtai.core.ports import (
    ImageRequest,
    Model,
    ModelEvent,
    ModelRequest,
    Score,
    Services,
    Tool,
)
from vtai.core.routes import Decision
from vtai.core.turn import Capability, Turn
from vtai.core.web import Hit, Page, SearchRequest, SearchResults

ALL: frozenset[Capability] = frozenset(
    {"chat", "reasoning", "vision", "image", "speech", "transcription", "tools"}
)


def model(name: str = "fake", *, can: frozenset[Capability] = ALL, **more: object) -> Model:
    return Model(
        name=name,
        id=f"{name}-1",
        vendor="fake",
        capabilities=can,
        context_tokens=8_000,
        **more,  # type: ignore[arg-type]
    )


@dataclass
class FakeCatalogue:
    models: Sequence[Model] = field(default_factory=lambda: (model(),))
    renamed: dict[str, str] = field(default_factory=dict)

    def resolve(self, name: str) -> Model:
        for known in self.models:
            if self.renamed.get(name, name) in {known.name, known.id}:
                return known
        raise UnknownName(
            f"There is no model {name!r}.", "Try one of: " + ", ".join(m.name for m in self.models)
        )

    def notice(self, name: str) -> str | None:
        return f"{name} was retired; {self.renamed[name]} answers instead." if name in self.renamed else None

    def choose(self, capability: Capability, wanted: str | None = None) -> Model:
        if wanted is not None and (named := self.resolve(wanted)).can(capability):
            return named
        for known in self.models:
            if known.can(capability):
                return known
        raise NotConfigured(f"No model can do {capability}.", "Set OPENAI_API_KEY.")

    def available(self, capability: Capability) -> Sequence[Model]:
        return [known for known in self.models if known.can(capability)]


@dataclass
class FakeModels:
    """Answers each request with the next script: events, errors to raise, pauses in seconds."""

    scripts: list[Sequence[ModelEvent | VTError | float]] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    closed: int = 0

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        script = self.scripts.pop(0) if self.scripts else [TextDelta("Hello"), TextDelta(" there.")]
        try:
            for step in script:
                match step:
                    case VTError():
                        raise step
                    case float():
                        await asyncio.sleep(step)
                    case _:
                        yield step
        finally:
            self.closed += 1


@dataclass
class FakeImages:
    requests: list[ImageRequest] = field(default_factory=list)

    async def generate(self, request: ImageRequest) -> AsyncGenerator[FileReady | Notice | Usage, None]:
        self.requests.append(request)
        yield FileReady("picture.png", "image/png", b"\x89PNG\r\n\x1a\n", request.prompt)


@dataclass
class FakeSearch:
    """Finds the same for every query, or what it was told of one; an error is raised."""

    hits: tuple[Hit, ...] = (Hit("Cats", "https://example.org/cats", "Cats sleep a lot."),)
    found: dict[str, tuple[Hit, ...] | VTError] = field(default_factory=dict)
    requests: list[SearchRequest] = field(default_factory=list)
    name: str = "fake"

    async def search(self, request: SearchRequest) -> SearchResults:
        self.requests.append(request)
        found = self.found.get(request.query, self.hits)
        if isinstance(found, VTError):
            raise found
        return SearchResults(found[: request.max_results], self.name)


@dataclass
class FakePages:
    """Knows the pages it was given, and nothing of the others. A number of seconds first makes it slow."""

    pages: dict[str, Page | VTError] = field(default_factory=dict)
    delays_s: dict[str, float] = field(default_factory=dict)
    read_urls: list[str] = field(default_factory=list)

    async def read(self, url: str, timeout_s: float = 10.0) -> Page:
        self.read_urls.append(url)
        await asyncio.sleep(self.delays_s.get(url, 0))
        match self.pages.get(url):
            case Page() as page:
                return page
            case VTError() as error:
                raise error
        raise BadAddress("That page cannot be read.", "Open it yourself.")


@dataclass
class FakeReader:
    """Reads what it was told of each name, and other files as UTF-8 text in one piece."""

    documents: dict[str, Document | VTError] = field(default_factory=dict)
    read_names: list[str] = field(default_factory=list)

    async def read(self, file: Attachment) -> Document:
        self.read_names.append(file.name)
        match self.documents.get(file.name):
            case Document() as known:
                return known
            case VTError() as error:
                raise error
        try:
            text = file.path.read_text(encoding="utf-8")
        except OSError as error:
            raise BadAttachment(f"{file.name} is no longer there.", "Attach it again.") from error
        return Document(file.name, (Passage("", text),))


@dataclass
class FakePictures:
    """Hands pictures on as they are; `failure` is raised instead. `text` is what it reads in each."""

    text: PictureText | VTError = field(default_factory=lambda: PictureText("STOP", ("PNG, 4 x 4 pixels",)))
    failure: VTError | None = None
    prepared: list[tuple[str, bytes, int]] = field(default_factory=list)
    converted: list[tuple[str, PictureFormat, int | None]] = field(default_factory=list)

    async def prepare(self, name: str, raw: bytes, max_side: int, *, is_still: bool = False) -> Picture:
        self.prepared.append((name, raw, max_side))
        if self.failure:
            raise self.failure
        return Picture("image/png", raw, 4, 4)

    async def read(self, name: str, raw: bytes) -> PictureText:
        if isinstance(self.text, VTError):
            raise self.text
        return self.text

    async def convert(
        self, name: str, raw: bytes, wanted: PictureFormat, compression: int | None = None
    ) -> Picture:
        self.converted.append((name, wanted, compression))
        return Picture(f"image/{wanted}", raw, 4, 4)


@dataclass
class FakeFetcher:
    """Knows the pages it was given, refuses every other address."""

    pages: dict[str, Fetched | VTError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, max_bytes: int, timeout_s: float = 20.0) -> Fetched:
        self.asked.append(url)
        match self.pages.get(url):
            case Fetched() as page:
                return page
            case VTError() as error:
                raise error
        raise BadAddress("That address is not one of the open internet.", "Attach the file itself.")


class FakeSimilarity:
    """Counts the words that a text shares with the question."""

    async def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        words = set(question.lower().split())
        return [len(words & set(text.lower().split())) / (len(words) or 1) for text in texts]


@dataclass
class FakeClassifier:
    scores: Sequence[Score] = (Score("text", 0.9, "hello"),)
    texts: list[str] = field(default_factory=list)

    async def classify(self, text: str) -> Sequence[Score]:
        self.texts.append(text)
        return self.scores


@dataclass
class FakeRouter:
    decision: Decision | None = None
    turns: list[Turn] = field(default_factory=list)

    async def choose(self, turn: Turn) -> Decision | None:
        self.turns.append(turn)
        return self.decision


def services(
    *,
    models: FakeModels | None = None,
    catalogue: FakeCatalogue | None = None,
    images: FakeImages | None = None,
    speech: FakeSpeech | None = None,
    search: FakeSearch | None = None,
    reader: FakeReader | None = None,
    pictures: FakePictures | None = None,
    fetcher: FakeFetcher | None = None,
    pages: FakePages | None = None,
    transcripts: FakeTranscripts | None = None,
    sandbox: FakeSandbox | None = None,
    notes: FakeNotes | None = None,
    tools: Sequence[Tool] = (),
) -> Services:
    return Services(
        catalogue=catalogue or FakeCatalogue(),
        models=models or FakeModels(),
        images=images or FakeImages(),
        speech=speech or FakeSpeech(),
        transcripts=transcripts or FakeTranscripts(),
        search=search or FakeSearch(),
        reader=reader or FakeReader(),
        pictures=pictures or FakePictures(),
        fetcher=fetcher or FakeFetcher(),
        similarity=FakeSimilarity(),
        pages=pages or FakePages(),
        sandbox=sandbox or FakeSandbox(),
        notes=notes or FakeNotes(),
        toolbox=FakeToolbox(tools),
    )


async def events_of(stream: AsyncGenerator[Event, None]) -> list[Event]:
    """All events of a reply."""
    return [event async for event in stream]


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))
