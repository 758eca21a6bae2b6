"""What an operator says about an MCP server: a table `[mcp.NAME]` of tools.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

# No two underscores in a row and none at the end: the name ends where "__" begins in that of a tool.
NAME: Final = re.compile(r"(?=.{1,32}\Z)[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]*")


class McpServer(BaseModel):
    """One server: a `command` that is run here, or a `url`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    command: str | None = Field(default=None, min_length=1, examples=["uvx"])
    """The program to run; it speaks over its standard input and output."""
    args: tuple[str, ...] = Field(default=(), examples=[["mcp-server-time"]])
    """Its arguments. Other people on the machine can see them: keys belong into `env`."""
    env: Mapping[str, SecretStr] = Field(default={}, examples=[{"TOKEN": "${MY_TOKEN}"}])
    """Variables it gets beside PATH, HOME and LANG. `${NAME}` stands for a variable of ours."""
    url: str | None = Field(
        default=None, pattern=r"^https?://[^\s{}@]+$", examples=["https://example.org/mcp"]
    )
    """Where it answers (streamable HTTP)."""
    headers: Mapping[str, SecretStr] = Field(default={}, examples=[{"Authorization": "Bearer ${MY_TOKEN}"}])
    """What is sent along with every request, to this address alone. `${NAME}` as in `env`."""
    approval: bool | tuple[str, ...] = Field(default=True, examples=[True])
    """Whether the person is asked before each call; a list names the tools that need not ask."""
    tools: tuple[str, ...] | None = Field(default=None, examples=[["read_file"]])
    """The only tools that are offered, by the server's own names; absent offers all."""
    timeout_s: float = Field(default=60.0, gt=0, le=3600, examples=[60])
    """Seconds that one call may take."""
    is_on: bool = Field(default=True, strict=True, examples=[True])
    """Off leaves the server alone, without taking it out of the file."""

    @property
    def kind(self) -> Literal["stdio", "http"]:
        return "stdio" if self.command is not None else "http"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be repeated anywhere."""
        return tuple(
            value.get_secret_value() for value in (*self.env.values(), *self.headers.values()) if value
        )

    def asks_before(self, tool: str) -> bool:
        """Whether a call of the tool, by the server's name for it, needs the person's word."""
        return self.approval if isinstance(self.approval, bool) else tool not in self.approval

    def offers(self, tool: str) -> bool:
        return self.tools is None or tool in self.tools

    @field_validator("approval", mode="before")
    @classmethod
    def _is_a_word_or_a_list(cls, value: Any) -> Any:
        if isinstance(value, bool) or (isinstance(value, list | tuple) and _are_texts(value)):
            return value
        raise ValueError("it is true, false, or a list of the tools that need not ask")

    @model_validator(mode="after")
    def _is_one_kind(self) -> McpServer:
        if (self.command is None) == (self.url is None):
            raise ValueError("it needs either a command or a url")
        if self.command is None and (self.args or self.env):
            raise ValueError("args and env belong to a command, not to a url")
        if self.url is None and self.headers:
            raise ValueError("headers belong to a url, not to a command")
        for name, value in self.env.items():
            if not _VARIABLE.fullmatch(name) or "\0" in value.get_secret_value():
                raise ValueError(f"env.{name} cannot be set: a name has letters, digits and underscores")
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(name) or not _HEADER_VALUE.fullmatch(value.get_secret_value()):
                raise ValueError(f"headers.{name} cannot be sent: plain letters on one line can")
        return self


def _are_texts(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)
