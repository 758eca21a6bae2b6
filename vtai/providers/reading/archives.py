"""Lists what is in a ZIP archive. Nothing is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from vtai.providers.reading.source import Note, Piece, Source, damaged
from vtai.providers.reading.splitting import of_blocks

_IS_LOCKED = 0x1


def read(source: Source) -> Iterator[Piece]:
    try:
        with zipfile.ZipFile(source.path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise damaged(source.name) from error
    files = [member for member in members if not member.is_dir()]
    size = sum(member.file_size for member in files)
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    summary = f"ZIP archive with {count}, {_size(size)} when unpacked:"
    shown = files[: source.limits.entries]
    yield from of_blocks(("list of files", text) for text in (summary, *map(_line, shown)))
    yield Note("It was not unpacked: only names and sizes are known. Attach single files to have them read.")
    if len(files) > len(shown):
        yield Note(f"The list shows {len(shown):,} of {len(files):,} files.")


def _line(member: zipfile.ZipInfo) -> str:
    locked = ", locked with a password" if member.flag_bits & _IS_LOCKED else ""
    name = "".join(character if character.isprintable() else "?" for character in member.filename)
    return f"- {name} ({_size(member.file_size)}{locked})"


def _size(size: int) -> str:
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_:
            return f"{size / bytes_:,.1f} {unit}"
    return f"{size} bytes"
