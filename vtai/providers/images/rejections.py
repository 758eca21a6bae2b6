"""Finds in a vendor's refusal which of the options it does not take, so that it can be asked without them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vtai.core.errors import BadRequest, ProviderError

# The field of a request to the option of ours behind it.
OPTION_OF: Mapping[str, str] = {
    "size": "size",
    "aspect_ratio": "size",
    "quality": "quality",
    "background": "background",
    "output_format": "format",
    "output_compression": "compression",
    "moderation": "moderation",
    "n": "count",
    "stream": "stream",
    "partial_images": "stream",
    "response_format": "data",
    "mask": "mask",
}

_PARAM = re.compile(r"""["']param["']\s*:\s*["']([^"']+)["']""")
_POLICY = re.compile(r"moderation_blocked|content[_ ]?policy|safety (system|filter)|flagged", re.IGNORECASE)
# A size that the model does not make is for the person to change; another default would only surprise.
_OF_A_VALUE = re.compile(
    r"invalid[_ ](value|size)|(supported|allowed|valid) (values|sizes)|must be|divisible|too (large|small)"
    r"|m(ax|in)imum|out of range|resolution",
    re.IGNORECASE,
)


class Rejected(BadRequest):
    """The vendor does not take the options `names`; asking without them may work."""

    def __init__(self, error: ProviderError, names: frozenset[str]) -> None:
        super().__init__(error.message, error.hint)
        self.names = names


def named(said: str, sent: Iterable[str], param: str | None = None) -> frozenset[str]:
    """The options of ours that a refusal is about.

    `sent` are the fields that were sent, `param` the one that the vendor names apart from its words.
    """
    if _POLICY.search(said):
        return frozenset()
    fields = {field for field in sent if field in OPTION_OF}
    if param is None and (found := _PARAM.search(said)):
        param = found[1]
    if param is not None and param != "None":
        fields &= {param.split("[")[0].split(".")[-1]}
    else:
        fields = {field for field in fields if _pattern(field).search(said)}
    if _OF_A_VALUE.search(said):
        fields -= {"size", "aspect_ratio"}
    return frozenset(OPTION_OF[field] for field in fields)


def _pattern(field: str) -> re.Pattern[str]:
    """The field in quotes, or beside a word that makes it a field and not a word of a sentence."""
    beside = r"(parameter|argument|field|property|properties|option|input|key)s?\b[^.]{0,60}"
    after = r"[^.\w]{1,3}(is |are |was )?(not |un|extra|invalid)"
    return re.compile(
        rf"""["'`\[]{field}["'`\]]|{beside}\b{field}\b|(?<![\w.]){field}{after}""", re.IGNORECASE
    )
