"""A router for VT.ai: who writes in capitals wants to be heard, not a picture."""

from vtai.core.routes import Decision
from vtai.core.turn import Turn

_LEAST_LETTERS = 8


class ShoutingRouter:
    """Sends messages in capitals to the text route; has no opinion on others."""

    async def choose(self, turn: Turn) -> Decision | None:
        letters = [letter for letter in turn.text if letter.isalpha()]
        if len(letters) < _LEAST_LETTERS or not turn.text.isupper():
            return None
        return Decision("text", 0.9, "The message is shouted.", "shouting")
