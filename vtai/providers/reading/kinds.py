"""Tells what a file is: its content first, its name only where several kinds look alike."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Literal

from vtai.core.errors import BadAttachment
from vtai.providers.reading.source import Source, damaged, locked, unread

FileKind = Literal[
    "pdf", "word", "sheets", "slides", "book", "opendocument", "archive", "rich_text", "database",
    "notebook", "mail", "html", "xml", "json", "table", "text",
]  # fmt: skip

_NAMES: dict[FileKind, str] = {
    "pdf": "a PDF",
    "word": "a Word document",
    "sheets": "a workbook",
    "slides": "a presentation",
    "book": "an e-book",
    "opendocument": "an OpenDocument text",
    "archive": "a ZIP archive",
    "rich_text": "rich text (RTF)",
    "database": "a SQLite database",
    "html": "a web page",
}
_SUFFIXES: dict[str, FileKind] = {
    ".pdf": "pdf",
    **dict.fromkeys((".docx", ".docm", ".dotx", ".doc"), "word"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods"), "sheets"),
    **dict.fromkeys((".pptx", ".pptm", ".potx", ".ppsx", ".ppt"), "slides"),
    ".epub": "book",
    **dict.fromkeys((".odt", ".ott", ".odp"), "opendocument"),
    ".rtf": "rich_text",
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".xml", ".xsd", ".rss", ".kml", ".gpx", ".svg"), "xml"),
    **dict.fromkeys((".json", ".geojson", ".webmanifest"), "json"),
    ".ipynb": "notebook",
    **dict.fromkeys((".eml", ".mht", ".mhtml"), "mail"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "table"),
    **dict.fromkeys((".txt", ".md", ".log"), "text"),
}
_TEXTUAL = frozenset({"notebook", "mail", "html", "xml", "json", "table", "text"})
_SAVE_AS_NEW = "Open it with the program it comes from, save it as {}, and attach that."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# What else can be told by its first bytes, why it is not read, and what to do.
_UNREAD: tuple[tuple[bytes, str, str], ...] = (
    (b"PAR1", "is a Parquet file, which is not read here", "Export it as CSV and attach that."),
    *(
        (magic, "is a packed file", "Unpack it and attach what is in it.")
        for magic in (
            b"\x1f\x8b",
            b"BZh",
            b"7z\xbc\xaf\x27\x1c",
            b"Rar!",
            b"\xfd7zXZ\x00",
            b"\x28\xb5\x2f\xfd",
        )
    ),
    *(
        (magic, "is a picture, not a document", "Attach it as a picture and ask what is in it.")
        for magic in (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
    ),
    *(
        (magic, "is a program, not a document", "Attach a document instead.")
        for magic in (b"\x7fELF", b"MZ\x90", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
    ),
    (b"RIFF", "is a picture, sound or film, not a document", "Attach a document instead."),
)
_OFFICE = (
    (re.compile(rb"(?:wordprocessingml|ms-word)[\w.]*\.main\+xml"), "word"),
    (re.compile(rb"(?:spreadsheetml|ms-excel)[\w.]*\.main"), "sheets"),
    (re.compile(rb"(?:presentationml|ms-powerpoint)[\w.]*\.main\+xml"), "slides"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_MAIL = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n")
_MAIL_HEADERS = re.compile(rb"^(?:from|to|subject|date|received|mime-version):", re.IGNORECASE | re.MULTILINE)


def told(source: Source) -> FileKind:
    """What the content is. Raises BadAttachment for what is not read, or is locked."""
    head = source.head
    if b"%PDF-" in head[:1_024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _packed(source)
    if head.startswith(_OLE):
        return _old_office(source)
    if head.startswith(b"{\\rtf"):
        return "rich_text"
    if head.startswith(b"SQLite format 3\x00"):
        return "database"
    if b"\x00" in head and zipfile.is_zipfile(source.path):
        return "archive"  # with something before it, such as the program that unpacks it
    for magic, what, hint in _UNREAD:
        if head.startswith(magic):
            raise unread(source.name, what, hint)
    return _textual(source)


def mismatch(source: Source, kind: FileKind) -> str | None:
    """A sentence where the name promises one thing and the content is another."""
    named = _SUFFIXES.get(source.suffix)
    if named is None or named == kind:
        return None
    if kind in _NAMES:
        return f"By its name {source.name} is something else: it holds {_NAMES[kind]} and was read as that."
    if named not in _TEXTUAL:
        return f"By its name {source.name} is something else: it holds plain text and was read as that."
    return None


def _packed(source: Source) -> FileKind:
    try:
        with zipfile.ZipFile(source.path) as package:
            names = set(package.namelist())
            if "[Content_Types].xml" in names:
                types = package.open("[Content_Types].xml").read(1_000_000)
                for pattern, kind in _OFFICE:
                    if pattern.search(types):
                        return kind  # type: ignore[return-value]  # the table holds these kinds only
            if "mimetype" in names:
                return _by_media_type(package.open("mimetype").read(200))
            if "META-INF/container.xml" in names:
                return "book"
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise damaged(source.name) from error
    return "archive"


def _by_media_type(said: bytes) -> FileKind:
    if b"epub" in said:
        return "book"
    if b"opendocument.spreadsheet" in said:
        return "sheets"
    if b"opendocument.text" in said or b"opendocument.presentation" in said:
        return "opendocument"
    return "archive"


def _old_office(source: Source) -> FileKind:
    """An OLE container: what is in it is known by the names of its streams."""
    content = source.path.read_bytes()

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if source.suffix == ".xls" and (holds("Workbook") or holds("Book")):
        return "sheets"
    if holds("EncryptedPackage"):
        raise locked(source.name)
    if holds("WordDocument"):
        raise _old(source, "is a Word document of the old kind (.doc)", "Word document (.docx) or PDF")
    if holds("PowerPoint Document"):
        raise _old(
            source, "is a presentation of the old kind (.ppt)", "PowerPoint presentation (.pptx) or PDF"
        )
    if holds("Workbook") or holds("Book"):
        return "sheets"
    if holds("__properties_version1.0"):
        raise _old(source, "is an Outlook message (.msg)", "an .eml file or PDF")
    raise _old(source, "is a document of an old Office kind", "a PDF")


def _old(source: Source, what: str, better: str) -> BadAttachment:
    return unread(source.name, f"{what}, which is not read here", _SAVE_AS_NEW.format(better))


def _textual(source: Source) -> FileKind:
    head = source.head.lstrip(b"\xef\xbb\xbf")
    by_name = _SUFFIXES.get(source.suffix)
    if _HTML.match(head):
        return "html"
    if by_name == "mail" or source.media_type == "message/rfc822" or _is_mail(head):
        return "mail"
    if by_name == "notebook":
        return "notebook" if _is_notebook(source) else "json"
    if by_name in _TEXTUAL:
        return by_name
    if by_name == "sheets":
        # Many programs write tab-separated text and call it .xls.
        return "table"
    return "xml" if head.startswith(b"<?xml") else "text"


def _is_mail(head: bytes) -> bool:
    found = _MAIL.match(head)
    return found is not None and len(_MAIL_HEADERS.findall(found[0])) > 2


def _is_notebook(source: Source) -> bool:
    try:
        notebook = json.loads(source.path.read_bytes())
        # Before the fourth version of the format the cells stood in worksheets.
        return any(isinstance(notebook.get(part), list) for part in ("cells", "worksheets"))
    except (ValueError, AttributeError, RecursionError):
        return False
