"""Zip files of many makers: what is in them is listed, not unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tests.samples import prose
from tests.samples.packages import zipped
from tests.samples.sample import Maker, Needle, Sample

_WHEN = struct.pack("<HH", (7 << 11) | (8 << 5) | 5, (46 << 9) | (3 << 5) | 4)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive that is put together by hand.

    `claims`: the size it says it has. `packed`: stands there instead of what `data` packs to.
    """

    name: bytes
    data: bytes = b""
    flags: int = 0
    claims: int | None = None
    method: int = 8
    packed: bytes = b""


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def assembled(entries: Sequence[Entry], comment: bytes = b"") -> bytes:
    """A zip file byte by byte; nothing here asks whether it makes sense."""
    out, directory = bytearray(), bytearray()
    for entry in entries:
        packed = entry.packed or (deflated(entry.data) if entry.method == 8 else entry.data)
        size = len(entry.data) if entry.claims is None else entry.claims
        sizes = struct.pack("<III", zlib.crc32(entry.data), len(packed), size)
        is_late = entry.flags & 8
        common = struct.pack("<HHH", 20, entry.flags, entry.method) + _WHEN
        head = common + (bytes(12) if is_late else sizes) + struct.pack("<HH", len(entry.name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + sizes
        directory += struct.pack("<HHHHHII", len(entry.name), 0, 0, 0, 0, 0, len(out)) + entry.name
        out += b"PK\x03\x04" + head + entry.name + packed
        if is_late:
            out += b"PK\x07\x08" + sizes
    end = struct.pack(
        "<HHHHIIH",
        0,
        0,
        min(len(entries), 0xFFFF),
        min(len(entries), 0xFFFF),
        len(directory),
        len(out),
        len(comment),
    )
    return bytes(out + directory + b"PK\x05\x06" + end + comment)


def archive(data: bytes, *names: str, absent: tuple[str, ...] = (), name: str = "archive.zip") -> Sample:
    return Sample(name, data, tuple(Needle(entry) for entry in names), absent, media_type="application/zip")


def packed(parts: Mapping[str, str | bytes], *names: str, before: bytes = b"") -> Sample:
    return archive(zipped(parts, bytes_before=before), *(names or parts), absent=("never to be shown",))


def method(kind: int) -> Sample:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as made:
        for name in ("minutes.txt", "plans/ground floor.dwg"):
            made.writestr(
                zipfile.ZipInfo(name, (2026, 3, 4, 7, 8, 10)), prose.paragraph(1) + "never to be shown", kind
            )
    return archive(buffer.getvalue(), "minutes.txt", "plans/ground floor.dwg", absent=("never to be shown",))


def many(count: int) -> Sample:
    return packed(
        {f"photos/IMG_{n:04d}.jpg": b"\xff\xd8\xff" for n in range(count)},
        "photos/IMG_0000.jpg",
        f"photos/IMG_{count - 1:04d}.jpg",
    )


def locked() -> Sample:
    """Its files need a password, their names do not."""
    entries = [Entry(b"salaries.xlsx", b"\x17" * 300, flags=1), Entry(b"readme.txt", b"\x55" * 90, flags=1)]
    return archive(assembled(entries), "salaries.xlsx", "readme.txt")


def nested() -> Sample:
    inner = zipped({"secret plan.txt": "never to be shown"})
    return archive(
        zipped({"inner.zip": inner, "note.txt": "x"}, stored=("inner.zip",)),
        "inner.zip",
        "note.txt",
        absent=("secret plan.txt",),
    )


_NOTE = {"readme.txt": "never to be shown"}
_PROJECT = {"src/main.rs": "fn main() {}", "Cargo.toml": "[package]", "src/bin/tide.rs": "", "target/": ""}
_OFFICE = {"Angebote/2026/Müller & Söhne.pdf": b"%PDF", "Angebote/Liste.xlsx": b"PK"}

MAKERS: dict[str, Maker] = {
    "one file": partial(packed, _NOTE),
    "folders": partial(packed, _PROJECT, "src/main.rs", "src/bin/tide.rs", "Cargo.toml"),
    "names beyond ascii": partial(packed, _OFFICE),
    "japanese names": partial(packed, {"資料/見積書.txt": "1", "資料/図.png": b"\x89PNG"}),
    "not packed": partial(method, zipfile.ZIP_STORED),
    "deflate": partial(method, zipfile.ZIP_DEFLATED),
    "bzip2": partial(method, zipfile.ZIP_BZIP2),
    "lzma": partial(method, zipfile.ZIP_LZMA),
    "many": partial(many, 400),
    "locked": locked,
    "zip in zip": nested,
    "old names": lambda: archive(assembled([Entry("Größe.txt".encode("cp437"), b"x")]), "Größe.txt"),
    "utf-8 names": lambda: archive(
        assembled([Entry("Größe 2.txt".encode(), b"x", flags=0x800)]), "Größe 2.txt"
    ),
    "sizes after the data": lambda: archive(
        assembled([Entry(b"stream.log", b"never to be shown", flags=8)]),
        "stream.log",
        absent=("never to be shown",),
    ),
    "comment": lambda: archive(assembled([Entry(b"a.txt", b"1")], b"Made by the night job"), "a.txt"),
    "from windows": lambda: archive(assembled([Entry(b"Briefe\\Mai.doc", b"1")]), "Mai.doc"),
    "unpacks itself": partial(
        packed, {"setup/data1.cab": b"MSCF", "setup/setup.ini": "[x]"}, before=b"MZ" + bytes(3_000)
    ),
    "from a mac": partial(
        packed, {"Bilder/Strand.heic": b"1", "__MACOSX/Bilder/._Strand.heic": b"2"}, "Bilder/Strand.heic"
    ),
    "strange method": lambda: archive(assembled([Entry(b"zstd.bin", b"123", method=93)]), "zstd.bin"),
    "dates": lambda: archive(assembled([Entry(b"of 2026.txt", b"4")]), "of 2026.txt"),
    "empty files": partial(packed, {".gitkeep": "", "empty/.keep": "", "__init__.py": ""}),
    "long names": partial(packed, {"/".join(["folder"] * 30) + "/the very last.txt": "x"}),
}
