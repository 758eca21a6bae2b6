"""Files on their way: what people attached goes into a session, what code made comes out and is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vtai.core.code import CodeFile, SessionKey
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment
from vtai.providers.sandbox.engine import FileInfo, FileRefused, SandboxOptions, Session, SessionLost
from vtai.providers.sandbox.files import KeptFiles, clean_name, content, media_type, unlike

logger = logging.getLogger(__name__)

_MEGA = 1024 * 1024

# Which file it is, and in which state.
Stamp = tuple[Path, int, int]


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What came of a run's files."""

    files: tuple[CodeFile, ...] = ()
    notes: tuple[str, ...] = ()


class Exchange:
    """Moves files between sessions and the server."""

    def __init__(self, kept: KeptFiles, options: SandboxOptions) -> None:
        self._kept = kept
        self._options = options

    async def put_in(
        self,
        session: Session,
        key: SessionKey,
        files: Iterable[Attachment],
        there: dict[str, Stamp],
        code: str,
    ) -> list[str]:
        """Notes on what is there under another name, or not there.

        `there` is what the session has already; it is brought up to date. Raises BadAttachment for a file
        that cannot be put in and that the code asks for by its name; SessionLost.
        """
        notes = []
        for name, file in named(files).items():
            try:
                if await self._put(session, key, name, file, there) and name != file.name:
                    notes.append(f"{file.name} is there as {name}.")
            except BadAttachment as error:
                if file.name in code or name in code:
                    raise
                notes.append(error.message)
        return notes

    async def restore(self, session: Session, key: SessionKey) -> tuple[list[str], list[str]]:
        """The names of the files that code made earlier and that are back, and of those that are not.

        Raises SessionLost.
        """
        back, lost = [], []
        for file in self._kept.of(key):
            try:
                await session.put(file.name, content(file.path))
                back.append(clean_name(file.name))
            except FileRefused as error:
                logger.info("sandbox: a file was not restored: %s", error)
                lost.append(clean_name(file.name))
        return back, lost

    async def take_out(self, session: Session, key: SessionKey) -> TakenOut:
        """The files that the last run made, as many as fit."""
        files: list[CodeFile] = []
        notes: list[str] = []
        made = session.made
        for info in made[: self._options.made_files]:
            try:
                file = await self._taken(session, key, info, [file.name for file in files])
            except FileRefused as error:
                notes.append(f"{clean_name(info.name)} is not offered for download: {error}")
            except SessionLost:
                notes.append("The interpreter was lost while its files were taken out.")
                break
            else:
                files.append(file)
        if (left_out := len(made) - self._options.made_files) > 0:
            notes.append(
                f"{left_out} more files were made; at most {self._options.made_files} are taken out."
            )
        return TakenOut(tuple(files), tuple(notes))

    async def _put(
        self, session: Session, key: SessionKey, name: str, file: Attachment, there: dict[str, Stamp]
    ) -> bool:
        """Whether it was put in, and not there already."""
        stamp = await asyncio.to_thread(_stamp, file)
        if there.get(name) == stamp:
            return False
        if stamp[1] > self._options.file_bytes:
            raise BadAttachment(
                f"{file.name} is too large to work with: more than {self._options.file_bytes // _MEGA} MB.",
                "Send a part of it.",
            )
        try:
            await session.put(name, content(file.path, stamp[1]))
        except FileRefused as error:
            raise BadAttachment(
                f"{file.name} cannot be put where code runs: {error}",
                "Send a smaller file, or fewer of them.",
            ) from error
        there[name] = stamp
        # What code made of an older file of this name is not to come back over the new one.
        await self._kept.drop(key, name)
        return True

    async def _taken(self, session: Session, key: SessionKey, info: FileInfo, taken: list[str]) -> CodeFile:
        """Raises FileRefused, SessionLost."""
        most = self._options.made_file_bytes
        if info.size_bytes > most:
            raise FileRefused(f"it is larger than {most // _MEGA} MB.")
        data = await session.get(info.name, most)
        if not await self._kept.keep(key, info.name, data):
            raise FileRefused(
                f"this chat's files would be larger than {self._options.kept_bytes // _MEGA} MB together."
            )
        name = unlike(clean_name(info.name), taken)
        return CodeFile(name, media_type(name, data), data)


def named(files: Iterable[Attachment]) -> Mapping[str, Attachment]:
    """The files by the names that they have in the session's folder."""
    found: dict[str, Attachment] = {}
    for file in files:
        found[unlike(clean_name(file.name), tuple(found))] = file
    return found


def _stamp(file: Attachment) -> Stamp:
    try:
        found = file.path.stat()
    except OSError as error:
        raise BadAttachment(f"{file.name} is not there any more.", "Attach it again.") from error
    return file.path, found.st_size, found.st_mtime_ns
