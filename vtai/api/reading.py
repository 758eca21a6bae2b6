"""What comes in: bodies up to a limit and parameters, parsed by pydantic, and what is said of wrong ones."""

from __future__ import annotations

import json
import re
import types
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from vtai.api.answers import BadRequestBody, BodyTooLarge, Unfit, WrongMediaType

if TYPE_CHECKING:
    from starlette.requests import Request

Model = TypeVar("Model", bound=BaseModel)

MAX_BODY_BYTES = 1_000_000
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_WHOLE_NUMBER = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?")
_DOCS = "GET /api/v1/docs tells what is asked for."


class Body(BaseModel):
    """What is sent. Unknown names are refused: a mistyped option must not be passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Query(Body):
    """What is asked for in the address."""


class Result(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, defer_build=True)


def _without_nul(text: str) -> str:
    # No database keeps it. What takes its place keeps the length, so that limits hold.
    return text.replace("\x00", "\ufffd")


# Behind the limits of a text, as in Annotated[str, Field(max_length=9), WHOLE_TEXT]: before, they are lost.
WHOLE_TEXT = AfterValidator(_without_nul)
Text = Annotated[str, WHOLE_TEXT]


def _whole(value: object) -> object:
    """JSON has numbers of one kind: 2.0 is as whole as 2."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Behind the limits of a number.
WHOLE = BeforeValidator(_whole)


async def body_of(request: Request, model: type[Model], max_bytes: int = MAX_BODY_BYTES) -> Model:
    """The body. Raises BodyTooLarge, WrongMediaType, BadRequestBody or Unfit."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        kind
        and kind != "application/json"
        and not (kind.startswith("application/") and kind.endswith("+json"))
    ):
        raise WrongMediaType("The request is not JSON.", "Send it with `Content-Type: application/json`.")
    content = await read(request, max_bytes)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        if not _HALF.search(content):
            raise _told(error) from error
    try:
        return model.model_validate_json(_mended(content))
    except ValidationError as error:
        raise _told(error) from error


async def read(request: Request, max_bytes: int) -> bytes:
    """The body as it came. Raises BodyTooLarge by the announced length or the real one."""
    too_large = BodyTooLarge(f"The request is larger than {max_bytes // 1000} kB.", "Send it in parts.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    pieces, seen = [], 0
    async for piece in request.stream():
        seen += len(piece)
        if seen > max_bytes:
            raise too_large
        pieces.append(piece)
    return b"".join(pieces)


def query_of(request: Request, model: type[Model]) -> Model:
    """The parameters of the address. Raises Unfit, for unknown and doubled ones too."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if (field := model.model_fields.get(name)) is None:
            known = ", ".join(model.model_fields) or "none"
            raise Unfit(f"There is no parameter {name[:40]!r} here.", f"There are: {known}.")
        found = kinds(field.annotation)
        if tuple in found:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise Unfit(f"The parameter {name} was given twice.", "Give it once.")
        else:
            given[name] = _converted(value, found)
    try:
        return model.model_validate({name: _frozen(value) for name, value in given.items()})
    except ValidationError as error:
        raise _told(error) from error


def kinds(annotation: Any) -> set[Any]:
    """The plain types behind an annotation."""
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return {kind for each in get_args(annotation) for kind in kinds(each)}
    if origin is Annotated:
        return kinds(get_args(annotation)[0])
    return {origin or annotation}


def _converted(value: str, found: set[Any]) -> object:
    """The text as the value that it stands for; as it is where it stands for none."""
    if int in found and _WHOLE_NUMBER.fullmatch(value):
        return int(value)
    if float in found and _NUMBER.fullmatch(value):
        return float(value)
    if bool in found and value in {"true", "false"}:
        return value == "true"
    return value


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _mended(content: bytes) -> bytes:
    """The JSON with halves of characters replaced: browsers send them, and nothing further on takes them."""
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _no_json() from error
    whole = json.dumps(parsed, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return whole.decode("utf-16", "replace").encode()


def _no_json() -> BadRequestBody:
    return BadRequestBody("The request is not valid JSON.", 'It looks like: {"text": "draw a cat"}')


def _told(error: ValidationError) -> BadRequestBody | Unfit:
    """The first thing that is wrong, in words, without what was sent."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return _no_json()
    where = ".".join(str(part) for part in first["loc"])
    told = first["msg"].rstrip(".")
    if first["type"] == "extra_forbidden":
        return Unfit(f"There is no field {where[:80]!r} here.", _DOCS)
    if first["type"] == "missing":
        return Unfit(f"The field {where!r} is missing.", _DOCS)
    return Unfit(f"The field {where[:80]!r}: {told}." if where else f"{told}.", _DOCS)
