"""What a vendor's own tools do during an answer of `/responses`, as steps, pictures, and files to fetch."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vtai.core.events import FileReady, ToolFinished, ToolStarted
from vtai.core.ports.models import HostedEvent
from vtai.providers.hosted_tools import CODE, FILE_SEARCH

_MAX_OUTPUT = 50_000
_MAX_PICTURES = 16
_MAX_PICTURE_BYTES = 16 * 1024 * 1024
_LONGEST_ID = 200
_PICTURE = re.compile(r"data:image/(png|jpeg|webp|gif);base64,", re.IGNORECASE)
_FAILED = frozenset({"failed", "incomplete"})


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that code has left in a vendor's container."""

    container: str
    id: str
    name: str


class HostedCalls:
    """Follows the calls of one answer. Each begins once and ends once, however often it is told of.

    `containers` are those in which code ran, `made` the files that the answer names.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.containers: list[str] = []
        self.made: list[MadeFile] = []
        self._clock = clock
        self._began: dict[str, float] = {}
        self._over: set[str] = set()
        self._shown: set[bytes] = set()
        self._pictures = 0

    def take(self, event: dict[str, Any]) -> Iterator[HostedEvent]:
        """The events of one event of the stream, of whatever kind it is."""
        kind = event.get("type")
        if kind == "response.code_interpreter_call_code.done":
            yield from self._begin(event.get("item_id"), CODE, str(event.get("code") or ""), "python")
        elif kind == "response.file_search_call.searching":
            yield from self._begin(event.get("item_id"), FILE_SEARCH)
        elif kind == "response.output_item.added":
            self._ran_in(event.get("item") or {})
        elif kind == "response.output_item.done":
            yield from self._item(event.get("item") or {})

    def _item(self, item: dict[str, Any]) -> Iterator[HostedEvent]:
        """The events of a finished part of the answer."""
        self._ran_in(item)
        if item.get("type") == "code_interpreter_call":
            yield from self._ran(item)
        elif item.get("type") == "file_search_call":
            yield from self._searched(item)

    def named(self, note: Any) -> None:
        """Keeps the file that an annotation names, if it is one of a container."""
        if not isinstance(note, dict) or note.get("type") != "container_file_citation":
            return
        container, id_ = _id(note.get("container_id")), _id(note.get("file_id"))
        if container and id_ and all(file.id != id_ for file in self.made):
            self.made.append(MadeFile(container, id_, str(note.get("filename") or id_)))

    def is_new(self, data: bytes) -> bool:
        """Whether nothing with this content was shown before; from now on it was."""
        digest = hashlib.sha256(data).digest()
        is_new = digest not in self._shown
        self._shown.add(digest)
        return is_new

    def end(self) -> Iterator[HostedEvent]:
        """Ends the steps that the vendor left open."""
        for id_ in self._began:
            if id_ not in self._over:
                yield from self._finish(id_, "It was not carried to its end.", is_error=True)

    def _begin(self, id_: Any, name: str, arguments: str = "", language: str = "") -> Iterator[HostedEvent]:
        known = _id(id_) or f"hosted_{len(self._began)}"
        if known not in self._began:
            self._began[known] = self._clock()
            yield ToolStarted(known, name, arguments, language)

    def _finish(self, id_: str, output: str, *, is_error: bool) -> Iterator[HostedEvent]:
        if id_ not in self._over:
            self._over.add(id_)
            yield ToolFinished(id_, _bounded(output), is_error, self._clock() - self._began[id_])

    def _ran_in(self, item: dict[str, Any]) -> None:
        container = _id(item.get("container_id"))
        if container and container not in self.containers:
            self.containers.append(container)

    def _ran(self, item: dict[str, Any]) -> Iterator[HostedEvent]:
        id_ = _id(item.get("id")) or f"hosted_{len(self._began)}"
        if id_ in self._over:
            return
        yield from self._begin(id_, CODE, str(item.get("code") or ""), "python")
        outputs = _mappings(item.get("outputs"))
        logs = "".join(str(output.get("logs") or "") for output in outputs if output.get("type") == "logs")
        yield from self._finish(id_, logs, is_error=item.get("status") in _FAILED)
        for output in outputs:
            if output.get("type") == "image":
                yield from self._picture(output.get("url"))

    def _searched(self, item: dict[str, Any]) -> Iterator[HostedEvent]:
        id_ = _id(item.get("id")) or f"hosted_{len(self._began)}"
        queries = ", ".join(str(query) for query in item.get("queries") or ())
        yield from self._begin(id_, FILE_SEARCH, queries)
        names = dict.fromkeys(str(found.get("filename") or "") for found in _mappings(item.get("results")))
        lines = [f"Searched for: {queries}"] if queries else []
        lines += [f"- {name}" for name in names if name]
        yield from self._finish(id_, "\n".join(lines), is_error=item.get("status") in _FAILED)

    def _picture(self, url: Any) -> Iterator[HostedEvent]:
        """A picture that came as data. One at an address is not fetched: the answer names it as a file."""
        is_bounded = isinstance(url, str) and len(url) < _MAX_PICTURE_BYTES * 4 // 3
        found = _PICTURE.match(url) if is_bounded else None
        if found is None or self._pictures >= _MAX_PICTURES:
            return
        try:
            data = base64.b64decode(url[found.end() :], validate=True)
        except binascii.Error:
            return
        if data and self.is_new(data):
            self._pictures += 1
            subtype = found[1].lower()
            suffix = "jpg" if subtype == "jpeg" else subtype
            yield FileReady(f"figure-{self._pictures}.{suffix}", f"image/{subtype}", data)


def _id(value: Any) -> str:
    """An id of the vendor's that may stand in an address; "" for anything else."""
    text = value if isinstance(value, str) and len(value) <= _LONGEST_ID else ""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else ""


def _bounded(text: str) -> str:
    return text if len(text) <= _MAX_OUTPUT else f"{text[:_MAX_OUTPUT]}\n[the rest is left out]"


def _mappings(values: Any) -> Iterable[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
