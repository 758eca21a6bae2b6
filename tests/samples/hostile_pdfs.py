"""PDF that goes round in circles, swells, reaches out or does not let itself be read."""

from __future__ import annotations

import zlib

from tests.samples import rawpdf
from tests.samples.trouble import Trouble, saved

_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /"
    b"Resources << /Font << /F1 3 0 R >> >> >>"
)


def _one(content: bytes, **changed: bytes) -> dict[int, bytes]:
    """The objects of a page with this content; `changed`: other objects, as o4."""
    objects = rawpdf.document([content])
    return {**objects, **{int(name[1:]): data for name, data in changed.items()}}


def many_pages(count: int = 10_000) -> bytes:
    return rawpdf.classic(
        rawpdf.document([rawpdf.words([f"Page {n} of very many"]) for n in range(1, count + 1)])
    )


def shared_pages(count: int = 200_000) -> bytes:
    """One page, listed again and again."""
    kids = b"4 0 R " * count
    return rawpdf.classic(
        _one(rawpdf.words(["again"]), o2=b"<< /Type /Pages /Kids [" + kids + f"] /Count {count} >>".encode())
    )


def drawing_in_itself() -> bytes:
    """A drawing that draws itself twice."""
    form = rawpdf.stream(
        b"/X Do /X Do",
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
    )
    page = _PAGE.replace(b"/Font", b"/XObject << /X 6 0 R >> /Font")
    return rawpdf.classic(_one(rawpdf.words(["before"]) + b" /X Do", o4=page, o6=form))


