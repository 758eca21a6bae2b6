"""What is to be said aloud: the text that a person means, and its words without Markdown."""

from __future__ import annotations

import re
from typing import Final

from vtai.core.conversation import Conversation
from vtai.core.events import FileReady, Notice
from vtai.core.ports import Services
from vtai.core.turn import Turn

# The shortest limit among vendors' speech models.
MAX_CHARACTERS: Final = 4_000

_SUFFIXES = {"audio/wav": ".wav", "audio/mpeg": ".mp3", "audio/ogg": ".ogg", "audio/flac": ".flac"}

_POLITE = (
    r"(?:(?:please|hey|ok|okay|now|can you|could you|would you|will you|i want you to|i'd like you to)[, ]+)*"
)
_ALOUD = r"(?:out loud|loudly|aloud|(?:in|with) (?:an? )?\w+ voice|to me|for me)"
_NOUN = r"(?:answer|reply|message|text|response|one|part)"
_THAT = (
    rf"(?:that|this|it|them|the (?:last |previous |above )?{_NOUN}|your (?:last |previous )?{_NOUN}"
    r"|the above|what you (?:just )?(?:said|wrote))"
)
_SAY = r"(?:say|speak|read|pronounce|repeat|voice|narrate|recite|utter|vocali[sz]e|play)"
_AS_SOUND = r"(?:(?:in)?to|as) (?:an? )?(?:speech|audio|sound|voice)(?: file)?"

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{2,})[\"”“»]|「([^」]{2,})」|(?<!\w)'([^'\n]{2,})'(?!\w)", re.DOTALL)
_PREVIOUS = re.compile(
    rf"{_POLITE}(?:{_SAY}|convert|turn|make|transform)\b(?: out loud| aloud| back)?(?: to me| me)? {_THAT}\b"
    rf"(?: (?:again|back|once more|please|{_ALOUD}|{_AS_SOUND}))*[.!?]*",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    rf"{_POLITE}(?:{_SAY} )?(?:again|once more|aloud|out loud)(?: please)?[.!?]*", re.IGNORECASE
)
_COLON = re.compile(r"^[^:\n]{0,160}:\s+(?=\S)|^[^:\n]{0,160}:\s*\n", re.DOTALL)
_VERB = re.compile(
    rf"^{_POLITE}(?:(?P<literal>say|pronounce|repeat|utter)|speak|recite|voice|read (?:out loud|out|aloud))"
    rf"(?: {_ALOUD})*(?: (?:this|the following|the words?|the sentence|the phrase))?[,:]?\s+(?P<text>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = re.compile(
    r",?(?: please| aloud| out loud| loudly| (?:in|with) (?:an? )?\w+ voice)+[.!?]*$", re.IGNORECASE
)
_SPEAKING = re.compile(
    rf"\b(?:{_SAY}|read|speech|audio|audiobook|voice|aloud|loud|spoken|listen|hear|narration|text.to.speech|tts)\b",
    re.IGNORECASE,
)
_UNWRITTEN = re.compile(r"^(?:me |us )?(?:something|anything)\b", re.IGNORECASE)
_TO_BE_FOUND = re.compile(
    r"^(?:me |us |an? |some |about |the (?:news|weather|time|story|poem|history)\b)", re.IGNORECASE
)


def meant(turn: Turn, text: str) -> str | None:
    """The text that is to be spoken, or None when it has yet to be written.

    The last answer where the message points to it ("read that"), else under the Speak command the message
    itself, else quoted words, else what follows a colon, else what follows a verb of saying.
    """
    text = text.strip()
    points_back = not text or _PREVIOUS.fullmatch(text) or _AGAIN.fullmatch(text)
    if points_back and (previous := _last_answer(turn.history)):
        return previous
    if turn.command == "speak" and text:
        return text
    if quoted := _quoted(text):
        return quoted
    if (lead := _COLON.match(text)) and _SPEAKING.search(lead.group()):
        return text[lead.end() :].strip()
    if (said := _VERB.match(text)) and _is_written(said):
        return _TAIL.sub("", said["text"]).strip()
    return None


