"""`<think>` tags: a model's reasoning told from its answer, and the mark people put in front of a question.

A tag is `<think>` or `<thinking>`, in any case, opening or closing. In the answer a tag inside code, whether
a fenced block or a `span`, is text about tags and is left alone. The first closing tag ends the reasoning: an
opening tag inside it is the model's own words. A closing tag without an opening one is dropped. Nothing else
is: text and reasoning together are what came in, without the tags.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from vtai.core.errors import VTError
from vtai.core.events import TextDelta, ThinkingDelta
from vtai.core.markdown import CodeTracker
from vtai.core.ports import ModelEvent

Piece = TextDelta | ThinkingDelta

_TAG = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)
_TAGS = ("<think>", "</think>", "<thinking>", "</thinking>")
_LONGEST = max(len(tag) for tag in _TAGS)


class Splitter:
    """Takes the text of one answer in pieces of any size; the pieces' borders change nothing."""

    def __init__(self) -> None:
        self._held = ""
        self._is_thinking = False
        self._code = CodeTracker()

    def feed(self, text: str) -> list[Piece]:
        """What is certain by now. Up to ten characters that could begin a tag are held back."""
        waiting = self._held + text
        ready = len(waiting) - _unfinished(waiting)
        self._held = waiting[ready:]
        return list(self._split(waiting[:ready]))

    def finish(self) -> list[Piece]:
        """What was held back, when the answer is over."""
        held, self._held = self._held, ""
        return list(self._split(held))

    def _split(self, text: str) -> Iterator[Piece]:
        start = 0
        for tag in _TAG.finditer(text):
            before = text[start : tag.start()]
            if not self._is_thinking:
                self._code.feed(before)
                if self._code.is_open:
                    self._code.feed(tag.group())
                    yield from self._piece(before + tag.group())
                    start = tag.end()
                    continue
            elif not tag.group(1):
                yield from self._piece(before + tag.group())
                start = tag.end()
                continue
            yield from self._piece(before)
            self._is_thinking = not tag.group(1)
            start = tag.end()
        rest = text[start:]
        if not self._is_thinking:
            self._code.feed(rest)
        yield from self._piece(rest)

    def _piece(self, text: str) -> Iterator[Piece]:
        if text:
            yield ThinkingDelta(text) if self._is_thinking else TextDelta(text)


def split(text: str) -> tuple[str, str]:
    """A complete answer as (text, reasoning)."""
    splitter = Splitter()
    pieces = [*splitter.feed(text), *splitter.finish()]
    return (
        "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)),
        "".join(piece.text for piece in pieces if isinstance(piece, ThinkingDelta)),
    )


async def separated(stream: AsyncGenerator[ModelEvent, None]) -> AsyncGenerator[ModelEvent, None]:
    """The stream of a model with tags in its text turned into ThinkingDeltas. Closes what it reads.

    What was held back comes out before an error does, so that a broken answer keeps all its text.
    """
    splitter = Splitter()
    async with aclosing(stream):
        try:
            async for event in stream:
                if isinstance(event, TextDelta):
                    for piece in splitter.feed(event.text):
                        yield piece
                    continue
                for piece in splitter.finish():
                    yield piece
                yield event
        except VTError:
            for piece in splitter.finish():
                yield piece
            raise
        for piece in splitter.finish():
            yield piece


def take_marker(text: str) -> tuple[str, bool]:
    """A person's message without its `<think>` mark, and whether it had one.

    A mark stands outside code and has no closing tag: `<think>...</think>` is a quotation and stays.
    """
    marks = [tag for tag in _TAG.finditer(text) if not CodeTracker().feed(text[: tag.start()]).is_open]
    if not marks or any(mark.group(1) for mark in marks):
        return text, False
    kept, start = "", 0
    for mark in marks:
        before = text[start : mark.start()]
        kept += before.rstrip(" ") + " " if before.strip() else ""
        start = mark.end()
    return (kept + text[start:].lstrip()).strip(), True


def _unfinished(text: str) -> int:
    """How many characters at the end could be the beginning of a tag."""
    tail = text[-_LONGEST:].lower()
    start = tail.rfind("<")
    if start < 0 or not any(tag.startswith(tail[start:]) and tag != tail[start:] for tag in _TAGS):
        return 0
    return len(tail) - start