def drawings_in_drawings(levels: int = 30) -> bytes:
    """Each drawing draws the next one ten times, thirty deep."""
    objects = _one(b"/X Do", o4=_PAGE.replace(b"/Font", b"/XObject << /X 6 0 R >> /Font"))
    for level in range(levels):
        entries = (
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X "
            f"{7 + level} 0 R >> >>"
        )
        objects[6 + level] = rawpdf.stream(b"/X Do " * 10, entries)
    objects[6 + levels] = rawpdf.stream(rawpdf.words(["x"]), "/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return rawpdf.classic(objects)


def huge_page() -> bytes:
    page = _PAGE.replace(b"595 842", b"99999999 99999999")
    return rawpdf.classic(_one(rawpdf.words(["on a very large sheet"]), o4=page))


def huge_empty_page() -> bytes:
    """Nothing but room: a reader that takes it for a scan would paint it."""
    return rawpdf.classic(_one(b"", o4=_PAGE.replace(b"595 842", b"99999999 99999999")))


def tree_in_circles() -> bytes:
    return rawpdf.classic(_one(b"", o2=b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 100000000 >>"))


def false_count() -> bytes:
    return rawpdf.classic(
        _one(rawpdf.words(["one page"]), o2=b"<< /Type /Pages /Kids [4 0 R] /Count 2147483647 >>")
    )


def _bomb(unit: bytes, megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    whole = unit * (1_048_576 // len(unit))
    start = packer.compress(whole) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(whole) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + again * (megabytes - 1) + packer.flush()


def packed_content(unit: bytes = b"( ) Tj ", megabytes: int = 1_024) -> bytes:
    """A page whose drawing unpacks to a thousand million bytes."""
    data = _bomb(unit, megabytes)
    content = f"<< /Filter /FlateDecode /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
    return rawpdf.classic(_one(b"", o5=content))


def packed_twice() -> bytes:
    """Packed, and packed again."""
    data = zlib.compress(_bomb(b" " * 64, 4_096), 9)
    content = (
        f"<< /Filter [/FlateDecode /FlateDecode] /Length {len(data)} >>\nstream\n".encode()
        + data
        + b"\nendstream"
    )
    return rawpdf.classic(_one(b"", o5=content))


def packed_objects() -> bytes:
    """A stream of objects that unpacks to 512 MB."""
    data = _bomb(b"9 0 " * 16, 512)
    entries = f"/Type /ObjStm /N 1000000 /First 8 /Filter /FlateDecode /Length {len(data)}"
    return rawpdf.classic(
        _one(b"", o6=f"<< {entries} >>\nstream\n".encode() + data + b"\nendstream"), "/Extends 6 0 R"
    )


def huge_picture() -> bytes:
    """A picture of 60,000 by 60,000 points in a few kilobytes."""
    data = _bomb(bytes(1_024), 3_500)
    entries = (
        "/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /"
        "DeviceGray /BitsPerComponent 8"
    )
    picture = (
        f"<< {entries} /Filter /FlateDecode /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
    )
    page = _PAGE.replace(b"/Font", b"/XObject << /X 6 0 R >> /Font")
    return rawpdf.classic(_one(b"595 0 0 842 0 0 cm /X Do", o4=page, o6=picture))


def brackets(count: int = 1_000_000) -> bytes:
    return rawpdf.classic(_one(b"[" * count + b"] TJ"))


def nested_values(count: int = 500_000) -> bytes:
    return rawpdf.classic(
        _one(
            rawpdf.words(["x"]),
            o6=b"[" * count + b"]" * count,
            o1=b"<< /Type /Catalog /Pages 2 0 R /Names 6 0 R >>",
        )
    )


def tables_in_circles() -> bytes:
    """The table of objects names itself as the one before."""
    good = rawpdf.classic(_one(rawpdf.words(["x"])))
    place = int(good.rsplit(b"startxref\n", 1)[1].split()[0])
    return good.replace(b"/Root 1 0 R", f"/Root 1 0 R /Prev {place}".encode())


def bookmarks_in_circles() -> bytes:
    item = b"<< /Title (again) /Parent 6 0 R /Next 7 0 R /First 7 0 R /Prev 7 0 R >>"
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
    return rawpdf.classic(
        _one(rawpdf.words(["x"]), o1=catalogue, o6=b"<< /First 7 0 R /Last 7 0 R /Count 9 >>", o7=item)
    )


def fields_in_circles() -> bytes:
    """A form whose field is its own parent and child."""
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>"
    field = b"<< /T (a) /FT /Tx /V (1) /Kids [6 0 R 6 0 R] /Parent 6 0 R /Subtype /Widget /Rect [0 0 9 9] >>"
    return rawpdf.classic(
        _one(
            rawpdf.words(["x"]),
            o1=catalogue,
            o4=_PAGE.replace(b"/Contents", b"/Annots [6 0 R] /Contents"),
            o6=field,
        )
    )


def calling(address: str) -> bytes:
    """What runs, opens, sends and loads when a viewer allows it."""
    acts = (
        f"/OpenAction << /S /URI /URI ({address}/open) /Next << /S /JavaScript /JS "
        f"(app.launchURL\\('{address}/js'\\)) >> >>"
    )
    catalogue = (
        f"<< /Type /Catalog /Pages 2 0 R {acts} /AA << /WC << /S /SubmitForm /F ({address}/form) >> >> >>"
    ).encode()
    content = f"<< /F << /FS /URL /F ({address}/content) >> /Length 0 >>\nstream\n\nendstream".encode()
    page = _PAGE.replace(b"/Contents 5 0 R", b"/Contents [5 0 R 6 0 R]")
    return rawpdf.classic(_one(rawpdf.words(["words"]), o1=catalogue, o4=page, o6=content))


def locked(method: str = "AES-256") -> bytes:
    from tests.samples import pdfs_fpdf

    pdf = pdfs_fpdf.sheet()
    pdf.set_encryption(owner_password="boss", user_password="open sesame", encryption_method=method)
    pdf.add_page()
    pdfs_fpdf.say(pdf, "for few eyes")
    return bytes(pdf.output())


TROUBLES: dict[str, Trouble] = {
    "10,000 pages": Trouble("long.pdf", saved(many_pages), "1,000 of 10,000 pages"),
    "one page 200,000 times": Trouble("again.pdf", saved(shared_pages)),
    "drawing in itself": Trouble("self.pdf", saved(drawing_in_itself)),
    "drawings in drawings": Trouble("drawings.pdf", saved(drawings_in_drawings)),
    "huge page": Trouble("wall.pdf", saved(huge_page)),
    "huge empty page": Trouble("wall.pdf", saved(huge_empty_page)),
    "pages in circles": Trouble("circle.pdf", saved(tree_in_circles)),
    "false number of pages": Trouble("count.pdf", saved(false_count)),
    "packed content": Trouble("swell.pdf", saved(packed_content)),
    "packed words": Trouble("words.pdf", saved(packed_content, b"(ha) Tj ", 256)),
    "packed twice": Trouble("twice.pdf", saved(packed_twice)),
    "packed objects": Trouble("objects.pdf", saved(packed_objects)),
    "huge picture": Trouble("picture.pdf", saved(huge_picture)),
    "a million brackets": Trouble("brackets.pdf", saved(brackets)),
    "nested values": Trouble("values.pdf", saved(nested_values)),
    "tables in circles": Trouble("tables.pdf", saved(tables_in_circles)),
    "bookmarks in circles": Trouble("bookmarks.pdf", saved(bookmarks_in_circles)),
    "fields in circles": Trouble("fields.pdf", saved(fields_in_circles)),
    "locked": Trouble("locked.pdf", saved(locked), "password"),
    "locked, old way": Trouble("locked.pdf", saved(locked, "RC4"), "password"),
}
