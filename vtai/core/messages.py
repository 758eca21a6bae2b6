"""What people and models say to each other, and the files that come with it.

Values only: reading, checking and drawing files happens in the doors and handlers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]
Kind = Literal["image", "audio", "video", "data", "document", "text", "other"]

# Suffix beats media type: browsers send text/plain or application/octet-stream for much of this.
_SUFFIXES: Mapping[Kind, str] = {
    "data": ".csv .tsv .xlsx .xls .ods .parquet .sqlite .db",
    "document": ".pdf .docx .pptx .epub .odt .rtf .eml .zip",
    "image": ".png .jpg .jpeg .webp .gif .heic .heif .avif .tif .tiff .bmp .ico .svg",
    "audio": ".mp3 .wav .m4a .ogg .flac .opus",
    "video": ".mp4 .webm .mov .mkv .avi",
    "text": (
        ".txt .md .markdown .rst .tex .log .srt .vtt .diff .patch"
        " .json .jsonl .ndjson .yaml .yml .toml .ini .cfg .conf .properties .env .xml .html .htm .ipynb"
        " .py .pyi .js .mjs .cjs .jsx .ts .tsx .vue .svelte .css .scss .less .sql .graphql .proto"
        " .c .h .cc .cpp .hpp .cs .java .kt .kts .scala .groovy .gradle .go .rs .zig .swift .m .dart .rb .php"
        " .pl .lua .r .jl .hs .ml .clj .ex .exs .erl .sh .bash .zsh .fish .ps1 .bat .tf .cmake"
    ),
}
_KIND_BY_SUFFIX: Mapping[str, Kind] = MappingProxyType(
    {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
)


def known_suffixes() -> Mapping[str, Kind]:
    """The suffixes that tell a file's kind."""
    return _KIND_BY_SUFFIX


def kind_of(name: str, media_type: str = "") -> Kind:
    """What a file is for, from its name and then its media type."""
    if known := _KIND_BY_SUFFIX.get(Path(name).suffix.lower()):
        return known
    family = media_type.partition("/")[0]
    match family:
        case "image" | "audio" | "video" | "text":
            return family
        case _:
            return "other"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. The content stays on disk until somebody needs it.

    `name` is for people and models, `path` is for us; neither is ever derived from the other.
    """

    name: str
    media_type: str
    path: Path
    size_bytes: int

    @property
    def kind(self) -> Kind:
        return kind_of(self.name, self.media_type)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to run a tool. `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a conversation.

    `image_urls` are http(s) or data URLs that a vision model is to look at, beside the image attachments.
    `work` tells what tools did for an answer, for the assistant that goes on from there.
    """

    role: Role
    text: str
    attachments: tuple[Attachment, ...] = ()
    image_urls: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    work: str = ""
