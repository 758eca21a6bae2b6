"""Where a model answers, how a request to it is spelled, and how long to wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from vtai.core.turn import HostedTool

if TYPE_CHECKING:
    from pydantic import SecretStr

# How a vendor is spoken to: one of ours, or one of another package, by the name of its entry point.
Wire = str
WIRES: Final = frozenset({"openai", "litellm", "embedded"})
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NO_BODIES: Mapping[HostedTool, Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model's address. `key` is spent by the wire and shown by nobody.

    `has_own_url` says that somebody set the address; the vendor's own one is known to behave as documented.
    `efforts` maps a reasoning effort to the fields that ask for it; an effort that is missing is sent as
    `reasoning_effort`. `extra_body` is laid over every request, `search_body` over one whose model is to
    search the web; `searches_at` is where such a request goes. `end_mark` stands in the raw stream only where
    an answer ends; None where the end can be told without it. `hosted_body` asks for tools that the vendor
    runs, where that is not done as OpenAI has it; `vector_stores` are what its file search looks in.
    """

    vendor: str
    label: str
    base_url: str | None
    key: SecretStr | None = None
    key_variable: str | None = None
    has_own_url: bool = False
    litellm_model: str = ""
    max_tokens_field: str = "max_tokens"
    asks_for_usage: bool = True
    end_mark: str | None = None
    efforts: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _NOTHING)
    extra_body: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    search_body: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    searches_at: Literal["chat", "responses"] = "chat"
    hosted_body: Mapping[HostedTool, Mapping[str, Any]] = field(default_factory=lambda: _NO_BODIES)
    vector_stores: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """Host and port for people to read, without anything secret that a URL may hold."""
        parts = urlsplit(self.base_url or "")
        return f"{parts.hostname}:{parts.port}" if parts.port else (parts.hostname or self.label)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a connection, for the first piece of an answer, for each further sign of life."""

    connect_s: float = 10.0
    first_token_s: float = 120.0
    idle_s: float = 60.0
