"""A canvas that remembers what would have gone to the browser, and shows it as the browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vtai.core.messages import Attachment
from vtai.ui.paper import Kept


@dataclass
class Recorder:
    thread_id: str = "00000000-0000-4000-8000-000000000001"
    sent: list[tuple[str, Any]] = field(default_factory=list)
    kept: list[tuple[str, str, bytes]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    is_deaf: bool = False

    async def emit(self, event: str, data: Any) -> None:
        if not self.is_deaf:
            self.sent.append((event, data))

    async def keep(self, name: str, media_type: str, data: bytes) -> Kept:
        self.kept.append((name, media_type, data))
        key = f"file-{len(self.kept)}"
        return Kept(key, Attachment(name, media_type, Path("/kept") / key, len(data)))

    async def forget(self, key: str) -> None:
        self.forgotten.append(key)

    def named(self, event: str) -> list[Any]:
        return [data for name, data in self.sent if name == event]

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """The steps as the browser has them in the end, in the order in which they came."""
        shown: dict[str, dict[str, Any]] = {}
        for event, data in self.sent:
            if event in {"new_message", "stream_start"}:
                shown[data["id"]] = {**shown.get(data["id"], {}), **data}
            elif event == "stream_token" and data["id"] in shown:
                shown[data["id"]]["output"] += data["token"]
            elif event == "delete_message":
                shown.pop(data["id"], None)
        return shown

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [step for step in self.steps.values() if step["type"] == kind]

    @property
    def elements(self) -> dict[str, dict[str, Any]]:
        shown: dict[str, dict[str, Any]] = {}
        for event, data in self.sent:
            if event == "element":
                shown[data["id"]] = data
            elif event == "remove_element":
                shown.pop(data["id"], None)
        return shown

    def custom(self, name: str) -> list[dict[str, Any]]:
        """The properties of our own elements of that name."""
        return [element["props"] for element in self.elements.values() if element["name"] == name]

    @property
    def footer(self) -> dict[str, Any]:
        """The last footer."""
        return [e for e in self.elements.values() if e["name"] == "ReplyFooter"][-1]
