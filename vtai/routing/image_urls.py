"""Finds the addresses of pictures that a person wrote into a message."""

from __future__ import annotations

import re

_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif", ".heic", ".tif", ".tiff")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
# Lengths are bounded so that hostile text is read in linear time.
_MARKUP = re.compile(r"<[a-z][^<>]{0,300}>", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://(?:(?![<>\"'`|\\^{}])[!-~]){1,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?*_"
_BRACKETS = {")": "(", "]": "["}


def image_urls(text: str) -> tuple[str, ...]:
    """The http(s) addresses of pictures in a message, in order, without those inside code or markup."""
    prose = _MARKUP.sub(" ", _CODE.sub(" ", text))
    addresses = (_trimmed(match[0]) for match in _ADDRESS.finditer(prose))
    return tuple(dict.fromkeys(address for address in addresses if _is_picture(address)))


def _is_picture(address: str) -> bool:
    return address.partition("#")[0].partition("?")[0].lower().endswith(_SUFFIXES)


def _trimmed(address: str) -> str:
    """Without the sentence's own punctuation, and without a bracket that was opened before the address."""
    end = len(address)
    while end:
        last = address[end - 1]
        opener = _BRACKETS.get(last)
        is_strange = opener and address.count(last, 0, end) > address.count(opener, 0, end)
        if last not in _TRAILING and not is_strange:
            break
        end -= 1
    return address[:end]
