"""Reads e-mails (EML, MHT). Attachments are listed; those that are text are read as well."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from itertools import islice

from vtai.core.documents import Passage
from vtai.providers.reading import markup
from vtai.providers.reading.encodings import decoded
from vtai.providers.reading.source import Note, Piece, Source
from vtai.providers.reading.splitting import cut, of_lines

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 500
_MOST_BYTES = 50_000_000


def read(source: Source) -> Iterator[Piece]:
    with source.path.open("rb") as file:
        raw = file.read(_MOST_BYTES)
    if source.size_bytes > len(raw):
        yield Note(f"Only the first {_MOST_BYTES // 1_000_000} MB of the message were looked at.")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    yield from _message(message, "")


def _message(message: EmailMessage, where: str) -> Iterator[Piece]:
    yield from (Passage(f"{where}headers", part) for part in cut("\n".join(_headers(message))))
    parts = list(islice(_parts(message), _MOST_PARTS + 1))
    if len(parts) > _MOST_PARTS:
        yield Note(f"Only the first {_MOST_PARTS} parts of the message were read.")
    parts = parts[:_MOST_PARTS]
    yield from (Passage(f"{where}body", part) for part in cut(_body(parts)))
    for attached in (part for part in parts if _is_attached(part)):
        yield from _attached(attached)


def _headers(message: EmailMessage) -> Iterator[str]:
    for name in _HEADERS:
        try:
            value = message.get(name)
        except (ValueError, IndexError, AttributeError, TypeError):
            # A header that is not as it should be: as it stands.
            value = dict(message.raw_items()).get(name)
        if value:
            yield f"{name}: {' '.join(str(value).split())}"
    if names := [_name(part) for part in islice(_parts(message), _MOST_PARTS) if _is_attached(part)]:
        yield f"Attachments: {', '.join(names)}"


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that are no containers, in order; a message within stays whole. Without recursion."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting.extend(reversed([one for one in inner if isinstance(one, EmailMessage)]))
        else:
            yield part


def _is_attached(part: EmailMessage) -> bool:
    is_text = part.get_content_type() in ("text/plain", "text/html")
    return part.get_content_disposition() == "attachment" or not is_text or part.get_filename() is not None


def _name(part: EmailMessage) -> str:
    if part.get_content_type() == "message/rfc822":
        return part.get_filename() or "a forwarded message"
    return part.get_filename() or f"without a name ({part.get_content_type()})"


def _body(parts: list[EmailMessage]) -> str:
    """The plain text, or the page where there is none."""
    texts = {"text/plain": list[str](), "text/html": list[str]()}
    for part in parts:
        if not _is_attached(part):
            texts[part.get_content_type()].append(_text(part))
    if any(text.strip() for text in texts["text/plain"]):
        return "\n\n".join(texts["text/plain"])
    return "\n\n".join(map(markup.plain, texts["text/html"]))


def _attached(part: EmailMessage) -> Iterator[Piece]:
    name = _name(part)
    inner = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
        first = inner[0]
        if isinstance(first, EmailMessage):
            text = "\n".join([*_headers(first), "", _body(list(_parts(first)))])
            yield from (Passage(f"attachment {name}", piece) for piece in cut(text))
    elif part.get_content_type() == "text/html":
        yield from (Passage(f"attachment {name}", piece) for piece in cut(markup.plain(_text(part))))
    elif part.get_content_maintype() == "text":
        yield from of_lines(_text(part).split("\n"), f"attachment {name}, ")
    else:
        yield Note(f"The attachment {name} was not read; attach it by itself to ask about it.")


def _text(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return str(part.get_payload())
    try:
        return raw.decode(part.get_content_charset() or "utf-8").replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError):
        return decoded(raw) or ""
