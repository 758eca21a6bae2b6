"""PDF put together by hand: the layouts that no library here writes, and files that no library should."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from tests.samples import prose
from tests.samples.sample import Maker, Needle, Sample

Objects = Mapping[int, bytes]

_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def stream(data: bytes, entries: str = "", pack: bool = False) -> bytes:
    if pack:
        data, entries = zlib.compress(data, 9), f"{entries} /Filter /FlateDecode"
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def words(texts: list[str]) -> bytes:
    """What draws lines of text, from the top."""
    shown = "\n".join(f"({text}) Tj T*" for text in texts)
    return f"BT /F1 11 Tf 14 TL 60 780 Td\n{shown}\nET".encode("cp1252")


def document(pages: list[bytes], more: str = "") -> dict[int, bytes]:
    """The objects of a file with these contents; 1 is the catalogue, 2 the pages, 3 the font."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for n, content in enumerate(pages):
        objects[4 + 2 * n] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * n} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> {more} >>"
        ).encode()
        objects[5 + 2 * n] = stream(content, pack=True)
    return objects


def body(objects: Objects, start: int) -> tuple[bytes, dict[int, int]]:
    """The objects one after the other, and where each begins."""
    out, offsets = bytearray(), {}
    for number, content in objects.items():
        offsets[number] = start + len(out)
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    return bytes(out), offsets


def table(offsets: Mapping[int, int], trailer: str, has_free: bool = True) -> bytes:
    """A table of objects with a part for each of them."""
    out = b"xref\n" + (b"0 1\n0000000000 65535 f \n" if has_free else b"")
    for number, offset in offsets.items():
        out += f"{number} 1\n{offset:010d} 00000 n \n".encode()
    return out + f"trailer\n<< {trailer} >>\n".encode()


def classic(objects: Objects, more: str = "") -> bytes:
    content, offsets = body(objects, len(_HEAD))
    end = table(offsets, f"/Size {max(objects) + 1} /Root 1 0 R {more}")
    place = len(_HEAD) + len(content)
    return _HEAD + content + end + f"startxref\n{place}\n%%EOF\n".encode()


def packed(objects: Objects) -> bytes:
    """Objects inside a packed stream and a packed table, as PDF 1.5 and later have them."""
    loose = {number: content for number, content in objects.items() if b"endstream" in content}
    held = {number: content for number, content in objects.items() if number not in loose}
    holder, index = max(objects) + 1, max(objects) + 2
    parts, heads = b"", []
    for number, content in held.items():
        heads.append(f"{number} {len(parts)}")
        parts += content + b"\n"
    first = " ".join(heads).encode() + b"\n"
    entries = f"/Type /ObjStm /N {len(held)} /First {len(first)}"
    content, offsets = body({**loose, holder: stream(first + parts, entries, pack=True)}, len(_HEAD))
    place = len(_HEAD) + len(content)
    rows = bytearray()
    for number in range(index + 1):
        if number in held:
            rows += bytes([2]) + holder.to_bytes(4, "big") + list(held).index(number).to_bytes(2, "big")
        elif number == 0:
            rows += bytes(5) + b"\xff\xff"
        else:
            rows += bytes([1]) + offsets.get(number, place).to_bytes(4, "big") + bytes(2)
    entries = f"/Type /XRef /Size {index + 1} /W [1 4 2] /Root 1 0 R"
    end, _ = body({index: stream(bytes(rows), entries, pack=True)}, place)
    return _HEAD + content + end + f"startxref\n{place}\n%%EOF\n".encode()


def changed(objects: Objects, newer: Objects) -> bytes:
    """A file to which a later version of some objects was added at the end."""
    old = classic(objects)
    before = int(old.rsplit(b"startxref\n", 1)[1].split()[0])
    content, offsets = body(newer, len(old))
    end = table(offsets, f"/Size {max(objects) + 1} /Root 1 0 R /Prev {before}", has_free=False)
    return old + content + end + f"startxref\n{len(old) + len(content)}\n%%EOF\n".encode()


def for_the_web(objects: Objects) -> bytes:
    """Linearised: what the first page needs stands at the front, with a table of its own."""
    own = max(objects) + 1
    first = {number: objects[number] for number in (1, 3, 4, 5)}
    rest = {number: content for number, content in objects.items() if number not in first}
    lengths = dict.fromkeys(("L", "E", "T"), 0)
    while True:
        entries = " ".join(f"/{name} {value:010d}" for name, value in lengths.items())
        head = f"<< /Linearized 1 {entries} /N {(len(objects) - 3) // 2} /O 4 /H [0 0] >>".encode()
        lead, at_lead = body({own: head}, len(_HEAD))
        place = len(_HEAD) + len(lead)
        trailer = f"/Size {own + 1} /Root 1 0 R /Prev {lengths['T']:010d}"
        size = len(table({**at_lead, **dict.fromkeys(first, 0)}, trailer, has_free=False)) + len(
            b"startxref\n0\n%%EOF\n"
        )
        front, at_front = body(first, place + size)
        back, at_back = body(rest, place + size + len(front))
        known = {"E": place + size + len(front), "T": place + size + len(front) + len(back)}
        top = table({**at_lead, **at_front}, trailer, has_free=False) + b"startxref\n0\n%%EOF\n"
        bottom = table(at_back, f"/Size {own + 1}") + f"startxref\n{place}\n%%EOF\n".encode()
        whole = _HEAD + lead + top + front + back + bottom
        known["L"] = len(whole)
        if known == lengths:
            return whole
        lengths = {name: known[name] for name in lengths}


def _pages(fact: str, page: int, count: int) -> dict[int, bytes]:
    texts = [prose.sentences(number, 25) for number in range(1, count + 1)]
    texts[page - 1][12] = fact
    return document([words(text) for text in texts])


def sample(name: str, data: bytes, fact: str, page: int) -> Sample:
    return Sample(name, data, (Needle(fact, rf"\bpages? {page}\b"),), media_type="application/pdf")


def packed_file() -> Sample:
    fact = "The quorum is nineteen members."
    return sample("statutes.pdf", packed(_pages(fact, 6, 7)), fact, 6)


def web_file() -> Sample:
    fact = "The gate closes at 16:25."
    return sample("boarding.pdf", for_the_web(_pages(fact, 4, 5)), fact, 4)


def edited_file() -> Sample:
    """The old wording is still in the file but no longer shown."""
    old, new = "The fee is 100 crowns.", "The fee is 175 crowns."
    objects = _pages(old, 2, 3)
    newer = {7: stream(words([new]), pack=True)}
    made = sample("fees.pdf", changed(objects, newer), new, 2)
    return Sample(made.name, made.data, made.needles, absent=(old,), media_type=made.media_type)


MAKERS: dict[str, Maker] = {
    "objects packed": packed_file,
    "linearised": web_file,
    "changed later": edited_file,
}
