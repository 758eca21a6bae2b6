"""A message with what came before it, as one string: the classifier's port takes a text and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

# The record separator of ASCII; nobody types it, and it is taken out of what people paste.
_SEPARATOR = "\x1e"


@dataclass(frozen=True, slots=True)
class Situated:
    """What the person wrote, what they wrote before, and the route that answered it; "" where unknown."""

    text: str
    context: str = ""
    previous_route: str = ""


def joined(message: Situated) -> str:
    """The message as one string, for `Classifier.classify`. Without circumstances it is the text itself."""
    parts = [message.text, message.context, message.previous_route]
    clean = [part.replace(_SEPARATOR, " ") for part in parts]
    return _SEPARATOR.join(clean) if any(clean[1:]) else clean[0]


def parted(text: str) -> Situated:
    """The reverse of `joined`."""
    parts = text.split(_SEPARATOR)
    return Situated(*parts) if len(parts) == 3 else Situated(text)
