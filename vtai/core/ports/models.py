"""Language models and models that make pictures: the catalogue and the ways to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vtai.core.documents import Picture
from vtai.core.events import (
    FileReady,
    Notice,
    PicturePreview,
    Source,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.messages import Attachment, Message, ToolCall
from vtai.core.turn import Asker, Capability, Effort, HostedTool, ImageOptions


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue: what to call it, who serves it, what it can do.

    `name` is the friendly alias, `id` what the vendor calls it. Prices are USD per million tokens.
    `image_side` is the longest side, in pixels, that it makes use of in a picture. `has_search`: it can
    search the web by itself. `hosted` are the tools that its vendor runs for it.
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
    image_side: int = 2_048
    has_search: bool = False
    hosted: frozenset[HostedTool] = frozenset()

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
    """A tool as a model sees it. `parameters` is a JSON schema of type object.

    `is_strict`: arguments that do not fit the schema are of no use.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a language model. None leaves a setting to the model; 0.0 is a value.

    `searches`: the model searches the web by itself, if it can; a notice says so if it cannot. `hosted` are
    tools that the vendor runs by itself, likewise; `files` are handed to those that run code, and
    deleted there when the answer is over. `is_fresh`: a remembered answer would not do. `tool_choice` is
    "auto", "none", "required" or the name of a tool; `answer_format` asks for JSON, as OpenAI spells it.
    `asker` is who limits look at; without it they know `person` alone.
    """

    model: Model
    messages: tuple[Message, ...]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    effort: Effort | None = None
    tools: tuple[ToolSpec, ...] = ()
    person: str = "local"
    searches: bool = False
    hosted: frozenset[HostedTool] = frozenset()
    files: tuple[Attachment, ...] = ()
    is_fresh: bool = False
    tool_choice: str | None = None
    answer_format: Mapping[str, Any] | None = None
    asker: Asker | None = None


@dataclass(frozen=True, slots=True)
class ToolCallReady:
    """A complete tool call of a model; all calls of one answer come before the stream ends."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Cited:
    """Pages that a model found by itself and names as its sources. Their numbers mean nothing yet."""

    sources: tuple[Source, ...]


# What a tool that the vendor runs by itself does and makes.
HostedEvent = ToolStarted | ToolProgress | ToolFinished | FileReady

ModelEvent = TextDelta | ThinkingDelta | ToolCallReady | Cited | Usage | Notice | HostedEvent


class ModelClient(Protocol):
    """A way to language models."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer in pieces. Raises ProviderError before or between pieces; StreamCut when it breaks."""
        ...


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """`images` are pictures to change or combine; without them a new one is made.

    `mask` is a PNG of the first picture's size; where it is transparent the picture may change.
    """

    model: Model
    prompt: str
    options: ImageOptions = ImageOptions()
    images: tuple[Picture, ...] = ()
    mask: Picture | None = None
    person: str = "local"


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Texts to be turned into vectors. `dimensions` None leaves their length to the model."""

    model: Model
    texts: tuple[str, ...]
    dimensions: int | None = None
    person: str = "local"


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors in the order of the texts, and what they cost."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage


class EmbeddingModel(Protocol):
    """A way to models that turn texts into vectors."""

    async def embed(self, request: EmbeddingRequest) -> Embedded:
        """Raises ProviderError."""
        ...


class ImageModel(Protocol):
    """A way to models that make pictures."""

    def generate(
        self, request: ImageRequest
    ) -> AsyncGenerator[PicturePreview | FileReady | Notice | Usage, None]:
        """The pictures as they are ready, with previews where the vendor sends some. Raises ProviderError."""
        ...
