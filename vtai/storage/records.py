"""Rows of the store made of conversations, and conversations made of rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from vtai.core.history import (
    Conversation,
    Feedback,
    Share,
    StoredElement,
    StoredExchange,
    StoredStep,
)

Values = dict[str, Any]


def of_step(step: StoredStep) -> Values:
    return {
        "id": step.id,
        "parent": step.parent_id,
        "kind": step.kind,
        "name": step.name,
        "input": step.input,
        "output": step.output,
        "at": step.at,
        "ended_at": step.ended_at,
        "is_error": step.is_error,
        "is_open": step.is_open,
        "extra": dict(step.extra),
    }


def of_element(element: StoredElement) -> Values:
    return {
        "id": element.id,
        "step": element.step_id,
        "kind": element.kind,
        "name": element.name,
        "media_type": element.media_type,
        "file": element.file,
        "extra": dict(element.extra),
    }


def of_exchange(exchange: StoredExchange) -> Values:
    return {
        "id": exchange.id,
        "text": exchange.text,
        "at": exchange.at,
        "answer": exchange.answer,
        "attachments": list(exchange.attachments),
        "files": list(exchange.files),
        "work": exchange.work,
        "route": exchange.route,
        "model": exchange.model,
        "is_cut": exchange.is_cut,
        "extra": dict(exchange.extra),
    }


def conversation(row: Row[Any]) -> Conversation:
    return Conversation(row.id, row.person, row.name, row.made_at, row.changed_at, row.extra)


def step(row: Row[Any]) -> StoredStep:
    return StoredStep(
        row.id,
        row.kind,
        row.name,
        row.parent,
        row.input,
        row.output,
        row.at,
        row.ended_at,
        row.is_error,
        row.is_open,
        row.extra,
    )


def element(row: Row[Any]) -> StoredElement:
    return StoredElement(row.id, row.step, row.kind, row.name, row.media_type, row.file, row.extra)


def exchange(row: Row[Any]) -> StoredExchange:
    return StoredExchange(
        row.id,
        row.text,
        row.at,
        row.answer,
        tuple(row.attachments),
        tuple(row.files),
        row.work,
        row.route,
        row.model,
        row.is_cut,
        row.extra,
    )


def share(row: Row[Any]) -> Share:
    return Share(row.token, row.conversation, row.person, row.at)


def thumb(row: Row[Any]) -> Feedback:
    return Feedback(row.id, row.step, row.value, row.comment, row.route, row.model, row.at)


def of_thumb(given: Feedback) -> Values:
    return {
        "id": given.id,
        "step": given.step_id,
        "value": given.value,
        "comment": given.comment,
        "route": given.route,
        "model": given.model,
        "at": given.at,
    }
