"""Which text a person wants to hear, and in which language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vtai.core import languages
from vtai.core.conversation import Conversation
from vtai.core.languages import Language
from vtai.core.turn import Turn

_POLITE = (
    r"(?:(?:please|hey|ok|okay|now|can you|could you|would you|will you|i want you to|i'd like you to)[, ]+)*"
)
_ALOUD = r"(?:out loud|loudly|aloud|(?:in|with) (?:an? )?\w+ (?:voice|accent)|to me|for me)"
_NOUN = r"(?:answer|reply|message|text|response|one|part|file|document)"
_THAT = (
    rf"(?:that|this|it|them|the (?:last |previous |above )?{_NOUN}|your (?:last |previous )?{_NOUN}"
    r"|the above|what you (?:just )?(?:said|wrote))"
)
_SAY = r"(?:say|speak|read|pronounce|repeat|voice|narrate|recite|utter|vocali[sz]e|play)"
_AS_SOUND = r"(?:(?:in)?to|as) (?:an? )?(?:speech|audio|sound|voice)(?: file)?"

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{2,})[\"”“»]|「([^」]{2,})」|(?<!\w)'([^'\n]{2,})'(?!\w)", re.DOTALL)
_PREVIOUS = re.compile(
    rf"{_POLITE}(?:{_SAY}|convert|turn|make|transform|translate)\b(?: out loud| aloud| back)?(?: to me| me)? "
    rf"{_THAT}\b(?: (?:again|back|once more|please|{_ALOUD}|{_AS_SOUND}))*[.!?]*",
    re.IGNORECASE,
)
# The same in other languages: "read that aloud", "say it".
_PREVIOUS_ELSEWHERE = re.compile(
    r"(?:bitte )?(?:lies|lese|sag|sage|sprich|wiederhole)(?: mir)? (?:das|es|dies|den text)"
    r"(?: noch ?mal| bitte| laut)*(?: vor)?"
    r"|(?:s'il te plaît,? )?(?:lis|dis|répète)[- ](?:le|la|ça|moi ça)(?: à (?:voix haute|haute voix))?"
    r"|(?:por favor,? )?(?:léelo|dilo|repítelo|lee eso|lee esto|di eso)(?: en voz alta)?"
    r"|(?:per favore,? )?(?:leggilo|dillo|ripetilo)(?: ad alta voce)?"
    r"|(?:por favor,? )?(?:leia isso|leia|diga isso|repita isso)(?: em voz alta)?"
    r"|(?:lees|zeg) (?:dat|het)(?: voor)?",
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
    r",?(?: please| aloud| out loud| loudly| (?:in|with) (?:an? )?\w+ (?:voice|accent))+[.!?]*$",
    re.IGNORECASE,
)
_SPEAKING = re.compile(
    rf"\b(?:{_SAY}|read|speech|audio|audiobook|voice|aloud|loud|spoken|listen|hear|narration|text.to.speech|tts"
    r"|translate|lies|sag|lis|dis|lee|di|leggi)\b",
    re.IGNORECASE,
)
_UNWRITTEN = re.compile(r"^(?:me |us )?(?:something|anything)\b", re.IGNORECASE)
_TO_BE_FOUND = re.compile(
    r"^(?:me |us |an? |some |about |the (?:news|weather|time|story|poem|history)\b)", re.IGNORECASE
)
_LANGUAGE = re.compile(
    r"[, ]*(?<!\w)(?:translated )?(?:in(?:to)?|auf|ins|en|em|al|na|på)\s+"
    r"(?P<name>[^\W\d_]+(?: (?:portuguese|indonesia|việt))?)(?! ?-?(?:accent|voice))"
    r"(?=\s*(?:$|[,.!?:;]|(?:please|aloud|out loud|bitte|laut|for me|to me|vor)\b))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text` is what is to be spoken, None when it has yet to be written; `language` what it is put into."""

    text: str | None
    language: Language | None = None


def wanted(turn: Turn, text: str) -> Wanted:
    """What the message asks to hear.

    The last answer where the message points to it ("read that"), else under the Speak command the message
    itself, else quoted words, else what follows a colon, else what follows a verb of saying.
    """
    text = text.strip()
    request, language = _without_language(text)
    points_back = not request or any(
        pattern.fullmatch(request.strip(" .!?,")) for pattern in (_PREVIOUS, _PREVIOUS_ELSEWHERE, _AGAIN)
    )
    if points_back and (previous := _last_answer(turn.history)):
        return Wanted(previous, language)
    if turn.command == "speak" and text:
        return Wanted(text)
    return Wanted(_given(request), language)


def language_asked(text: str) -> Language | None:
    """The language that a message about a text asks for: "read the file in French"."""
    return _without_language(text.strip())[1]


def _given(text: str) -> str | None:
    """The words that are part of the message."""
    if quoted := _quoted(text):
        return quoted
    if (lead := _COLON.match(text)) and _SPEAKING.search(lead.group()):
        return text[lead.end() :].strip()
    if (said := _VERB.match(text)) and _is_written(said):
        return _TAIL.sub("", said["text"]).strip()
    return None


def _without_language(text: str) -> tuple[str, Language | None]:
    """The message without the words for a language it asks for, which are not in the text it gives."""
    given = [found.span() for found in _QUOTED.finditer(text)]
    if (lead := _COLON.match(text)) and _SPEAKING.search(lead.group()):
        given.append((lead.end(), len(text)))
    for found in _LANGUAGE.finditer(text):
        language = languages.named(found["name"])
        if language and not any(start <= found.start() < end for start, end in given):
            rest = text[found.end() :].lstrip(" ,")
            return f"{text[: found.start()]} {rest}".strip(), language
    return text, None


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
