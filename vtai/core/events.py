"""Everything a reply can consist of: a closed union that each door matches down to `assert_never`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from vtai.core.errors import VTError
from vtai.core.routes import Decision


@dataclass(frozen=True, slots=True)
class RouteChosen:
    """The first event of every reply."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer, in Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """A piece of the model's reasoning; shown apart, never fed back as history."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A step begins: a tool call, a search, a conversion. `arguments` is for people to read.

    `language` is what the arguments are written in, as "python"; "" for words.
    """

    id: str
    name: str
    arguments: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """A piece of output of a running step."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A step ended. `output` is the whole result, for people to read; `seconds` is how long it took."""

    id: str
    output: str
    is_error: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """A part of the reply as sound, to be played in order of `number`, from 0. `text` is what is said.

    The whole comes as one FileReady at the end.
    """

    number: int
    media_type: str
    data: bytes
    text: str


# What a person says to a tool that asks first.
Approval = Literal["once", "always", "no"]


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """A tool wants to run and asks the person first. The reply goes on once `answer` was called.

    A door that cannot ask answers "no". `id` is that of the call, whose step begins after the answer.
    """

    id: str
    name: str
    arguments: str
    answer: Callable[[Approval], None]
    language: str = ""


@dataclass(frozen=True, slots=True)
class TableReady:
    """A table to show: the first rows of `total_rows`, every cell as text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total_rows: int


@dataclass(frozen=True, slots=True)
class Source:
    """A page or passage an answer rests on. `number` is the one that the answer cites, from 1.

    `url` is "" for a passage of a file. `site` is who published it, `published` when (ISO 8601), where known.
    """

    number: int
    title: str
    url: str
    passage: str
    site: str = ""
    published: str | None = None


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The pages that the answer will cite."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class PicturePreview:
    """A picture that is still being made, as far as it is. `slot` counts the pictures of one reply from 0."""

    slot: int
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FileReady:
    """A file that was made: a picture, speech, a table. The door decides how to show it.

    `details` are lines about how it was made, as ("Size", "1024x1024").
    """

    name: str
    media_type: str
    data: bytes
    caption: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A line beside the answer that is not part of it ("the vision model answers this one").

    `key` names its kind; a door shows a notice of one key once a turn, and may replace it by the next one.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: `route` is where the same message would go."""

    route: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """A question instead of a guess."""

    question: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What the turn cost. `cost_usd` is None where no price is known."""

    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = None
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """The reply ended in an error that is fit to be shown. Nothing follows it.

    `error` is what was raised, for doors that tell programs apart what happened.
    """

    message: str
    hint: str
    kind: Literal["known", "unexpected"] = "known"
    reference: str | None = None
    error: VTError | None = field(default=None, compare=False, repr=False)


Event = (
    RouteChosen
    | TextDelta
    | ThinkingDelta
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | ApprovalAsked
    | TableReady
    | SpeechPiece
    | SourcesFound
    | PicturePreview
    | FileReady
    | Notice
    | Choices
    | Usage
    | Failed
)
