"""Finds the web addresses that a person wrote into a message.

Code and markup are left out: nobody is asked to look at what stands there. A letter of a script that is
written without spaces (Chinese, Japanese, Thai) ends an address, for the sentence goes on right after it;
such letters inside an address are found only as browsers copy them, percent-encoded.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from vtai.core.messages import kind_of

_MAX_LENGTH = 8_000
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
# The length is bounded so that hostile text is read in linear time.
_MARKUP = re.compile(r"<(?!https?://)[a-z][^<>]{0,300}>", re.IGNORECASE)
# Signs that end an address: other signs than those of ASCII, and the scripts that do without spaces.
_ENDING = (
    "\x00-\x20\x7f-\xbf\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2000-\u2bff\u2e00-\ua4cf"
    "\uac00-\ud7ff\ud800-\uf8ff\ufe10-\ufe6f\ufeff-\uffff\U0001f000-\U0010ffff"
)
# A link's text ends in "](", and addresses may follow each other with a comma and no space.
_ADDRESS = re.compile(rf"https?://(?:(?!\]\(|[,;]https?://)[^\s<>\"'`|\\^{{}}{_ENDING}])+", re.IGNORECASE)
_TRAILING = frozenset(".,;:!?*_~\u060c\u061b\u061f\u06d4\u0964\u0965")
_SUFFIXES = (".avif",)


def links(text: str) -> tuple[str, ...]:
    """The http(s) addresses in a text, in order and each once, without the sentence's own punctuation."""
    prose = _MARKUP.sub(" ", _CODE.sub(" ", text))
    addresses = (_trimmed(match[0]) for match in _ADDRESS.finditer(prose))
    return tuple(dict.fromkeys(address for address in addresses if _has_host(address)))


def picture_links(text: str) -> tuple[str, ...]:
    """The addresses in a text whose path ends like a picture."""
    return tuple(link for link in links(text) if _is_picture(urlsplit(link).path))


def _is_picture(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return kind_of(name) == "image" or name.endswith(_SUFFIXES)


def _has_host(address: str) -> bool:
    try:
        return len(address) <= _MAX_LENGTH and bool(urlsplit(address).hostname)
    except ValueError:
        return False


def _trimmed(address: str) -> str:
    """Without the sentence's own punctuation, and without a bracket that was opened before the address."""
    strange = {closer: address.count(closer) - address.count(opener) for closer, opener in (")(", "][")}
    end = len(address)
    while end:
        last = address[end - 1]
        if strange.get(last, 0) > 0:
            strange[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return address[:end]
