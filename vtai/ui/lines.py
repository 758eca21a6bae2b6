"""What the page says of a hands-free conversation while it goes on, and when it ends."""

from __future__ import annotations

from typing import Final

CONNECTING: Final = "Hands-free: connecting …"
LISTENING: Final = "Hands-free: listening …"
THINKING: Final = "Hands-free: thinking …"
SPEAKING: Final = "Hands-free: speaking. Speak to interrupt."
ENDED: Final = "The hands-free conversation ended: no more sound came from the microphone."
FLOODED: Final = "More sound came in than anybody can speak, so the conversation ended. Try again."
