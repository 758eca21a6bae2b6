"""The files that came with a message or go into one. Their content was checked when they were uploaded."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment, Kind, known_suffixes

_MEGABYTE = 1_000_000
# The pictures that browsers can show; the others are shown as files.
_SHOWN_PICTURES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/gif",
        "image/avif",
        "image/bmp",
        "image/x-ms-bmp",
        "image/x-icon",
        "image/vnd.microsoft.icon",
        "image/svg+xml",
    }
)
_MOST_MASK_BYTES = 4 * _MEGABYTE
_MOST_MASK_SIDE = 16_384
# Signature, then the header with width, height, depth and colour type.
_PNG = struct.Struct(">8s4x4sIIBB")
_COLOURS_WITH_ALPHA = (4, 6)
_FAMILIES: Mapping[Kind, str] = {"image": "image/*", "audio": "audio/*", "video": "video/*", "text": "text/*"}


def offered() -> dict[str, list[str]]:
    """What the file dialogue offers: media types with suffixes, since browsers know few types."""
    found: dict[str, list[str]] = {}
    for suffix, kind in known_suffixes().items():
        found.setdefault(_FAMILIES.get(kind, "application/octet-stream"), []).append(suffix)
    # Browsers skip this. Chainlit compares with the list once more, but by then the content has said what a
    # file is, which is more than its name and the browser's word for it.
    return found | {"*/*": []}


def attachments_of(
    ids: Sequence[str], kept: Mapping[str, Mapping[str, Any]], max_files: int, max_mb: int
) -> tuple[Attachment, ...]:
    """The files with these ids among those the session keeps. Raises BadAttachment."""
    if len(ids) > max_files:
        raise BadAttachment(
            f"A message takes at most {max_files} files, not {len(ids)}.",
            "Send some of them in the next message.",
        )
    files = [kept[key] for key in ids if key in kept]
    if len(files) < len(ids):
        raise BadAttachment("A file of this message is not here any more.", "Attach it once more.")
    for file in files:
        if file["size"] > max_mb * _MEGABYTE:
            raise BadAttachment(f"{file['name']} is larger than {max_mb} MB.", "Send a smaller file.")
    return tuple(Attachment(file["name"], file["type"], Path(file["path"]), file["size"]) for file in files)


def picture_of(key: str, kept: Mapping[str, Mapping[str, Any]]) -> Attachment:
    """The picture with this key among the files that the session keeps. Raises BadAttachment."""
    if (file := kept.get(key)) is None:
        raise BadAttachment("This picture is not here any more.", "Make it once more, or attach it.")
    picture = Attachment(file["name"], file["type"], Path(file["path"]), file["size"])
    if picture.kind != "image":
        raise BadAttachment(f"{picture.name} is not a picture.", "Choose a picture.")
    return picture


def mask_of(key: str, kept: Mapping[str, Mapping[str, Any]]) -> Attachment:
    """The marks on a picture: a PNG that can be transparent. Raises BadAttachment. Blocking."""
    refusal = BadAttachment("The marks on the picture cannot be used.", "Clear them and mark it again.")
    mask = picture_of(key, kept)
    if mask.media_type != "image/png" or mask.size_bytes > _MOST_MASK_BYTES:
        raise refusal
    try:
        with mask.path.open("rb") as file:
            signature, header, width, height, _, colours = _PNG.unpack(file.read(_PNG.size))
    except (OSError, struct.error) as error:
        raise refusal from error
    is_png = (signature, header) == (b"\x89PNG\r\n\x1a\n", b"IHDR")
    if not is_png or colours not in _COLOURS_WITH_ALPHA or not 0 < max(width, height) <= _MOST_MASK_SIDE:
        raise refusal
    return mask


def element_kind(media_type: str) -> str:
    """Chainlit's word for what shows such a file."""
    if media_type == "application/pdf":
        return "pdf"
    family = media_type.partition("/")[0]
    if family == "image":
        return "image" if media_type in _SHOWN_PICTURES else "file"
    return family if family in {"audio", "video"} else "file"
