"""Answers for the page and its files: conditional, compressed, and kept for good where that is safe."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from vtai.server.assets import ENCODINGS, Asset, Encoding, Shelf, squeeze

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.server.page import Page

_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_PRIVATE = "private, no-cache"


@dataclass(frozen=True, slots=True)
class _Body:
    """What goes out: content, its tag, and how it is encoded."""

    content: bytes
    tag: str
    encoding: Encoding | None = None


class Static:
    """Endpoints for everything a browser loads before anybody speaks."""

    def __init__(self, shelf: Shelf, page: Page, name: str = "vt.ai") -> None:
        self._shelf = shelf
        self._name = name
        tag = hashlib.blake2b(page.html, digest_size=12).hexdigest()
        self._page: Mapping[Encoding | None, _Body] = {
            None: _Body(page.html, tag),
            **{name: _Body(squeeze(page.html, name), f"{tag}-{name}", name) for name in ENCODINGS},
        }

    async def page(self, request: Request) -> Response:
        """The page, whichever of its own addresses is asked for."""
        body = self._page[choose(request.headers.get("accept-encoding", ""))]
        return _answer(request, body, "text/html; charset=utf-8", _PRIVATE)

    async def file(self, request: Request) -> Response:
        """A script, style, font or picture, by its path."""
        asset = self._shelf.find(request.url.path)
        return await self._send(request, asset)

    async def favicon(self, request: Request) -> Response:
        return await self._send(request, self._shelf.find("/favicon"))

    async def logo(self, request: Request) -> Response:
        theme = "dark" if request.query_params.get("theme") == "dark" else "light"
        return await self._send(request, self._shelf.find(f"/logo/{theme}"))

    async def avatar(self, request: Request) -> Response:
        """The picture beside an author's name; the favicon for who has none."""
        name = request.path_params["name"]
        wanted = self._name if name == "default" else name
        known = self._shelf.find("/avatars/" + re.sub(r"[ .]", "_", wanted.strip().lower()))
        return await self._send(request, known or self._shelf.find("/favicon"))

    async def _send(self, request: Request, asset: Asset | None) -> Response:
        if asset is None:
            return PlainTextResponse("Not found", 404)
        encoding = choose(request.headers.get("accept-encoding", ""))
        body = await asyncio.to_thread(_load, self._shelf, asset, encoding)
        is_current = request.query_params.get("v") == body.tag.partition("-")[0]
        caching = _FOR_GOOD if asset.is_immutable or is_current else _ASK_AGAIN
        return _answer(request, body, asset.media_type, caching)


def choose(accepted: str) -> Encoding | None:
    """The best encoding that an Accept-Encoding header allows."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.strip().partition(";")
        match = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", quality)
        weights[name.strip()] = float(match[1]) if match else 1.0
    able = [encoding for encoding in ENCODINGS if weights.get(encoding, weights.get("*", 0.0)) > 0]
    return max(able, key=lambda encoding: weights.get(encoding, 0.0), default=None)


def _load(shelf: Shelf, asset: Asset, encoding: Encoding | None) -> _Body:
    """The content, compressed when the copy is ready: before that the first browser gets it as it is."""
    digest = shelf.digest(asset)
    if encoding is not None and asset.is_compressible:
        packed = _read(shelf.compressed(asset, encoding))
        if packed is not None:
            return _Body(packed, f"{digest}-{encoding}", encoding)
    return _Body(asset.path.read_bytes(), digest)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _answer(request: Request, body: _Body, media_type: str, caching: str) -> Response:
    headers = {"ETag": f'"{body.tag}"', "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if _is_known(request.headers.get("if-none-match", ""), body.tag):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = media_type
    headers["Content-Length"] = str(len(body.content))
    if body.encoding is not None:
        headers["Content-Encoding"] = body.encoding
    return Response(b"" if request.method == "HEAD" else body.content, headers=headers)


def _is_known(condition: str, tag: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in condition.split(",")}
    return f'"{tag}"' in known or "*" in known
