"""Which files are taken, and as what: by name, by what their sender says, and by their first bytes."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import Final

from vtai.core import sniff
from vtai.core.messages import kind_of

# What the content of a file must prove, where its kind does not say it all.
_PROOFS: dict[str, frozenset[str]] = {
    ".pdf": frozenset({"application/pdf"}),
    **dict.fromkeys(
        (".docx", ".pptx", ".epub", ".odt", ".xlsx", ".ods", ".zip"), frozenset({"application/zip"})
    ),
    ".xls": frozenset({"application/x-ole-storage", "application/zip"}),
    ".rtf": frozenset({"application/rtf"}),
    ".parquet": frozenset({"application/vnd.apache.parquet"}),
    **dict.fromkeys((".sqlite", ".db"), frozenset({"application/vnd.sqlite3"})),
    ".svg": frozenset({"text/plain"}),
}
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_RUN_BY_BROWSERS = ("script", "html", "xml")
HINT: Final = (
    "Pictures, sound, video, text, source code, tables, PDF, office files, e-books, e-mails and ZIP archives "
    "can be sent."
)


def proven(name: str, claimed: str, head: bytes) -> str | None:
    """The media type by name, claim and first bytes of a file; None to refuse it."""
    found = sniff.kind(head)
    suffix, claimed = Path(name).suffix.lower(), claimed.partition(";")[0].strip().lower()
    if found is None:
        return None
    if (proofs := _PROOFS.get(suffix)) is not None:
        if found not in proofs:
            return None
        return "image/svg+xml" if suffix == ".svg" else _named(suffix, found)
    family = found.partition("/")[0]
    match kind_of(name, claimed):
        case "image":
            return found if family == "image" else None
        case "audio" | "video" as kind:
            if family not in {"audio", "video"}:
                return None
            # One container holds both; the recorder of a browser says which.
            is_claimed = _is_type(claimed, "audio", "video")
            return claimed if is_claimed else f"{kind}/{found.partition('/')[2]}"
        case "text" | "data" | "document" | "other":
            return _text_type(claimed) if sniff.is_text(head) else None


def _text_type(claimed: str) -> str:
    """Text keeps what it is called, but for what a browser would run."""
    is_text = _is_type(claimed, "text") and not any(word in claimed for word in _RUN_BY_BROWSERS)
    return claimed if is_text or claimed == "application/json" else "text/plain"


def _is_type(claimed: str, *families: str) -> bool:
    """Whether a claim is a well-formed media type of one of the families."""
    return _TYPE.fullmatch(claimed) is not None and claimed.partition("/")[0] in families


def _named(suffix: str, found: str) -> str:
    return mimetypes.guess_type(f"file{suffix}")[0] or found


def clean(name: str) -> str:
    """A file name without folders and control characters, no longer than file systems allow."""
    # Browsers write a quotation mark in a name so.
    last = name.replace("%22", '"').replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '"<>|').strip(". ")
    return kept[-120:] or "file"
