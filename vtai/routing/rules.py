"""Facts before guesses: a command, a mark, a file, a linked picture, a message that leans on the last.

Knows no model and loads nothing; a turn takes microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vtai.core import routes, transcribing
from vtai.core.links import picture_links
from vtai.core.messages import Attachment, Kind
from vtai.core.routes import Decision
from vtai.core.turn import Command, Turn
from vtai.routing.cues import Cues, is_think_marked

NAME: Final = "rules"

_ROUTE_OF_COMMAND: dict[Command, str] = {
    "think": routes.TEXT,
    "image": routes.IMAGE_GENERATION,
    "search": routes.WEB_SEARCH,
    "research": routes.WEB_SEARCH,
    "speak": routes.SPEECH,
    "code": routes.ASSISTANT,
    "vision": routes.VISION,
}
# How often each rule was right on messages we wrote to test it; a command is a fact.
_SURE = 1.0
_FILE = 0.97
_ADDRESS = 0.95
_FOLLOW_UP = 0.9
_CONTENT = 0.85


class RulesRouter:
    """Decides turns that carry a fact; has no opinion on the others."""

    def __init__(self) -> None:
        self._cues = Cues.read()

    async def choose(self, turn: Turn) -> Decision | None:
        """The decision of the first rule that knows something about the turn."""
        return next((decision for rule in _RULES if (decision := rule(turn, self._cues))), None)


def _command(turn: Turn, _: Cues) -> Decision | None:
    if turn.command is None:
        return None
    reason = f"You chose the {turn.command.capitalize()} command."
    return _decided(_ROUTE_OF_COMMAND[turn.command], _SURE, reason, is_thinking=turn.command == "think")


def _mark(turn: Turn, _: Cues) -> Decision | None:
    if not is_think_marked(turn.text):
        return None
    return _decided(routes.TEXT, _SURE, "The message holds the <think> mark.", is_thinking=True)


def _files(turn: Turn, cues: Cues) -> Decision | None:
    data = _first(turn, "data")
    sound = _first(turn, "audio") or _first(turn, "video")
    if data is not None and (words := cues.about_content(turn.text)):
        return _decided(
            routes.TEXT, _CONTENT, f"The table {data.name} is attached and “{words}” only reads it."
        )
    if data is not None:
        return _decided(routes.ASSISTANT, _FILE, f"The table {data.name} is attached; tools work on it.")
    if sound is not None and transcribing.is_wanted(turn.text):
        return _decided(routes.TEXT, _FILE, f"The recording {sound.name} is attached, to be written down.")
    if sound is not None:
        return _decided(routes.ASSISTANT, _FILE, f"The recording {sound.name} is attached; tools work on it.")
    if (picture := _first(turn, "image")) is not None:
        return _picture(cues, turn.text, f"The picture {picture.name} is attached", _FILE)
    return None


def _address(turn: Turn, cues: Cues) -> Decision | None:
    if not (found := picture_links(turn.text)):
        return None
    prose = turn.text
    for url in found:
        prose = prose.replace(url, " ")
    return _picture(
        cues, prose, f"The message links the picture {found[0].rpartition('/')[2][:60]}", _ADDRESS
    )


def _picture(cues: Cues, text: str, fact: str, confidence: float) -> Decision:
    if words := cues.change_request(text):
        return _decided(
            routes.IMAGE_GENERATION, confidence, f"{fact} and the message asks to change it (“{words}”)."
        )
    return _decided(routes.VISION, confidence, f"{fact} and nothing asks to change it.")


def _alteration(turn: Turn, cues: Cues) -> Decision | None:
    """A picture was talked about, and now it is to be changed."""
    if turn.previous_route != routes.VISION or not turn.preferences.routes_by_itself:
        return None
    if (words := cues.alteration(turn.text)) is None:
        return None
    reason = f"The last message was about a picture, and this one asks to change it (“{words}”)."
    return _decided(routes.IMAGE_GENERATION, _FOLLOW_UP, reason)


def _elliptical(turn: Turn, cues: Cues) -> Decision | None:
    """A guess about what the last answer was for, so it is left out when routing by itself is off."""
    if turn.previous_route is None or not turn.preferences.routes_by_itself:
        return None
    route = cues.follow_up(turn.text, turn.previous_route)
    if route is None:
        return None
    reason = f"“{turn.text.strip()}” goes on from your last message"
    if route == turn.previous_route:
        return _decided(route, _FOLLOW_UP, f"{reason}, which went to {route}.")
    return _decided(route, _FOLLOW_UP, f"{reason} and asks to hear the answer.")


def _first(turn: Turn, kind: Kind) -> Attachment | None:
    return next((file for file in turn.attachments if file.kind == kind), None)


def _decided(route: str, confidence: float, reason: str, *, is_thinking: bool = False) -> Decision:
    return Decision(route, confidence, reason, NAME, is_thinking=is_thinking)


_RULES: tuple[Callable[[Turn, Cues], Decision | None], ...] = (
    _command,
    _mark,
    _files,
    _address,
    _alteration,
    _elliptical,
)
