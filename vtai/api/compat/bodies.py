"""What programs send, parsed by pydantic. Unknown fields are passed over: there are always newer ones."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from vtai.api import reading
from vtai.api.compat.failures import WrongField

if TYPE_CHECKING:
    from starlette.requests import Request

Given = TypeVar("Given", bound=BaseModel)

# Beyond that, parsing would keep others waiting.
_LARGE: Final = 500_000


def _whole(text: str) -> str:
    """The text with halves of characters replaced: nothing further on takes them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Text = Annotated[str, AfterValidator(_whole)]


class Sent(BaseModel):
    """Something that is sent."""

    model_config = ConfigDict(frozen=True, extra="ignore")


async def read(request: Request, kind: type[Given], max_bytes: int) -> Given:
    """The body of a request. Raises BodyTooLarge or WrongField."""
    content = await reading.read(request, max_bytes)
    if len(content) > _LARGE:
        return await asyncio.to_thread(_parsed, content, kind)
    return _parsed(content, kind)


def _parsed(content: bytes, kind: type[Given]) -> Given:
    try:
        told: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WrongField("The request is not valid JSON.", "Send a JSON object.") from error
    return checked(told, kind)


def checked(told: Any, kind: type[Given]) -> Given:
    """Raises WrongField with the name of the first field that is wrong."""
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        if first["type"] == "missing":
            raise WrongField(f"The field {where} is missing.", "Add it.", where) from error
        reason = first["msg"].removeprefix("Value error, ").rstrip(".")
        told_of = f"The field {where} is wrong" if where else "The request is wrong"
        raise WrongField(f"{told_of}: {reason}.", "Correct it and send it again.", where or None) from error
