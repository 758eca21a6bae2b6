"""Files that hold plain text, read into a message. Knows no format but text; says so of the others."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from vtai import prompts
from vtai.core.errors import BadAttachment
from vtai.core.events import Notice
from vtai.core.messages import Attachment

# What is read of a file at most; one token is a byte or more, so no context holds much more than this.
_MAX_BYTES = 4_000_000

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Formats that decode as text here and there, or altogether, and yet are not to be read as text.
_NOT_TEXT = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format", b"{\\rtf", b"PAR1", b"\x1f\x8b")


@dataclass(frozen=True, slots=True)
class FileTexts:
    """The files' texts as one block for a message, which of them were left out, and what to tell about it."""

    block: str = ""
    unread: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


async def read(attachments: Sequence[Attachment], max_characters: int) -> FileTexts:
    """The text files among the attachments, together at most `max_characters`; pictures are passed over.

    Raises BadAttachment for a file that is no longer there.
    """
    blocks: list[str] = []
    unread: list[str] = []
    cut: list[str] = []
    for attachment in attachments:
        if attachment.kind == "image":
            continue
        text = await asyncio.to_thread(_decoded, attachment, max_characters + 1)
        if text is None:
            unread.append(attachment.name)
            continue
        if len(text) > max_characters or attachment.size_bytes > _MAX_BYTES:
            cut.append(attachment.name)
        text = text[:max_characters]
        max_characters -= len(text)
        blocks.append(_block(attachment.name, text))
    return FileTexts("\n\n".join(blocks), tuple(unread), tuple(_notices(unread, cut)))


async def contents(attachments: Sequence[Attachment], max_characters: int) -> str:
    """The bare text of the text files among the attachments. Raises BadAttachment as `read`."""
    texts = [await asyncio.to_thread(_decoded, attachment, max_characters) for attachment in attachments]
    return "\n\n".join(text for text in texts if text)[:max_characters]


def _notices(unread: Sequence[str], cut: Sequence[str]) -> list[Notice]:
    notices = []
    if unread:
        names = ", ".join(unread)
        notices.append(Notice("unread", f"Not read: {names}. Only plain text files can be read here yet."))
    if cut:
        names = ", ".join(cut)
        notices.append(Notice("cut", f"Only the beginning was read, the model takes no more: {names}."))
    return notices


def _decoded(attachment: Attachment, max_characters: int) -> str | None:
    """The text of a file, or None for one that is not plain text."""
    try:
        with attachment.path.open("rb") as file:
            data = file.read(min(_MAX_BYTES, max_characters * 4 + 4))
    except OSError as error:
        raise BadAttachment(f"{attachment.name} is no longer there.", "Attach it again.") from error
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if encoding is not None:
        return data.decode(encoding, errors="replace")
    if data.startswith(_NOT_TEXT) or b"\0" in data or attachment.kind in {"audio", "video"}:
        return None
    return _utf8(data) or data.decode("cp1252", errors="replace")


def _utf8(data: bytes) -> str | None:
    """The text, also when the last character is cut in two; None when it is not UTF-8."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return None


def _block(name: str, text: str) -> str:
    """The text between marks that it cannot close itself."""
    plain_name = "".join(" " if character in '"<>\r\n' else character for character in name)
    return prompts.render("file", name=plain_name, content=text.replace("</file>", "</ file>"))
