"""Conversations as ChatGPT exports them in `conversations.json`: trees of messages, one path of which counts.

What was said comes along, with the model where it is named. Pictures and files do not: the export has them
elsewhere, under names of its own. What is hidden on their page stays out, as do the steps to an answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vtai.core.errors import BadArguments
from vtai.core.history import Conversation, Record, StoredExchange, StoredStep

_MOST_MESSAGES = 20_000
_LONGEST_NAME = 300
_LATEST = 1e11
_MOST_CHARACTERS = 5_000_000


@dataclass(frozen=True, slots=True)
class _Said:
    """One message on the path. `model` where they say which one it was."""

    is_persons: bool
    text: str
    at: float
    model: str | None


def is_one(given: Any) -> bool:
    """Whether it looks like a conversation of theirs."""
    return isinstance(given, dict) and isinstance(given.get("mapping"), dict) and "format" not in given


def record(given: dict[str, Any]) -> Record:
    """One of their conversations as ours. Raises BadArguments."""
    made_at = _moment(given.get("create_time"), 0.0)
    steps: list[StoredStep] = []
    exchanges: list[StoredExchange] = []
    for said in _joined(_messages(given, made_at)):
        step = StoredStep(
            str(uuid.uuid4()),
            "user_message" if said.is_persons else "assistant_message",
            output=said.text,
            at=said.at,
            ended_at=said.at,
        )
        steps.append(step)
        if said.is_persons:
            exchanges.append(StoredExchange(step.id, said.text, said.at))
        elif exchanges:
            last = exchanges.pop()
            exchanges.append(StoredExchange(last.id, last.text, last.at, said.text, model=said.model))
    title = given.get("title")
    conversation = Conversation(
        str(uuid.uuid4()),
        "",
        " ".join(title.split())[:_LONGEST_NAME] if isinstance(title, str) else "",
        made_at,
        max(made_at, _moment(given.get("update_time"), made_at)),
    )
    return Record(conversation, tuple(steps), (), tuple(exchanges))


def _joined(messages: Iterator[_Said]) -> Iterator[_Said]:
    """With what one side said in several pieces as one."""
    last: _Said | None = None
    for said in messages:
        if last is not None and last.is_persons == said.is_persons:
            last = _Said(last.is_persons, f"{last.text}\n\n{said.text}", last.at, said.model or last.model)
            continue
        if last is not None:
            yield last
        last = said
    if last is not None:
        yield last


def _messages(given: dict[str, Any], made_at: float) -> Iterator[_Said]:
    at = made_at
    for node in _path(given["mapping"], given.get("current_node")):
        message = node.get("message")
        if not isinstance(message, dict) or not _is_shown(message):
            continue
        at = _moment(message.get("create_time"), at)
        text = _text(message.get("content"))
        if text:
            model = _metadata(message).get("model_slug")
            is_persons = message["author"]["role"] == "user"
            yield _Said(is_persons, text, at, model[:200] if isinstance(model, str) and model else None)


def _path(mapping: dict[str, Any], last: Any) -> list[dict[str, Any]]:
    """The nodes from the first to the one that is shown last."""
    if not isinstance(last, str) or last not in mapping:
        last = _newest_leaf(mapping)
    path: list[dict[str, Any]] = []
    seen: set[str] = set()
    while isinstance(last, str) and last not in seen:
        node = mapping.get(last)
        if not isinstance(node, dict):
            break
        seen.add(last)
        path.append(node)
        last = node.get("parent")
    if len(path) > _MOST_MESSAGES:
        raise _refused("A conversation in the file is too long.")
    return path[::-1]


def _newest_leaf(mapping: dict[str, Any]) -> str | None:
    leaves = [name for name, node in mapping.items() if isinstance(node, dict) and not node.get("children")]
    return max(leaves, key=lambda name: _time_of(mapping[name]), default=None)


def _time_of(node: dict[str, Any]) -> float:
    message = node.get("message")
    return _moment(message.get("create_time"), 0.0) if isinstance(message, dict) else 0.0


def _is_shown(message: dict[str, Any]) -> bool:
    author = message.get("author")
    role = author.get("role") if isinstance(author, dict) else None
    is_to_all = message.get("recipient", "all") in {"all", None}
    is_hidden = _metadata(message).get("is_visually_hidden_from_conversation") is True
    return role in {"user", "assistant"} and is_to_all and not is_hidden


def _metadata(message: dict[str, Any]) -> dict[str, Any]:
    metadata = message.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _text(content: Any) -> str:
    if not isinstance(content, dict) or content.get("content_type") not in {"text", "multimodal_text"}:
        return ""
    parts = content.get("parts")
    words = [part for part in parts if isinstance(part, str)] if isinstance(parts, list) else []
    text = "\n\n".join(filter(None, map(str.strip, words)))
    if len(text) > _MOST_CHARACTERS:
        raise _refused("A message in the file is too long.")
    return text


def _moment(value: Any, otherwise: float) -> float:
    is_one_ = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LATEST
    return float(value) if is_one_ else otherwise


def _refused(what: str) -> BadArguments:
    return BadArguments(what, "Take that conversation out of the file and try again.")