async def aloud(text: str, turn: Turn, services: Services) -> tuple[FileReady, tuple[Notice, ...]]:
    """The words of a Markdown text as a sound file. Raises ProviderError or NotConfigured."""
    words = plain(text)
    notices: tuple[Notice, ...] = ()
    if len(words) > MAX_CHARACTERS:
        words = _beginning(words)
        notices = (Notice("speech", f"Only the first {len(words):,} characters are spoken."),)
    preferences = turn.preferences
    audio = await services.speech.speak(words, preferences.speech, preferences.models.get("speech"))
    suffix = _SUFFIXES.get(audio.media_type.partition(";")[0], "")
    caption = words if len(words) <= 200 else words[:199] + "…"
    return FileReady(f"speech{suffix}", audio.media_type, audio.data, caption), notices


def plain(markdown: str) -> str:
    """The words of a Markdown text as one would read them to somebody; code blocks are left out."""
    text = re.sub(
        r"^[ \t>]*(`{3,}|~{3,}).*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", "", markdown, flags=re.DOTALL | re.MULTILINE
    )
    for pattern, replacement in _MARKS:
        text = pattern.sub(replacement, text)
    return text.strip()


_MARKS: Final = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"[ \t]{2,}", " "),
        (r"!\[([^\]\[]*)\]\([^()\n]*\)", r"\1"),
        (r"\[([^\]\[]+)\]\([^()\n]*\)", r"\1"),
        (r" ?(?:\[\d{1,3}(?:, ?\d{1,3})*\])+", ""),
        (r"<(https?://[^>\s]+)>", r"\1"),
        (r"</?[a-zA-Z][^<>\n]*>", ""),
        (r"^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*(?::?-+:?)?[ \t]*$", ""),
        (r"^[ \t]*\|[ \t]*(.*?)[ \t]*\|?[ \t]*$", r"\1"),
        (r"[ \t]+\|[ \t]+", ", "),
        (r"^[ \t]{0,3}(?:[-*_][ \t]*){3,}$", ""),
        (r"^[ \t]{0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", r"\1"),
        (r"^[ \t]*>[ \t]?", ""),
        (r"^[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?", ""),
        (r"(?<!\\)(\*\*\*|\*\*|\*)(?=\S)([^*\n]*?[^\s\\])\1", r"\2"),
        (r"(?<![\w\\])(___|__|_)(?=\S)([^_\n]*?[^\s\\])\1(?!\w)", r"\2"),
        (r"~~(?=\S)(.*?\S)~~", r"\1"),
        (r"`+([^`\n]+)`+", r"\1"),
        (r"\\([\\`*_{}\[\]()#+.!|-])", r"\1"),
        (r"[ \t]+$", ""),
        (r"\n{3,}", "\n\n"),
    )
)


def _quoted(text: str) -> str | None:
    """The quoted words when the rest of the message is about speaking; several quotations become one text."""
    found = [next(group for group in match.groups() if group) for match in _QUOTED.finditer(text)]
    rest = _QUOTED.sub(" ", text)
    if not found or not (_SPEAKING.search(rest) or not rest.strip(" .!?")):
        return None
    return "\n".join(part.strip() for part in found)


def _is_written(said: re.Match[str]) -> bool:
    """Whether the words after the verb are the text itself: "say hello", but not "recite a poem"."""
    words = said["text"]
    return not _UNWRITTEN.match(words) and (bool(said["literal"]) or not _TO_BE_FOUND.match(words))


def _last_answer(history: Conversation) -> str | None:
    return next(
        (m.text for m in reversed(history.messages) if m.role == "assistant" and m.text.strip()), None
    )


def _beginning(words: str) -> str:
    """The first part, up to the end of a sentence where there is one in its second half."""
    part = words[:MAX_CHARACTERS]
    end = max(part.rfind(mark) for mark in (". ", "! ", "? ", "\n", "。"))
    return part[: end + 1].strip() if end > MAX_CHARACTERS // 2 else part
