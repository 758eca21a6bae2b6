"""Options for hosting: what is kept where, who may in, how much they may use. Parts of `Settings`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


def split(value: object) -> object:
    """The parts of a text with commas."""
    return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


SignIn = Literal["auto", "accounts", "proxy"]
Names = Annotated[tuple[str, ...], BeforeValidator(split)]  # with commas in the environment


class StoringOptions(BaseModel):
    """What is kept, and where."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    history: bool = True
    """Keep conversations."""
    database_url: SecretStr | None = None
    """PostgreSQL database such as "postgresql://user:password@host/vtai"; absent uses a file of its own."""
    files_url: str | None = None
    """S3-compatible store for files such as "s3://bucket/prefix"; absent uses a folder in the data folder."""
    files_endpoint: str | None = None
    """Address of that store, where it is not Amazon's. Its keys are the usual AWS_* variables."""
    files_quota_mb: int = Field(default=2000, ge=1)
    """Megabytes of files that one person may keep."""


class EnteringOptions(BaseModel):
    """Who may in."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    sign_in: SignIn = "auto"
    """Who may in: auto asks for the access key on anything but loopback; accounts for a name and
    password, or a provider that is set up; proxy takes the name from a header."""
    sign_in_days: int = Field(default=30, ge=1, le=365)
    """Days until a browser has to sign in again."""
    sign_in_idle_days: int = Field(default=14, ge=1, le=365)
    """Days without use until a browser has to sign in again."""
    proxy_header: str = "X-Forwarded-User"
    """Header in which a proxy names who asks."""
    proxy_allow: Names = ("127.0.0.1", "::1")
    """Addresses or networks of the proxies whose header counts."""
    oidc_issuer: str | None = None
    """OpenID Connect provider such as "https://login.example.org/realms/home"."""
    oidc_client_id: str | None = None
    """Client id at that provider."""
    oidc_client_secret: SecretStr | None = None
    """Client secret at that provider."""
    oidc_label: str = "Single sign-on"
    """What the button on the sign-in page says."""
    oidc_allow: Names = ()
    """Mail addresses or domains ("@example.org") that may sign in there; absent lets everybody in."""
    github_client_id: str | None = None
    """Client id of a GitHub OAuth app."""
    github_client_secret: SecretStr | None = None
    """Client secret of that app."""
    github_allow: Names = ()
    """GitHub names that may sign in; none where absent."""
    messages_per_minute: int = Field(default=60, ge=1)
    """Messages, pictures and spoken texts a minute for one person; ten times as many embeddings."""
    uploads_per_minute: int = Field(default=60, ge=1)
    """Files, recordings and exports to bring in that one person may send in a minute."""


class LimitingOptions(BaseModel):
    """How much may be used. The limits themselves are in `limits.toml`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    limits_url: SecretStr | None = None
    """Redis such as "redis://host:6379/0" for limits that hold across processes; absent uses the database."""
    vendor_concurrency: int = Field(default=32, ge=1)
    """Requests to one vendor at a time; the others wait in a fair queue."""
    rate_limit_wait_s: float = Field(default=60.0, ge=0)
    """Seconds that a turn may wait for a vendor that says when to come back."""
    response_cache: Literal["off", "memory", "disk", "redis"] = "off"
    """Where answers are remembered for the same question; off asks each time."""
    response_cache_s: float = Field(default=86_400.0, ge=1)
    """Seconds that such an answer counts."""
    response_cache_shared: bool = False
    """Give one person the answer that another one got for the same question."""
    error_log: int = Field(default=200, ge=0)
    """Newest errors that admins can look up by their reference."""
