"""Puts what LiteLLM's chunks say of cited pages into the shape of chat, where it is not in it already."""

from __future__ import annotations

from typing import Any

from vtai.providers.citations_chat import of_grounding


def of_chunk(chunk: Any) -> dict[str, Any]:
    """Pages named beside the choices: Perplexity's lists, and what Gemini grounds its answer on."""
    results = [*(getattr(chunk, "search_results", None) or ())]
    results += of_grounding(getattr(chunk, "vertex_ai_grounding_metadata", None))
    return {"citations": getattr(chunk, "citations", None), "search_results": results}


def of_delta(delta: Any) -> list[dict[str, Any]]:
    """Annotations as they are, and Claude's citation as one of them."""
    notes = [_plain(note) for note in getattr(delta, "annotations", None) or ()]
    own = getattr(delta, "provider_specific_fields", None)
    if isinstance(own, dict) and isinstance(page := own.get("citation"), dict):
        notes.append({"type": "url_citation", "url_citation": page})
    return notes


def _plain(note: Any) -> dict[str, Any]:
    plain: dict[str, Any] = note if isinstance(note, dict) else note.model_dump()
    return plain
