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
from vtai.core.ports.senses import Audio, PageReader, SearchProvider, SpeechProvider

__all__ = [
    "Audio",
    "Catalogue",
    "Cited",
    "Classifier",
    "Correction",
    "Corrections",
    "Fetcher",
    "Handler",
    "ImageModel",
    "ImageRequest",
    "Learning",
    "Model",
    "ModelClient",
    "ModelEvent",
    "ModelRequest",
    "Notes",
    "PageReader",
    "Pictures",
    "Reader",
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
    "Tool",
    "ToolCallReady",
    "ToolContext",
    "ToolEvent",
    "ToolResult",
    "ToolSpec",
    "Toolbox",
]
