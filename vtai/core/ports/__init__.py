"""What lies outside, as the heart sees it. Providers implement these; tests hand in small fakes."""

from __future__ import annotations

from vtai.core.ports.code import Notes, Remembered, Sandbox
from vtai.core.ports.files import Fetcher, Pictures, Reader, Similarity
from vtai.core.ports.handling import (
    Handler,
    Reply,
    Services,
    Stream,
    Tool,
    Toolbox,
    ToolContext,
    ToolEvent,
    ToolResult,
)
from vtai.core.ports.models import (
    Catalogue,
    Cited,
    Embedded,
    EmbeddingModel,
    EmbeddingRequest,
    ImageModel,
    ImageRequest,
    Model,
    ModelClient,
    ModelEvent,
    ModelRequest,
    ToolCallReady,
    ToolSpec,
)
from vtai.core.ports.routing import Classifier, Correction, Corrections, Learning, Router, Score
from vtai.core.ports.senses import (
    Hearing,
    Listener,
    PageReader,
    Recordings,
    SearchProvider,
    SpeechProvider,
    Transcripts,
)
from vtai.core.ports.storing import Files, Histories, Keys, Ledger, Logins, People
from vtai.core.ports.talking import Talk, Talks
from vtai.core.sound import Audio

__all__ = [
    "Audio",
    "Catalogue",
    "Cited",
    "Classifier",
    "Correction",
    "Corrections",
    "Embedded",
    "EmbeddingModel",
    "EmbeddingRequest",
    "Fetcher",
    "Files",
    "Handler",
    "Hearing",
    "Histories",
    "ImageModel",
    "ImageRequest",
    "Keys",
    "Learning",
    "Ledger",
    "Listener",
    "Logins",
    "Model",
    "ModelClient",
    "ModelEvent",
    "ModelRequest",
    "Notes",
    "PageReader",
    "People",
    "Pictures",
    "Reader",
    "Recordings",
    "Remembered",
    "Reply",
    "Router",
    "Sandbox",
    "Score",
    "SearchProvider",
    "Services",
    "Similarity",
    "SpeechProvider",
    "Stream",
    "Talk",
    "Talks",
    "Tool",
    "ToolCallReady",
    "ToolContext",
    "ToolEvent",
    "ToolResult",
    "ToolSpec",
    "Toolbox",
    "Transcripts",
]
