"""The files that came with a message. Their content was checked when they were uploaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment, Kind, known_suffixes

_MEGABYTE = 1_000_000
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


def element_kind(media_type: str) -> str:
    """Chainlit's word for what shows such a file."""
    if media_type == "application/pdf":
        return "pdf"
    family = media_type.partition("/")[0]
    return family if family in {"image", "audio", "video"} else "file"
