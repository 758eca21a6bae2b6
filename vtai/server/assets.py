"""The page's files: where they lie, and their compressed copies, made once and kept under the data folder.

A request never becomes a path: what can be asked for is a table made at start, so nothing else can be read.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from vtai import __version__
from vtai.core.errors import SettingsError
from vtai.server.page import KATEX_URL
from vtai.ui.site import SHIPPED

Encoding = Literal["br", "gzip"]

ENCODINGS: tuple[Encoding, ...] = ("br", "gzip")
"""The better one first."""

# Nine is within a tenth of the best that brotli does on scripts, at a twentieth of the time.
_BROTLI_QUALITY = 9
_COMPRESSIBLE = frozenset({".js", ".mjs", ".css", ".svg", ".html", ".json", ".jsx", ".txt"})
_LEAST_BYTES = 1_024
# Browsers ask for these with their tools open only; they are larger than everything else together.
_LEFT_OUT = frozenset({".map"})
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".jsx": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page. `is_immutable`: its URL changes when its content does."""

    path: Path
    is_immutable: bool = False

    @property
    def media_type(self) -> str:
        known = _MEDIA_TYPES.get(self.path.suffix.lower())
        return known or mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"

    @property
    def is_compressible(self) -> bool:
        return self.path.suffix.lower() in _COMPRESSIBLE and self.path.stat().st_size >= _LEAST_BYTES


class Shelf:
    """Every file of the page by its URL. Reading and hashing block: call from a thread."""

    def __init__(self, front_end: Path, site_folder: Path, cache: Path) -> None:
        self.front_end = front_end
        self.cache = cache
        self._digests: dict[Path, str] = {}
        self._assets = dict(_table(front_end, site_folder))

    def find(self, url: str) -> Asset | None:
        """The file behind a URL path, or None."""
        return self._assets.get(url)

    def digest(self, asset: Asset) -> str:
        """A hash of the content, computed once."""
        if (known := self._digests.get(asset.path)) is None:
            content = asset.path.read_bytes()
            known = self._digests[asset.path] = hashlib.blake2b(content, digest_size=12).hexdigest()
        return known

    def versioned(self, url: str) -> str:
        """The URL with its content's hash, so that browsers may keep it; unknown ones unchanged."""
        asset = self.find(url)
        return url if asset is None else f"{url}?v={self.digest(asset)}"

    def compressed(self, asset: Asset, encoding: Encoding) -> Path:
        """Where the compressed copy lies, once it is made."""
        return self.cache / f"{self.digest(asset)}.{encoding}"

    def compress(self) -> int:
        """Makes the compressed copies that are not there yet, and says how many."""
        self.cache.mkdir(parents=True, exist_ok=True)
        made = 0
        for asset in {asset.path: asset for asset in self._assets.values()}.values():
            if not asset.is_compressible:
                continue
            for encoding in ENCODINGS:
                target = self.compressed(asset, encoding)
                if not target.exists():
                    _write(target, squeeze(asset.path.read_bytes(), encoding))
                    made += 1
        return made


def open_shelf(data_dir: Path) -> Shelf:
    """The page's files as installed. Raises SettingsError when the front end is not there."""
    return Shelf(front_end(), SHIPPED, data_dir / "cache" / f"page-{__version__}")


def prepare(data_dir: Path) -> int:
    """Makes the compressed copies ahead of the first start, and removes those of other versions.

    Returns how many were made. Raises SettingsError when the folder cannot be written.
    """
    shelf = open_shelf(data_dir)
    try:
        made = shelf.compress()
        for old in shelf.cache.parent.glob("page-*"):
            if old != shelf.cache:
                shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise SettingsError(
            f"The data folder {data_dir} cannot be written: {error.strerror}.",
            "Make it writable, or name another one in VT_DATA_DIR.",
        ) from error
    return made


def front_end() -> Path:
    """The built front end inside the installed package, found without importing it."""
    spec = find_spec("chainlit")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        built = Path(folder) / "frontend" / "dist"
        if (built / "index.html").is_file():
            return built
    raise SettingsError("The front end is not installed.", "Install it: pip install 'chainlit==2.12.*'")


def squeeze(content: bytes, encoding: Encoding) -> bytes:
    """`content`, compressed."""
    if encoding == "br":
        import brotli

        packed: bytes = brotli.compress(content, quality=_BROTLI_QUALITY)
        return packed
    import gzip

    return gzip.compress(content, 9, mtime=0)


def _table(front: Path, site_folder: Path) -> Iterator[tuple[str, Asset]]:
    """URL and file, the shipped defaults first so that the site's own come over them."""
    public = site_folder / "public"
    yield from _tree("/assets", front / "assets", is_immutable=True)
    katex = Path(__file__).parent / "vendor" / "katex"
    yield from _tree(KATEX_URL.rpartition("/")[0], katex, is_immutable=True)
    yield from _tree("/public", public)
    yield "/favicon", Asset(_first(public, "favicon.*") or front / "favicon.svg")
    for theme in ("light", "dark"):
        own = _first(public, f"logo_{theme}.*") or _first(front / "assets", f"logo_{theme}*.*")
        yield f"/logo/{theme}", Asset(own or front / f"logo_{theme}.svg")
    if (avatars := public / "avatars").is_dir():
        yield from ((f"/avatars/{path.stem}", Asset(path)) for path in sorted(avatars.iterdir()))


def _tree(prefix: str, folder: Path, *, is_immutable: bool = False) -> Iterator[tuple[str, Asset]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _LEFT_OUT and not path.name.startswith("."):
            yield f"{prefix}/{path.relative_to(folder).as_posix()}", Asset(path, is_immutable)


def _first(folder: Path, pattern: str) -> Path | None:
    return min(folder.glob(pattern), default=None)


def _write(target: Path, content: bytes) -> None:
    """All or nothing: two servers may start at once."""
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
