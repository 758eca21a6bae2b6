"""One message on its way in: all that is needed to answer it, complete in itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from vtai.core.conversation import Conversation
from vtai.core.messages import Attachment
from vtai.core.web import SafeSearch, TimeRange

Effort = Literal["none", "minimal", "low", "medium", "high"]
Capability = Literal[
    "chat",
    "reasoning",
    "vision",
    "image",
    "speech",
    "transcription",
    "tools",
    "audio",
    "realtime",
    "embedding",
]
HostedTool = Literal["code_interpreter", "file_search"]
Command = Literal["think", "image", "search", "research", "speak", "code", "vision"]


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """How pictures are made. None leaves a choice to the model."""

    size: str | None = None
    quality: str | None = None
    background: str | None = None
    format: Literal["png", "jpeg", "webp"] | None = None
    compression: int | None = None
    moderation: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """How replies are spoken. `is_automatic`: every reply is spoken, asked or not. `speed` 1.0 is normal.

    `instructions` say how to speak ("calm, like a story"), for models that take such. `language` is what the
    text is in, as ISO 639-1; absent lets the voice tell it from the text.
    """

    is_automatic: bool = False
    voice: str | None = None
    speed: float = 1.0
    instructions: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How the web is searched. `depth` is how much of each page the model gets to read.

    `is_research`: several rounds, within `budget_s` seconds and `budget_usd`. `model` writes the answer;
    absent takes the chat model. `uses_own_search`: a model that searches by itself does so.
    """

    summarise: bool = True
    depth: Literal["low", "medium", "high"] = "medium"
    include_links: bool = True
    max_results: int = 5
    time_range: TimeRange | None = None
    region: str | None = None
    safe_search: SafeSearch = "moderate"
    model: str | None = None
    uses_own_search: bool = False
    is_research: bool = False
    budget_s: float = 120.0
    budget_usd: float = 0.5


@dataclass(frozen=True, slots=True)
class AssistantOptions:
    """How far the assistant may go in one reply, and with what.

    `max_usd` counts where the model's price is known. `tools` None allows all that are on. `hosted` are tools
    that the model's vendor runs by itself, where it has them.
    """

    max_steps: int = 12
    max_s: float = 300.0
    max_tokens: int = 200_000
    max_usd: float = 1.0
    tools: frozenset[str] | None = None
    hosted: frozenset[HostedTool] = frozenset()


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the person chose. `models` holds names or aliases per capability; absent means the default.

    `spoken_language` is what the person speaks, as ISO 639-1; absent lets it be detected.
    `asks_when_unsure`: where a costly route is likely but not sure, ask instead of guessing.
    """

    models: Mapping[Capability, str] = field(default_factory=lambda: MappingProxyType({}))
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    effort: Effort | None = None
    trims_history: bool = True
    routes_by_itself: bool = True
    asks_when_unsure: bool = True
    image: ImageOptions = ImageOptions()
    speech: SpeechOptions = SpeechOptions()
    spoken_language: str | None = None
    search: SearchOptions = SearchOptions()
    assistant: AssistantOptions = AssistantOptions()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something, as far as limits tell people apart. `person` is the id, `key` that of a key."""

    person: str
    name: str = ""
    group: str = ""
    key: str | None = None
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A message and its circumstances.

    `text` is what the person typed, marks such as `<think>` included; `history` ends before this message.
    `route` forces a route (a picker or a reroute button); `command` is a composer command. `mask` says where
    the first attached picture may change: a picture of the same size, transparent there. `conversation` tells
    the person's chats apart. `allowed_tools` are those that need not ask in this one any more. `group` is the
    person's, `key` the id of the key that the message came with, `door` where it came in. `is_again`: it was
    answered before, and another answer is wanted. `instructions` are what a program wants of the answer.
    """

    text: str
    attachments: tuple[Attachment, ...] = ()
    history: Conversation = Conversation()
    command: Command | None = None
    route: str | None = None
    previous_route: str | None = None
    mask: Attachment | None = None
    preferences: Preferences = Preferences()
    person: str = "local"
    conversation: str = ""
    allowed_tools: frozenset[str] = frozenset()
    group: str = ""
    key: str | None = None
    door: str = "page"
    person_name: str = ""
    is_guest: bool = False
    is_again: bool = False
    instructions: str = ""

    @property
    def asker(self) -> Asker:
        return Asker(self.person, self.person_name, self.group, self.key, self.is_guest)
