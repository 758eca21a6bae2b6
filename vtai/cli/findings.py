"""What `vtai doctor` found: one line for each part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from vtai.core.errors import VTError

State = Literal["good", "poor", "bad", "off"]
_SIGNS: Final[dict[State, str]] = {"good": "[ok]", "poor": "[!!]", "bad": "[no]", "off": "[--]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `is_vital`: without it VT.ai cannot answer a message."""

    state: State
    subject: str
    text: str
    fix: str = ""
    is_vital: bool = False

    def __str__(self) -> str:
        fix = f"\n       fix: {self.fix}" if self.fix else ""
        return f"{_SIGNS[self.state]} {self.subject}: {self.text}{fix}"


def wrong(subject: str, error: VTError, *, is_vital: bool = False) -> Finding:
    """What an error says."""
    return Finding("bad", subject, error.message, error.hint, is_vital)
