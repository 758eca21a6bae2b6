"""What the fast stand-in answers: one `Script` a request, as data that also travels over HTTP."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# A picture of one transparent pixel.
PIXEL_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
_SYLLABLES = ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu")


@dataclass(frozen=True, slots=True)
class Script:
    """One answer. Which request gets it: `path` and `match`; how it goes wrong: the rest.

    Without `match` a script answers one request and is gone; with it, every request whose last user message
    contains it, until the reset. `path` is the end of the URL; empty means chat, pictures and embeddings.
    """

    path: str = ""
    match: str = ""

    text: str | None = None
    """The answer; absent gives `words` made-up words that never repeat. `<think>` tags are text like any."""
    words: int = 12
    finds: str = ""
    """A pattern: `{found}` in `text` is its first group in the results of the tools that were called last."""
    pieces: tuple[str, ...] = ()
    """The answer cut exactly so, instead of `text`."""
    reasoning: str = ""
    reasoning_field: str = "reasoning_content"
    tool_calls: tuple[dict[str, str], ...] = ()
    """Each with `name`, `arguments` (JSON text) and perhaps `id`."""
    images: tuple[str, ...] = (PIXEL_PNG,)
    """Base64 pictures, or URLs where they start with http."""
    previews: tuple[str, ...] | None = None
    """Base64 pictures streamed before the picture, where a stream is asked for; None answers in one piece."""
    told: dict[str, Any] = field(default_factory=dict)
    """Further fields of an answer with pictures, as `quality`."""
    usage: dict[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 7, "completion_tokens": 12, "total_tokens": 19}
    )
    """Sent where the request asks for it; None never sends any."""
    finish_reason: str | None = "stop"
    """None: the stream ends without one, and without [DONE]."""

    raw: str = ""
    """A whole event stream as it is, for wire formats that are not OpenAI's."""
    raw_type: str = "text/event-stream"

    status: int = 200
    error: dict[str, Any] | None = None
    """The `error` object of the body where `status` is not 200, or of the event at `error_after`."""
    body: Any = None
    """The whole JSON body of a failure, instead of `error`."""
    retry_after: str | None = None

    headers_delay_s: float = 0.0
    first_delay_s: float = 0.0
    """Between the headers and the first piece."""
    pace_s: float = 0.0
    """Between two pieces."""
    stall_after: int | None = None
    """Sends nothing after so many pieces, and keeps the connection open until the client leaves."""
    cut_after: int | None = None
    """Resets the connection after so many pieces."""
    error_after: int | None = None
    """Sends an error event after so many pieces."""

    @staticmethod
    def of(values: dict[str, Any]) -> Script:
        """A script from JSON. Raises TypeError for a field that there is not."""
        return Script(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def filled(self, body: Any) -> Script:
        """The script for this request, with what it `finds` in place."""
        if not self.finds:
            return self
        said = "\n".join(str(m.get("content")) for m in body["messages"] if m["role"] == "tool")
        found = re.findall(self.finds, said)
        return dataclasses.replace(
            self, text=(self.text or "{found}").replace("{found}", found[-1] if found else "nothing")
        )

    def answer_pieces(self) -> list[str]:
        if self.pieces:
            return list(self.pieces)
        text = " ".join(made_up_words(self.words)) if self.text is None else self.text
        return re.findall(r"\s*\S+\s*$|\s*\S+", text)

    def deltas(self) -> Iterator[dict[str, Any]]:
        """What the choices say, one piece each."""
        for piece in re.findall(r"\s*\S+", self.reasoning):
            yield {self.reasoning_field: piece}
        if self.text is not None or self.pieces or not self.tool_calls:
            for piece in self.answer_pieces():
                yield {"content": piece}
        for index, call in enumerate(self.tool_calls):
            head = {"name": call["name"], "arguments": ""}
            yield _tool_delta(index, id=call.get("id", f"call_{index}"), type="function", function=head)
            middle = len(call["arguments"]) // 2
            for part in (call["arguments"][:middle], call["arguments"][middle:]):
                yield _tool_delta(index, function={"arguments": part})


def _tool_delta(index: int, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **fields}]}


def made_up_words(count: int) -> list[str]:
    """Words that never repeat: clients give up on a stream that says the same thing over and over."""
    words = []
    for number in range(count):
        digits = f"{number:03d}"
        words.append("".join(_SYLLABLES[int(digit)] for digit in digits))
    return words
