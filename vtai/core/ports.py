"""What lies outside, as the heart sees it. Providers implement these; tests hand in small fakes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vtai.core.events import Event, FileReady, Notice, Source, TextDelta, ThinkingDelta, Usage
from vtai.core.messages import Attachment, Message, ToolCall
from vtai.core.routes import Decision, Route
from vtai.core.turn import Capability, Effort, ImageOptions, SpeechOptions, Turn

# A stream that is read inside `contextlib.aclosing`, so that stopping closes the vendor's connection.
Stream = AsyncGenerator[Event, None]


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue: what to call it, who serves it, what it can do.

    `name` is the friendly alias, `id` what the vendor calls it. Prices are USD per million tokens.
    """

    name: str
    id: str
    vendor: str
    capabilities: frozenset[Capability]
    context_tokens: int
    max_output_tokens: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    is_embedded: bool = False
    rejects: frozenset[str] = frozenset()

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities


class Catalogue(Protocol):
    """Which models there are, and which one serves a capability."""

    def resolve(self, name: str) -> Model:
        """The model behind a name or alias. Raises UnknownName with near matches."""
        ...

    def notice(self, name: str) -> str | None:
        """A line to show when `name` is one of before and another model answers to it now."""
        ...

    def choose(self, capability: Capability, wanted: str | None = None) -> Model:
        """`wanted` where it is given and able, else the default whose key is set, else the embedded model.

        Raises UnknownName, or NotConfigured saying which keys would turn the capability on.
        """
        ...

    def available(self, capability: Capability) -> Sequence[Model]:
        """The models that could serve a capability now, the default first."""
        ...


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it. `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a language model. None leaves a setting to the model; 0.0 is a value."""

    model: Model
    messages: tuple[Message, ...]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    effort: Effort | None = None
    tools: tuple[ToolSpec, ...] = ()
    person: str = "local"


@dataclass(frozen=True, slots=True)
class ToolCallReady:
    """A complete tool call of a model; all calls of one answer come before the stream ends."""

    call: ToolCall


ModelEvent = TextDelta | ThinkingDelta | ToolCallReady | Usage | Notice


class ModelClient(Protocol):
    """A way to language models."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer in pieces. Raises ProviderError before or between pieces; StreamCut when it breaks."""
        ...


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """`images` are pictures to change or combine; without them a new one is made."""

    model: Model
    prompt: str
    options: ImageOptions = ImageOptions()
    images: tuple[Attachment, ...] = ()
    person: str = "local"


class ImageModel(Protocol):
    """A way to models that make pictures."""

    def generate(self, request: ImageRequest) -> AsyncGenerator[FileReady | Notice | Usage, None]:
        """The pictures as they are ready. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound that was made or received, in a container that a browser plays (`audio/wav`, `audio/mpeg`)."""

    data: bytes
    media_type: str


class SpeechProvider(Protocol):
    """Text to sound and sound to text. `model` None is the default; embedded where no key is set."""

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        """Raises ProviderError or NotConfigured."""
        ...

    async def transcribe(self, audio: Audio, language: str | None = None, model: str | None = None) -> str:
        """The words, or "" for silence and noise. Raises ProviderError, NotConfigured or BadAttachment."""
        ...


@dataclass(frozen=True, slots=True)
class SearchResults:
    """What a search found, and who found it."""

    sources: tuple[Source, ...]
    provider: str


class SearchProvider(Protocol):
    """A way to search the web."""

    async def search(self, query: str, max_results: int) -> SearchResults:
        """Results best first. Raises ProviderError or NotConfigured."""
        ...


@dataclass(frozen=True, slots=True)
class Score:
    """How well a route fits, 0..1; `why` are the words or examples that weighed most."""

    route: str
    confidence: float
    why: str = ""


class Classifier(Protocol):
    """Judges which routes a text could mean."""

    async def classify(self, text: str) -> Sequence[Score]:
        """Every route with its score, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Correction:
    """A message that a person sent elsewhere than it was routed. `at` is in seconds since the epoch.

    `is_shared`: promoted to count for everybody. `files`: the kinds of what came with it, as "data image".
    """

    id: str
    person: str
    text: str
    context: str
    previous_route: str
    wrong: str
    right: str
    at: float
    is_shared: bool = False
    files: str = ""


class Corrections(Protocol):
    """What people corrected. One person never sees or moves another's, shared ones aside."""

    async def add(self, correction: Correction) -> None: ...

    async def of(self, person: str) -> Sequence[Correction]:
        """The person's own and the shared ones, the oldest first."""
        ...

    async def remove(self, person: str, correction_id: str) -> bool:
        """Whether there was such a correction of this person's."""
        ...

    async def promote(self, correction_id: str) -> bool:
        """Makes a correction count for everybody; whether there is such a one."""
        ...


class Learning(Protocol):
    """Learns from what people correct, at once and for themselves."""

    async def learn(self, turn: Turn, decision: Decision, right: str) -> Correction:
        """Remembers that `turn`, decided by `decision`, belongs to the route `right`."""
        ...

    async def corrections(self, person: str) -> Sequence[Correction]:
        """The person's own and the shared ones, the oldest first."""
        ...

    async def undo(self, person: str, correction_id: str) -> bool:
        """Whether there was such a correction of this person's."""
        ...

    async def promote(self, correction_id: str) -> bool:
        """Makes a correction count for everybody; whether there is such a one."""
        ...


class Router(Protocol):
    """One opinion on where a turn goes."""

    async def choose(self, turn: Turn) -> Decision | None:
        """A decision, or None for no opinion."""
        ...


class Tool(Protocol):
    """Something the assistant may call."""

    @property
    def spec(self) -> ToolSpec: ...

    def run(self, arguments: str) -> Awaitable[str]:
        """The result as text for the model. `arguments` is JSON text. Raises VTError with what was wrong."""
        ...


class Handler(Protocol):
    """A module that answers the turns of one route."""

    @property
    def route(self) -> Route: ...

    @property
    def reply(self) -> Reply: ...


class Reply(Protocol):
    """Answers a turn. Raises VTError; `decision` is what led here."""

    def __call__(self, turn: Turn, decision: Decision, services: Services) -> Stream: ...


@dataclass(frozen=True, slots=True)
class Services:
    """The ports, handed to handlers and tools."""

    catalogue: Catalogue
    models: ModelClient
    images: ImageModel
    speech: SpeechProvider
    search: SearchProvider
    tools: tuple[Tool, ...] = field(default=())
