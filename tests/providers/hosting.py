"""What the tests of tools that a vendor runs share: its event streams, and a wire to it."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes import model
from tests.providers.wires import endpoint
from vtai.core.ports import Model
from vtai.providers.hosted_files import Limits
from vtai.providers.openai_wire import OpenAIWire

BOTH = frozenset({"code_interpreter", "file_search"})
CODE = frozenset({"code_interpreter"})


def able() -> Model:
    return model(hosted=BOTH)


def wire_to(url: str, limits: Limits | None = None) -> OpenAIWire:
    place = endpoint(url, vector_stores=("vs_1",))
    return OpenAIWire(lambda _: place, limits=limits)


def stream(*events: dict[str, Any]) -> str:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def text(delta: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": delta}


def ended(kind: str = "completed", **more: Any) -> dict[str, Any]:
    response = {"error": None, "usage": {"input_tokens": 90, "output_tokens": 5}} | more
    return {"type": f"response.{kind}", "response": response}


def noted(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "response.output_text.annotation.added", "annotation": {"type": kind} | fields}


def code_done(code: str, id_: str = "ci_1") -> dict[str, Any]:
    return {"type": "response.code_interpreter_call_code.done", "item_id": id_, "code": code}


def ran(code: str, *outputs: dict[str, Any], id_: str = "ci_1", status: str = "completed") -> dict[str, Any]:
    item = {
        "type": "code_interpreter_call",
        "id": id_,
        "code": code,
        "container_id": "cntr_1",
        "status": status,
        "outputs": list(outputs) or None,
    }
    return {"type": "response.output_item.done", "item": item}


def logs(words: str) -> dict[str, Any]:
    return {"type": "logs", "logs": words}


def made(id_: str, name: str) -> dict[str, Any]:
    return noted("container_file_citation", container_id="cntr_1", file_id=id_, filename=name)
