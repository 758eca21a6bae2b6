"""Every option: type, default, unit.

Vendors' keys are not here: they keep their usual variable names (`vtai.providers.keys`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vtai.core.turn import Effort, HostedTool
from vtai.settings.hosting import EnteringOptions, LimitingOptions, Names, StoringOptions, split

PREFIX = "VT_"


class Settings(LimitingOptions, EnteringOptions, StoringOptions, BaseSettings):
    """The options, each explained under it; `docs/reference/settings.md` is made from here."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`load` merges the places itself, so that each value's origin is known."""
        return (init_settings,)

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback asks for an access key."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 takes any free one."""
    access_key: SecretStr | None = Field(default=None, min_length=16)
    """Key that page, API and sockets ask for. Made at start when needed and not given."""
    allowed_origins: Names = ()
    """Further origins that may open sockets, such as "https://chat.example.org" behind a proxy."""
    thread_pool_size: int = Field(default=8, ge=1, le=256)
    """Threads for work that would block the event loop."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least severity that is logged."""

    default_model: str | None = None
    """Model or alias that answers text; chosen from the keys that are set when absent."""
    reasoning_model: str | None = None
    """Model or alias for thinking turns."""
    vision_model: str | None = None
    """Model or alias that looks at pictures."""
    image_model: str | None = None
    """Model or alias that makes pictures."""
    speech_model: str | None = None
    """Model or alias that speaks."""
    transcription_model: str | None = None
    """Model or alias that listens."""
    assistant_model: str | None = None
    """Model or alias that calls tools."""
    fallback_models: Names = ()
    """Models tried in order when the chosen one fails before its first piece."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    """Sampling temperature; absent leaves it to the model, 0 is 0."""
    top_p: float | None = Field(default=None, gt=0, le=1)
    """Nucleus sampling; absent leaves it to the model."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Longest answer in tokens."""
    reasoning_effort: Effort | None = None
    """How much a reasoning model thinks."""
    trim_history: bool = True
    """Drop the oldest messages when a conversation outgrows the model's context."""
    dynamic_routing: bool = True
    """Let each message find its route; off, only commands, marks and files decide."""
    routers: str = "rules+semantic"
    """Routers in the order they are asked, joined by +."""
    ask_when_unsure: bool = True
    """Where a costly route is likely but not sure, ask instead of guessing."""
    routing_cache_size: int = Field(default=2048, ge=0)
    """Decisions that are remembered; 0 remembers none."""
    routing_cache_s: float = Field(default=600.0, gt=0)
    """Seconds for which a decision is remembered."""
    second_opinion_model: str | None = None
    """Fast model that is asked where the router is unsure; absent asks nobody."""
    second_opinion_timeout_s: float = Field(default=1.5, gt=0)
    """Seconds to wait for the second opinion; late ones do not count."""

    image_size: str | None = None
    """Size of pictures, such as "1024x1024"."""
    image_quality: Literal["auto", "low", "medium", "high"] | None = None
    """Quality of pictures."""
    image_background: Literal["auto", "transparent", "opaque"] | None = None
    """Background of pictures."""
    image_format: Literal["png", "jpeg", "webp"] | None = None
    """File format of pictures."""
    image_compression: int | None = Field(default=None, ge=0, le=100)
    """Compression of jpeg and webp pictures, in percent."""
    image_moderation: Literal["auto", "low"] | None = None
    """How strictly the vendor moderates pictures."""
    image_count: int = Field(default=1, ge=1, le=4)
    """Pictures a request."""

    speak_replies: bool = False
    """Speak every reply."""
    speech_voice: str | None = None
    """Voice that speaks; absent takes the model's first."""
    speech_speed: float = Field(default=1.0, ge=0.25, le=4)
    """Speed of speech; 1.0 is normal."""
    speech_instructions: str | None = Field(default=None, max_length=1_000)
    """How to speak, such as "calm, like a story", for models that take instructions."""
    spoken_language: str | None = Field(default=None, pattern="^[A-Za-z]{2,3}$")
    """Language that people speak, such as "de"; absent detects it."""
    silence_s: float = Field(default=0.8, ge=0.3, le=5)
    """Seconds of silence after which a message by voice is sent."""
    voice_mode: Literal["pipeline", "realtime"] = "pipeline"
    """Who leads conversations by voice: the parts one after the other, or a vendor's realtime model."""
    realtime_model: str | None = None
    """Model or alias that speaks and listens by itself, for the realtime mode."""

    search_summarise: bool = True
    """Answer from the results; off shows the results alone."""
    search_depth: Literal["low", "medium", "high"] = "medium"
    """How much of each page the model reads."""
    search_links: bool = True
    """List the sources under the answer."""
    search_results: int = Field(default=5, ge=1, le=20)
    """Pages a search."""
    search_model: str | None = None
    """Model or alias that answers from the web; absent takes the one that answers text."""
    search_time_range: Literal["day", "week", "month", "year"] | None = None
    """How old pages may be; absent takes any."""
    search_region: str | None = Field(default=None, pattern="^[A-Za-z]{2}$")
    """Country to search in, such as "de"; absent takes any."""
    search_safe: Literal["off", "moderate", "strict"] = "moderate"
    """How strictly pages for adults are left out, where the search engine can."""
    search_research_s: float = Field(default=120.0, ge=10, le=3600)
    """Seconds that a piece of research may take."""
    search_research_usd: float = Field(default=0.5, gt=0, le=100)
    """US dollars that a piece of research may cost, where the model's price is known."""
    search_cache_s: float = Field(default=300.0, ge=0)
    """Seconds for which results are kept; 0 keeps none."""
    keyless_search: Literal["tavily", "metasearch", "off"] = "tavily"
    """Search without a key: by Tavily, then also by metasearch (ddgs), or off."""
    search_own: bool = False
    """Let a model that can search the web by itself do so, instead of a search engine."""
    searxng_url: str | None = None
    """Base URL of a SearXNG instance to search with."""
    tavily_url: str = "https://api.tavily.com"
    """Base URL of the Tavily API."""
    tavily_depth: Literal["basic", "advanced", "fast", "ultra-fast"] = "basic"
    """How thoroughly Tavily searches; "advanced" costs more."""

    tools: Names = ()
    """Names of the tools that the assistant may use; absent allows all."""
    tools_off: Names = ()
    """Names of tools that it may not use."""
    tools_asking: Names = ()
    """Names of tools that ask the person before each call, beside those that always do."""
    assistant_steps: int = Field(default=12, ge=1, le=100)
    """Most questions to the model in one reply of the assistant."""
    assistant_s: float = Field(default=300.0, ge=10, le=3600)
    """Seconds that one reply of the assistant may take."""
    assistant_tokens: int = Field(default=200_000, ge=1_000)
    """Tokens that one reply of the assistant may use, all its questions together."""
    assistant_usd: float = Field(default=1.0, gt=0, le=100)
    """US dollars that one reply of the assistant may cost, where the model's price is known."""
    assistant_hosted: Annotated[tuple[HostedTool, ...], BeforeValidator(split)] = ()
    """Tools that the model's vendor runs by itself, where it has them."""

    code_sandbox: Literal["auto", "local", "seatbelt", "container", "remote", "e2b", "off"] = "auto"
    """Where code of the assistant runs; auto takes what is set up and safe."""
    code_sandbox_min: Literal["kernel", "gvisor", "vm"] = "kernel"
    """The weakest wall that is accepted around code."""
    code_sandbox_level: Literal["A", "B", "C"] | None = None
    """Which of its means the local sandbox uses; absent takes the strongest that works."""
    code_sandbox_url: str | None = None
    """Base URL of a sandbox service (`vtai sandbox serve`) that code is sent to."""
    code_sandbox_token: SecretStr | None = Field(default=None, min_length=16)
    """Token of that service."""
    code_sandbox_image: str = "vtai-sandbox"
    """Container image that code runs in, where it runs in containers."""
    code_sandbox_runtime: str | None = None
    """Container runtime, such as "runsc" for gVisor."""
    code_timeout_s: float = Field(default=30.0, ge=1, le=120)
    """Seconds that one run of code may take."""
    code_memory_mb: int = Field(default=1024, ge=128, le=65536)
    """Memory of one session of code, in megabytes."""
    code_disk_mb: int = Field(default=256, ge=16, le=65536)
    """Files of one session of code, in megabytes."""
    code_sessions: int = Field(default=200, ge=1, le=2000)
    """Most sessions of code at a time; fewer where memory is short."""
    code_idle_s: float = Field(default=900.0, ge=10)
    """Seconds after which a session of code that nobody uses is closed."""

    connect_timeout_s: float = Field(default=10.0, gt=0)
    """Seconds to wait for a connection to a vendor."""
    first_token_timeout_s: float = Field(default=120.0, gt=0)
    """Seconds to wait for the first piece of an answer."""
    idle_timeout_s: float = Field(default=60.0, gt=0)
    """Seconds to wait for the next piece of an answer."""
    max_retries: int = Field(default=2, ge=0, le=10)
    """Further attempts after a failure that may pass."""

    embedded: bool = True
    """Use the small packaged models where no key is set."""
    embedded_threads: int | None = Field(default=None, ge=1)
    """Threads of the packaged language model; absent takes one less than the cores."""
    embedded_slots: int = Field(default=2, ge=1, le=16)
    """Answers that the packaged language model writes at once."""
    embedded_queue: int = Field(default=32, ge=0)
    """Turns that may wait for the packaged language model."""

    max_upload_mb: int = Field(default=100, ge=1, le=2000)
    """Largest file a person may send, in megabytes."""
    max_upload_files: int = Field(default=10, ge=1, le=100)
    """Most files in one message."""
    file_workers: int = Field(default=2, ge=1, le=32)
    """Files and pictures that are read at once, each in a process of its own."""
    fetch_allow: Names = ()
    """Private hosts or networks that pages and pictures may come from, such as `10.1.0.0/16`; else none."""
