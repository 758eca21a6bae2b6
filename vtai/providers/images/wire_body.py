"""Spells a request for pictures as OpenAI-shaped servers read it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from vtai.core.documents import Picture
    from vtai.core.ports import ImageRequest
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.images.abilities import EditsAs


def outgoing(
    client: httpx.AsyncClient,
    request: ImageRequest,
    endpoint: Endpoint,
    fields: Mapping[str, Any],
    mask: Picture | None,
    edits_as: EditsAs,
) -> httpx.Request:
    """The request, ready to be sent. Encodes megabytes: for a thread."""
    base = (endpoint.base_url or "").rstrip("/")
    # Compressed streams arrive in lumps.
    headers = {"Accept-Encoding": "identity"}
    if endpoint.key is not None:
        headers["Authorization"] = f"Bearer {endpoint.key.get_secret_value()}"
    body = {"model": request.model.id, "prompt": request.prompt, **fields}
    if not request.images:
        return client.build_request("POST", f"{base}/images/generations", json=body, headers=headers)
    url = f"{base}/images/edits"
    if edits_as == "json":
        return client.build_request("POST", url, json={**body, **_inline(request, mask)}, headers=headers)
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    name = "image" if len(request.images) == 1 else "image[]"
    files = [(name, _file(f"picture-{at}", picture)) for at, picture in enumerate(request.images, start=1)]
    if mask is not None:
        files.append(("mask", _file("mask", mask)))
    return client.build_request("POST", url, data=form, files=files, headers=headers)


def _file(name: str, picture: Picture) -> tuple[str, bytes, str]:
    return f"{name}.{picture.media_type.partition('/')[2]}", picture.data, picture.media_type


def _inline(request: ImageRequest, mask: Picture | None) -> dict[str, Any]:
    pictures = [_data_url(picture) for picture in request.images]
    inline: dict[str, Any] = {"image": pictures[0]} if len(pictures) == 1 else {"images": pictures}
    return inline if mask is None else {**inline, "mask": _data_url(mask)}


def _data_url(picture: Picture) -> dict[str, str]:
    encoded = base64.b64encode(picture.data).decode("ascii")
    return {"type": "image_url", "url": f"data:{picture.media_type};base64,{encoded}"}
