"""Text that is too long, too deep, too wide or too tangled; files that are not what they say; locked ones."""

from __future__ import annotations

import io
import json
import random
import struct
from pathlib import Path

from tests.samples import pdfs_fpdf
from tests.samples.archives import Entry, assembled
from tests.samples.kinds import KINDS
from tests.samples.trouble import Trouble, saved

_GIGABYTE = 1_000_000_000


def sparse_table(path: Path) -> None:
    """A table of a gigabyte that is nothing but its head."""
    with path.open("wb") as file:
        file.write(b"id,name\n" + b"".join(b"%d,name %d\n" % (n, n) for n in range(1_000)))
        file.truncate(_GIGABYTE)


def written_table(path: Path) -> None:
    """200 MB of rows."""
    block = b"".join(b"%d,name %d,%d.5\n" % (n, n, n * 7) for n in range(40_000))
    with path.open("wb") as file:
        file.write(b"id,name,amount\n")
        for _ in range(200_000_000 // len(block)):
            file.write(block)


def long_line(size: int = 100_000_000) -> bytes:
    return b"id,name\n1," + b"x" * size + b"\n2,end\n"


def long_quoted_cell() -> bytes:
    """A quotation mark that is never closed."""
    return b'id,name\n1,"' + b"word\n" * 4_000_000


def wide_row() -> bytes:
    return b",".join(b"c%d" % n for n in range(2_000_000)) + b"\n" + b"1," * 2_000_000


def anchors() -> bytes:
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines).encode()


def heavy_notebook() -> bytes:
    """One cell printed fifty megabytes."""
    output = {"output_type": "stream", "name": "stdout", "text": "line of output\n" * 3_500_000}
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "run()", "outputs": [output]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def deep_notebook() -> bytes:
    deep = "[" * 50_000 + "]" * 50_000
    return f'{{"cells": [], "metadata": {{"x": {deep}}}, "nbformat": 4, "nbformat_minor": 5}}'.encode()


_MAIL = "From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n"


def nested_mail(depth: int = 5_000) -> bytes:
    """Parts in parts, five thousand deep."""
    text = _MAIL + "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth)
    )
    return (text + "Content-Type: text/plain\n\ninnermost\n").encode()


def forwarded_mail(depth: int = 5_000) -> bytes:
    return ("Content-Type: message/rfc822\nSubject: again\n\n" * depth + "Subject: end\n\ninnermost").encode()


def many_parts(count: int = 100_000) -> bytes:
    return (
        _MAIL + 'Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\n\nx\n" * count + "--b--\n"
    ).encode()


def endless_boundary() -> bytes:
    boundary = "b" * 70
    return (
        _MAIL + f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n' + f"--{boundary}" * 200_000
    ).encode()


def long_heads() -> bytes:
    lines = "".join(
        f"Received: from a{n}.example.org by b; =?utf-8?q?{'=41' * 50}?=\n" for n in range(20_000)
    )
    return (_MAIL + lines + "To: " + "x@example.org, " * 200_000 + "\n\nwords").encode()


def office_lock(_: str = "") -> bytes:
    """The container that Office puts a locked file into: an old kind of file system with two files in it."""
    sector, fat_end, free, fat_mark = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    head = (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 0, fat_end, 0, fat_end, 0)
    head += struct.pack("<I", 0) + struct.pack("<I", free) * 108

    def entry(
        name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF, after: int = 0xFFFFFFFF
    ) -> bytes:
        written = name.encode("utf-16-le")
        record = written.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(written) + 2, kind, 1, free, after, child
        )
        return record + bytes(36) + struct.pack("<IQ", start, size)

    secret = random.Random(7).randbytes(8 * sector)
    table = struct.pack("<II", fat_mark, fat_end) + struct.pack("<8I", *range(3, 10), fat_end)
    table += struct.pack("<8I", *range(11, 18), fat_end)
    names = entry("Root Entry", 5, fat_end, 0, child=1) + entry(
        "EncryptedPackage", 2, 2, len(secret), after=2
    )
    names += entry("EncryptionInfo", 2, 10, len(secret)) + bytes(128)
    return head + table.ljust(sector, b"\xff") + names + secret + secret


def locked_archive() -> bytes:
    return assembled([Entry(b"report.docx", b"\x17" * 900, flags=1)])


def locked_letter() -> bytes:
    """A letter whose parts are locked one by one, as no program of today does."""
    names = (b"[Content_Types].xml", b"_rels/.rels", b"word/document.xml")
    return assembled([Entry(name, b"\x17" * 300, flags=1) for name in names])


def png() -> bytes:

    buffer = io.BytesIO()
    pdfs_fpdf.picture("no PDF").save(buffer, "PNG")
    return buffer.getvalue()


SUFFIXES = {"code": "py"}
EMPTY = {kind: Trouble(f"empty.{SUFFIXES.get(kind, kind)}", saved(bytes), "empty") for kind in KINDS}
NOISE = {
    kind: Trouble(
        f"noise.{SUFFIXES.get(kind, kind)}", saved(lambda kind=kind: random.Random(kind).randbytes(200_000))
    )
    for kind in KINDS
}

TROUBLES: dict[str, Trouble] = {
    "a gigabyte of table, mostly holes": Trouble("huge.csv", sparse_table),
    "one line of 100 MB": Trouble("line.csv", saved(long_line)),
    "a line of 100 MB in a log": Trouble("line.log", saved(long_line)),
    "a cell without end": Trouble("cell.csv", saved(long_quoted_cell)),
    "two million columns": Trouble("wide.csv", saved(wide_row)),
    "deep json": Trouble("deep.json", saved(lambda: b"[" * 100_000 + b"]" * 100_000)),
    "deep json of names": Trouble("deep.json", saved(lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000)),
    "deep json without end": Trouble("open.json", saved(lambda: b"[" * 5_000_000)),
    "a number of a million digits": Trouble(
        "number.json", saved(lambda: b'{"n": ' + b"9" * 1_000_000 + b"}")
    ),
    "anchors that multiply": Trouble("lol.yaml", saved(anchors)),
    "deep yaml": Trouble("deep.yaml", saved(lambda: b"[" * 100_000)),
    "heavy notebook": Trouble("heavy.ipynb", saved(heavy_notebook)),
    "deep notebook": Trouble("deep.ipynb", saved(deep_notebook)),
    "parts in parts": Trouble("deep.eml", saved(nested_mail)),
    "mails in mails": Trouble("forwarded.eml", saved(forwarded_mail)),
    "100,000 parts": Trouble("parts.eml", saved(many_parts)),
    "boundary without end": Trouble("boundary.eml", saved(endless_boundary)),
    "long heads": Trouble("heads.eml", saved(long_heads)),
    "locked workbook": Trouble("locked.xlsx", saved(office_lock), "password"),
    "locked letter": Trouble("locked.docx", saved(office_lock), "password"),
    "locked talk": Trouble("locked.pptx", saved(office_lock), "password"),
    "locked archive": Trouble("locked.zip", saved(locked_archive), "password|not unpacked"),
    "letter locked part by part": Trouble("parts.docx", saved(locked_letter)),
    "picture called pdf": Trouble("photo.pdf", saved(png)),
    "text called docx": Trouble("plain.docx", saved(lambda: b"just words, no letter")),
    "zeros called pdf": Trouble("zeros.pdf", saved(bytes, 5_000_000)),
    "zeros called txt": Trouble("zeros.txt", saved(bytes, 5_000_000)),
}
