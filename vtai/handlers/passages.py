"""Which passages of files that are too large are sent to a model, and what the person learns of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vtai.core.documents import Document, Passage
from vtai.core.events import Notice, Source
from vtai.core.ports import Similarity

# About what a mark around a passage takes, in characters.
_MARK_CHARACTERS = 80
# Passages that come less near than this share of the best one are noise, however much room there is.
_LEAST_SHARE = 0.15
# More than these and a model loses the thread.
_MOST_PASSAGES = 60
_NAMED_PLACES = 6
_SENTENCE_END = re.compile(r"(?<=[.!?。])(?=\s)|(?<=\n)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The passages of one file that are sent, in reading order, of `total`. `is_spread`: taken evenly."""

    name: str
    passages: tuple[Passage, ...]
    total: int
    is_spread: bool = False

    @property
    def is_cut(self) -> bool:
        return len(self.passages) < self.total


async def choose(
    documents: Sequence[Document], question: str, room: int, similarity: Similarity
) -> list[Chosen]:
    """For each file the passages nearest to the question, together at most `room` characters.

    Where none shares anything with the question ("sum this up"), they are taken evenly from all over.
    """
    everything = [
        (number, passage) for number, document in enumerate(documents) for passage in document.passages
    ]
    texts = [f"{passage.place}\n{passage.text}" for _, passage in everything]
    scores = await similarity.similarities(question, texts) if question else [0.0] * len(texts)
    best = max(scores, default=0.0)
    if best > 0:
        order = sorted(range(len(everything)), key=lambda at: -scores[at])
        order = [at for at in order if scores[at] >= best * _LEAST_SHARE]
    else:
        order = _spread(len(everything), [len(text) for text in texts], room)
    taken = sorted(_fitting(order, texts, room))
    return [
        Chosen(
            document.name,
            tuple(everything[at][1] for at in taken if everything[at][0] == number),
            len(document.passages),
            is_spread=best <= 0,
        )
        for number, document in enumerate(documents)
    ]


def whole(document: Document) -> Chosen:
    """All passages of a file that fits."""
    return Chosen(document.name, document.passages, len(document.passages))


def in_pieces(document: Document, characters: int) -> Document:
    """The document in shorter passages, cut between sentences and lines."""
    return replace(
        document,
        passages=tuple(
            replace(passage, text=piece)
            for passage in document.passages
            for piece in _pieces(passage.text, characters)
        ),
    )


def numbered(chosen: Sequence[Chosen]) -> tuple[Source, ...]:
    """The passages as sources of the answer, counted from 1."""
    every = [(part.name, passage) for part in chosen for passage in part.passages]
    return tuple(
        Source(number, title(name, passage), "", passage.text)
        for number, (name, passage) in enumerate(every, start=1)
    )


def title(name: str, passage: Passage) -> str:
    """What a passage is called."""
    return f"{name}, {passage.place}" if passage.place else name


def notice(chosen: Chosen, document: Document) -> Notice:
    """Says that a file is larger than the model's context, and which parts of it were used."""
    key = f"passages {document.name}"
    if not chosen.passages:
        return Notice(
            key, f"{document.name} is too large to be sent whole, and no part of it bears on the question."
        )
    places = list(dict.fromkeys(passage.place for passage in chosen.passages if passage.place))
    named = ", ".join(places[:_NAMED_PLACES]) + (" …" if len(places) > _NAMED_PLACES else "")
    how = "spread over all of it" if chosen.is_spread else "nearest to your question"
    used = (
        f"The passage {how} was"
        if len(chosen.passages) == 1
        else f"{len(chosen.passages)} passages {how} were"
    )
    where = f" ({named})" if named else ""
    return Notice(
        key, f"{document.name} is too large to be sent whole. {used} used, of {chosen.total}{where}."
    )


def _pieces(text: str, characters: int) -> list[str]:
    pieces = [""]
    sentences = (
        sentence[at : at + characters]
        for sentence in _SENTENCE_END.split(text)
        for at in range(0, len(sentence), characters)
    )
    for sentence in sentences:
        if pieces[-1] and len(pieces[-1]) + len(sentence) > characters:
            pieces.append("")
        pieces[-1] += sentence
    return [piece.strip() for piece in pieces if piece.strip()]


def _spread(count: int, lengths: Sequence[int], room: int) -> list[int]:
    """The first passage and others evenly apart, as many as fit."""
    mean = sum(lengths) / count + _MARK_CHARACTERS if count else 1.0
    wanted = max(1, min(count, _MOST_PASSAGES, int(room // mean)))
    return [round(step * (count - 1) / max(wanted - 1, 1)) for step in range(wanted)]


def _fitting(order: Sequence[int], texts: Sequence[str], room: int) -> list[int]:
    """The first of the order that fit; at least one, if it has to be."""
    taken: list[int] = []
    for at in dict.fromkeys(order):
        length = len(texts[at]) + _MARK_CHARACTERS
        if length <= room and len(taken) < _MOST_PASSAGES:
            taken.append(at)
            room -= length
    return taken
