"""Takes out of a text the sentences that are written for a model and not for people.

Limits: it knows the usual wordings in the larger languages. One that is written anew passes, so what is left
is still data and nothing to obey. A page about such wordings loses the sentences that quote them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LEFT_OUT: Final = "[left out: words addressed to an AI model]"

# Letters of the Cyrillic and the Greek alphabet that pass for Latin ones.
_LOOK_ALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u0501\u051b\u051d"
    "\u03bf\u03b1\u03b5\u03bd\u03b9\u03ba\u03c4",
    "aeopcyxisjdqwoaevikt",
)
_SENTENCES: Final = re.compile(r"(?<=[.!?;])\s+|(?<=[\u3002\uff01\uff1f])|\n")
_EARLIER: Final = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|former"
    r"|initial|other|system|your|all|any)"
)
_ORDERS: Final = (
    r"(?:instruction|prompt|rule|direction|directive|guideline|command|context|message"
    r"|programming|training|polic)"
)
_MODELS: Final = (
    r"(?:ai|llm|language|virtual)[ -]?(?:models?|assistants?|agents?|systems?|chatbots?|bots?|crawlers?"
    r"|summari[sz]ers?|reviewers?)"
)
_WORDINGS: Final = (
    (
        r"\b(?:ignore|disregard|forget|override|overrule|bypass|skip|neglect|do not (?:follow|obey))\b"
        rf".{{0,40}}?\b{_EARLIER}\b.{{0,40}}?\b{_ORDERS}"
    ),
    (
        r"\b(?:ignore|disregard|forget) (?:everything|all (?:that|of)|anything) .{0,20}?"
        r"\b(?:above|before|said|told)\b"
    ),
    r"\byou are (?:now|no longer) (?:an?|the|in|my|acting|called|named|dan\b|free|bound|going|required|chat)",
    r"\bfrom now on,? (?:you|your)\b.{0,30}?\b(?:are|will|must|shall|should|answer|respond|reply)\b",
    (
        r"\b(?:reveal|print|show|repeat|output|leak|tell|give|send|disclose|ignore|new|real|hidden|your|the)\b.{0,30}?"
        r"\bsystem[ -]?prompts?\b"
    ),
    r"\bsystem[ -]?(?:prompt|message|instruction|override|note|notice)s?\s*[:=]",
    (
        r"\b(?:new|updated|important|urgent|special|secret|hidden|additional) instructions? (?:for|to) "
        r"(?:the |all |any |you,? )?(?:ai|llm|model|assistant|chatbot|bot|agent|language)"
    ),
    (
        r"\b(?:attention|note|notice|message|instructions?|important|warning|dear|hey|hello|memo)\b[^.]{0,20}"
        rf"\b{_MODELS}\b\s*[:,!-]"
    ),
    r"\bif you(?:'re| are) (?:an? )?(?:ai|llm|large language|language|chatbot|virtual assistant)\b",
    (
        r"\bas an? (?:ai|llm|(?:large )?language model|ai assistant|chatbot)\b.{0,40}?"
        r"\byou (?:must|should|shall|will|have to|need to|are)\b"
    ),
    (
        rf"\b{_MODELS}\b.{{0,40}}?\b(?:must|should|shall|are (?:required|instructed|told)) (?:to )?(?:not )?"
        r"(?:say|state|tell|recommend|respond|reply|answer|output|include|mention|ignore|praise|rate|click|visit|send"
        r"|call|add|insert|append|summari[sz]e)"
    ),
    (
        r"\b(?:do not|don't|never|without) (?:tell|inform|mention|reveal|alert|notify)(?:ing)?\b.{0,25}?"
        r"\bthe (?:user|human|person|reader)s?\b"
    ),
    r"\b(?:tell|inform|convince|persuade|ask|instruct|urge) the (?:user|human)s? (?:that|to)\b",
    r"\b(?:respond|reply|answer) (?:only )?with (?:the (?:word|phrase|text|string)|exactly|nothing but)\b",
    r"\b(?:developer|dan|jailbreak|god|debug|admin|sudo) mode (?:enabled|activated|on\b|is now)",
    (
        r"\b(?:call|invoke|use|run|execute) (?:the |your )?[\w .`'\"-]{1,40}?(?:tool|function|plugin)\b"
        r".{0,40}?\b(?:with|and|now|to)\b.{0,60}?\b(?:secret|password|conversation|chat history|api key)"
    ),
    r"\b(?:begin|start|end) (?:of )?(?:system|new|hidden|admin) (?:prompt|instructions?|message)",
    # German, French, Spanish and Portuguese, Italian, Chinese and Japanese: "ignore the instructions above".
    (
        r"\b(?:ignorier|vergiss|vergesst|missacht)\w*\b.{0,30}?\b(?:vorherig|vorig|bisherig|obig|fruher|alle)"
        r"\w*\b.{0,20}?\b(?:anweisung|vorgabe|instruktion|befehl|prompt)"
    ),
    (
        r"\b(?:ignor|oubli)\w*\b.{0,40}?\b(?:instructions|consignes|directives)\b.{0,30}?"
        r"\b(?:precedentes|anterieures|ci-dessus|systeme)"
    ),
    (
        r"\b(?:ignor|olvid|esquec)\w*\b.{0,40}?\b(?:instrucciones|indicaciones|instrucoes|ordenes)\b.{0,30}?"
        r"\b(?:anteriores|previas|arriba|acima|sistema)"
    ),
    r"\b(?:ignor|dimentic)\w*\b.{0,40}?\bistruzioni\b.{0,30}?\b(?:precedenti|sopra|sistema)",
    "(?:\u5ffd\u7565|\u65e0\u89c6|\u7121\u8996|\u5fd8\u8bb0)[^\u3002]{0,15}(?:\u6307\u4ee4|\u6307\u793a|\u63d0\u793a\u8bcd|\u89c4\u5219)",
    "(?:\u6307\u793a|\u547d\u4ee4|\u30d5\u309a\u30ed\u30f3\u30d5\u309a\u30c8)[^\u3002]{0,10}\u7121\u8996",
    # Russian.
    r"\b\u0438\u0433\u043d\w{3,12}\b.{0,40}?\b\w{0,3}(?:\u0441\u0442\u0440\u0443\u043a\u0446|\u0443\u043a\u0430\u0437\u0430\u043d|\u043a\u043e\u043c\u0430\u043d\u0434)",
)
_ADDRESSED: Final = re.compile("|".join(f"(?:{wording})" for wording in _WORDINGS), re.IGNORECASE)
# Signs between the turns of a conversation, as models are given them.
_TURN_SIGN: Final = re.compile(
    r"<\|[a-z_|/ ]{1,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>", re.IGNORECASE
)
_ROLE_TAG: Final = re.compile(
    r"</?\s?(?:system|assistant|function_calls?|tool_calls?|tool_results?|invoke|system-reminder)"
    r"(?:[ :][^<>\n]{0,80})?>"
    r"|\[/?(?:system|assistant|tool)\](?:\(#[^)\n]{0,20}\))?"
    r"|^\s{0,3}#{2,}\s*(?:system|assistant|instructions?|response)\s*:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_ROLE_LABEL: Final = re.compile(
    r"^(\s*(?:[-*>#]+\s*)?)\**(?:ai assistant|assistant|chatgpt|claude|gemini|system|developer)\**\s*:\**\s*",
    re.IGNORECASE,
)
_LABELLED_ORDER: Final = re.compile(
    r"\b(?:you (?:are|must|will|should|shall)|ignore|instructions?|prompt|override|respond|reply|sure)\b",
    re.IGNORECASE,
)


def left_out(text: str) -> tuple[str, int]:
    """The text with a mark where sentences or signs for models stood, and how many there were."""
    text, tags = _ROLE_TAG.subn("", text)
    if not (tags or _may_hold_one(text)):
        return text, 0
    lines = [_line(line) for line in text.split("\n")]
    return "\n".join(line for line, _ in lines), tags + sum(count for _, count in lines)


def is_addressed(sentence: str) -> bool:
    """Whether somebody wrote it for a model."""
    plain = unicodedata.normalize("NFKD", sentence)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).lower().replace("\u2019", "'")
    plain = " ".join(plain.split())
    return any(_ADDRESSED.search(reading) for reading in {plain, plain.translate(_LOOK_ALIKES)})


def _may_hold_one(text: str) -> bool:
    signs = _TURN_SIGN.search(text) or any(map(_ROLE_LABEL.match, text.split("\n")))
    return bool(signs) or is_addressed(text)


def _line(line: str) -> tuple[str, int]:
    """A line without such sentences. An order may run over two of them."""
    if _TURN_SIGN.search(line):
        return LEFT_OUT, 1
    if (label := _ROLE_LABEL.match(line)) and _LABELLED_ORDER.search(line, label.end()):
        return f"{label[1]}{LEFT_OUT}", 1
    if not is_addressed(line):
        return line, 0
    start, kept, count = 0, list[str](), 0
    for end in [*(found.end() for found in _SENTENCES.finditer(line)), len(line)]:
        sentence = line[start:end]
        is_one = is_addressed(sentence)
        count += is_one
        if not is_one:
            kept.append(sentence)
        elif not (kept and kept[-1].startswith(LEFT_OUT)):
            kept.append(f"{LEFT_OUT} ")
        start = end
    if not count:
        return LEFT_OUT, 1  # it runs over the end of a sentence
    return "".join(kept).rstrip(), count
