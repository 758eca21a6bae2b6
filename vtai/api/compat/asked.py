"""What a program asks of `/chat/completions`, and what of it is not done here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, Field, field_validator

from vtai.api.compat.bodies import Sent, Text
from vtai.api.compat.failures import WrongField
from vtai.core.turn import Effort

MOST_MESSAGES: Final = 5_000
MOST_TOOLS: Final = 128
_MOST_STOPS: Final = 4
_FORMATS: Final = frozenset({"text", "json_object", "json_schema"})
_CHOICES: Final = frozenset({"auto", "none", "required"})


class Address(Sent):
    url: str


class Sound(Sent):
    data: str
    format: str


class SentFile(Sent):
    filename: Text | None = None
    file_data: str | None = None
    file_id: str | None = None


class Part(Sent):
    """A part of a message: words, a picture, sound or a file."""

    type: str
    text: Text | None = None
    refusal: Text | None = None
    image_url: Address | None = None
    input_audio: Sound | None = None
    file: SentFile | None = None

    @field_validator("image_url", mode="before")
    @classmethod
    def _address(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value


class Function(Sent):
    name: Text
    arguments: Text = ""


class Call(Sent):
    id: Text
    type: Literal["function"] = "function"
    function: Function


class Said(Sent):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | tuple[Part, ...] | None = None
    tool_calls: tuple[Call, ...] | None = None
    tool_call_id: Text | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        if isinstance(self.content, str):
            return (Part(type="text", text=self.content),)
        return self.content or ()


class Described(Sent):
    name: Annotated[Text, Field(min_length=1, max_length=64)]
    description: Text | None = None
    parameters: Mapping[str, Any] | None = None
    strict: bool | None = None


class Offered(Sent):
    """A tool of the program. We pass its calls back and never run it."""

    type: Literal["function"]
    function: Described


class StreamOptions(Sent):
    include_usage: bool = False


class Asked(Sent):
    """A whole request."""

    model: Annotated[Text, Field(min_length=1, max_length=300)]
    messages: Annotated[tuple[Said, ...], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(
        default=None, ge=1, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )
    stop: tuple[Text, ...] = ()
    reasoning_effort: Effort | None = None
    tools: Annotated[tuple[Offered, ...], Field(max_length=MOST_TOOLS)] | None = None
    tool_choice: str | Mapping[str, Any] | None = None
    response_format: Mapping[str, Any] | None = None
    n: int | None = None
    logprobs: bool | None = None
    modalities: tuple[str, ...] | None = None
    functions: tuple[Any, ...] | None = None

    @field_validator("stop", mode="before")
    @classmethod
    def _stops(cls, value: object) -> object:
        if isinstance(value, str):
            value = (value,)
        stops = tuple(value) if isinstance(value, list | tuple) else ()
        if len(stops) > _MOST_STOPS or not all(isinstance(stop, str) and stop for stop in stops):
            raise ValueError(f"at most {_MOST_STOPS} texts that are not empty")
        return stops

    @field_validator("reasoning_effort", mode="before")
    @classmethod
    def _effort(cls, value: object) -> object:
        return "high" if value in {"xhigh", "max"} else value

    @property
    def is_json(self) -> bool:
        return self.response_format is not None and self.response_format.get("type") != "text"

    @property
    def has_tools(self) -> bool:
        """Whether tools of the program have to do with it: offered now, or called before."""
        return bool(self.tools) or any(said.role == "tool" or said.tool_calls for said in self.messages)

    @property
    def choice(self) -> str | None:
        """Which of the tools is to be called, as `ModelRequest` has it."""
        if isinstance(self.tool_choice, Mapping):
            return str(self.tool_choice["function"]["name"])
        return self.tool_choice


def check(asked: Asked) -> None:
    """Raises WrongField for what is not done here; passing it over would give a wrong answer."""
    if asked.n not in {None, 1}:
        raise WrongField("One answer is given at a time: n is 1.", "Ask several times.", "n")
    if asked.logprobs:
        raise WrongField("Probabilities of tokens are not given.", "Leave logprobs out.", "logprobs")
    if asked.functions:
        raise WrongField("Functions are called through tools.", "Send tools in place of them.", "functions")
    if set(asked.modalities or ()) - {"text"}:
        hint = "Ask for text, and have it spoken by /v1/audio/speech."
        raise WrongField("Answers are text.", hint, "modalities")
    _check_format(asked.response_format)
    _check_choice(asked)
    if asked.messages[-1].role == "assistant":
        hint = "End with a message of the user or a tool's result."
        raise WrongField("The last message is the assistant's own.", hint, "messages")


def _check_format(wanted: Mapping[str, Any] | None) -> None:
    if wanted is None:
        return
    kind = wanted.get("type")
    schema = wanted.get("json_schema")
    if kind not in _FORMATS:
        hint = "Use text, json_object or json_schema."
        raise WrongField("There is no such response format.", hint, "response_format.type")
    if kind == "json_schema" and not (
        isinstance(schema, Mapping) and isinstance(schema.get("schema"), Mapping)
    ):
        hint = 'Send {"type": "json_schema", "json_schema": {"name": ..., "schema": {...}}}.'
        raise WrongField("The response format has no schema.", hint, "response_format.json_schema")


def _check_choice(asked: Asked) -> None:
    choice = asked.tool_choice
    if choice is None:
        return
    names = {offered.function.name for offered in asked.tools or ()}
    if isinstance(choice, str):
        is_known = choice in _CHOICES and (bool(names) or choice != "required")
    else:
        function = choice.get("function")
        is_known = isinstance(function, Mapping) and function.get("name") in names
    if not is_known:
        hint = 'Use "auto", "none", "required", or a function that is among the tools.'
        raise WrongField("There is no such choice of tools.", hint, "tool_choice")
