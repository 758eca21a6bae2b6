"""The files of one chat: here for its tabs and models, and copied to the store for later.

Knows nothing of Chainlit but how its sessions tell of a file: a dictionary of id, path, name, type, size.
"""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import shutil
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vtai.core.errors import QuotaReached, VTError
from vtai.core.messages import Attachment
from vtai.ui.paper import Kept

if TYPE_CHECKING:
    from vtai.core.history import StoredFile
    from vtai.core.ports import Files

logger = logging.getLogger(__name__)

_AT_ONCE = 4

Entry = dict[str, Any]
Open = Callable[[], Awaitable["Files"]]


@dataclass
class Shelf:
    """`folder` is this chat's own; `open` gives the store where files are kept for good, if they are.

    `here` are the files that the page can ask for, by the keys it knows; `stored` tells the key in the store
    of what lies at a path. `tell` is called once, when there is no room for more.
    """

    folder: Path
    person: str
    conversation: str
    open: Open | None = None
    tell: Callable[[VTError], None] | None = None
    here: dict[str, Entry] = field(default_factory=dict)
    stored: dict[Path, str] = field(default_factory=dict)
    _copying: dict[str, asyncio.Task[str | None]] = field(default_factory=dict)

    async def put(self, name: str, media_type: str, data: bytes) -> Kept:
        """Takes a new file in."""
        key = str(uuid.uuid4())
        path = (self.folder / key).with_suffix(mimetypes.guess_extension(media_type) or "")
        await asyncio.to_thread(_write, path, data)
        file = Attachment(name, media_type, path, len(data))
        self.here[key] = entry_of(key, file)
        return Kept(key, file)

    async def adopt(self, files: dict[str, Entry], keys: Iterable[str]) -> None:
        """Takes over what a tab sent: it must outlive that. Unknown keys are nobody's."""
        for key in keys:
            if (entry := files.get(key)) is None or key in self.here:
                continue
            path = self.folder / Path(entry["path"]).name
            await asyncio.to_thread(_move, Path(entry["path"]), path)
            entry["path"] = path
            self.here[key] = entry

    async def remove(self, key: str) -> None:
        """Forgets a file that is not shown any more. What the store has of it stays there."""
        if (entry := self.here.pop(key, None)) is None or not self._is_own(entry):
            return
        if (copying := self._copying.get(key)) is not None:
            await asyncio.wait({copying})
        await asyncio.to_thread(Path(entry["path"]).unlink, missing_ok=True)

    def key_of(self, file: Attachment) -> str | None:
        """The file's key in the store, once it is there."""
        return self.stored.get(file.path)

    def copy(self, key: str) -> asyncio.Task[str | None] | None:
        """Copies a file to the store, once; the task gives its key there, None where that failed."""
        if self.open is None or (entry := self.here.get(key)) is None:
            return None
        if key not in self._copying:
            self._copying[key] = asyncio.create_task(self._copy(self.open, entry), name="keep a file")
        return self._copying[key]

    async def copied(self) -> None:
        """Returns once nothing is being copied."""
        if self._copying:
            await asyncio.wait(self._copying.values())

    async def fetch(self, found: Mapping[str, StoredFile]) -> None:
        """Brings files back from the store, by the keys that the page knows. What is gone is left out."""
        if self.open is None or not found:
            return
        files = await self.open()
        gate = asyncio.Semaphore(_AT_ONCE)

        async def bring(key: str, file: StoredFile) -> None:
            async with gate:
                try:
                    path = await files.path(file.key)
                except VTError as error:
                    logger.warning("a file of a stored chat is not there: %s", error.message)
                    return
            self.stored[path] = file.key
            self.here[key] = entry_of(key, Attachment(file.name, file.media_type, path, file.size_bytes))

        await asyncio.gather(*(bring(key, file) for key, file in found.items()))

    def attachment(self, store_key: str) -> Attachment | None:
        """A file that was brought back, by its key in the store."""
        for entry in self.here.values():
            if self.stored.get(Path(entry["path"])) == store_key:
                return Attachment(entry["name"], entry["type"], Path(entry["path"]), entry["size"])
        return None

    async def clear(self) -> None:
        """The chat is left: its folder goes, once all of it is in the store."""
        await self.copied()
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def _copy(self, open_store: Open, entry: Entry) -> str | None:
        path = Path(entry["path"])
        if path in self.stored:
            return self.stored[path]
        try:
            files = await open_store()
            kept = await files.put(self.person, self.conversation, entry["name"], entry["type"], path)
        except VTError as error:
            logger.warning("a file was not kept: %s", error.message)
            if self.tell is not None and isinstance(error, QuotaReached):
                self.tell(error)
                self.tell = None
            return None
        self.stored[path] = kept.key
        return kept.key

    def _is_own(self, entry: Entry) -> bool:
        return Path(entry["path"]).parent == self.folder


def entry_of(key: str, file: Attachment) -> Entry:
    """The file as a session tells of it."""
    return {"id": key, "path": file.path, "name": file.name, "type": file.media_type, "size": file.size_bytes}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source != target and source.exists():
        shutil.move(source, target)
