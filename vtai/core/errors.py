"""The one family of errors that people meet. Each says what happened and what to do next.

VTError
├── SettingsError          a setting, file or option is wrong; the start stops
├── UnknownName            a model, vendor or route that nobody knows
├── NotConfigured          a capability that needs a key or a setting
├── NotReady               a part that is still loading, or that failed to
├── BadAttachment          a file that cannot be taken
├── BadAddress             an address that is not fetched
├── Busy                   a queue that is full
├── BadArguments           a tool call that cannot be run as it was written
└── ProviderError          an outside service did not do its part
    ├── MissingKey         no key for this vendor
    ├── BadKey             the vendor refused the key
    ├── QuotaExhausted     the account has no credit left
    ├── RateLimited        too many requests; `retry_after_s` where the vendor said so
    ├── ContextTooLong     the conversation does not fit the model
    ├── ContentRefused     the vendor's policy refused the request
    ├── ModelGone          the vendor does not know the model (any more)
    ├── BadRequest         the vendor refused the request for another reason
    ├── Unreachable        no connection to the vendor
    ├── TimedOut           the vendor did not answer in time
    ├── StreamCut          the answer broke off in the middle
    └── VendorDown         the vendor failed on its side
"""

from __future__ import annotations


class VTError(Exception):
    """`message`: what happened. `hint`: what to do next. Both in plain words, without secrets or paths."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(VTError):
    """A setting, file or option is wrong; the start stops."""


class UnknownName(VTError):
    """A model, vendor or route that nobody knows. The hint holds near matches."""


class NotConfigured(VTError):
    """A capability that needs a key or a setting. The hint says which."""


class NotReady(VTError):
    """A part that is still loading, or that failed to."""


class BadAttachment(VTError):
    """A file that cannot be taken: its size, kind or content."""


class BadAddress(VTError):
    """An address that is not fetched: of another kind, or not of the open internet."""


class Busy(VTError):
    """A queue that is full."""


class BadArguments(VTError):
    """A tool call that cannot be run as it was written. The model reads message and hint."""


class StorageUnavailable(VTError):
    """What is kept cannot be read or written just now."""


class QuotaReached(VTError):
    """A person keeps as much as they may."""


class BadAccount(VTError):
    """A name, password or role that cannot be."""


class SignInRefused(VTError):
    """Name and password do not fit, or the account is suspended; which of them is not told."""


class LockedOut(VTError):
    """Too many tries. `retry_after_s` says when the next one may come."""

    def __init__(self, message: str, hint: str = "", retry_after_s: float = 60.0) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class NotSignedIn(VTError):
    """Nobody knows who asks."""


class Forbidden(VTError):
    """Who asks may not do this."""


class LimitReached(VTError):
    """A limit of requests, tokens or money. `retry_after_s` says when there is room again."""

    def __init__(self, message: str, hint: str = "", retry_after_s: float = 60.0) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class ProviderError(VTError):
    """An outside service did not do its part."""


class MissingKey(ProviderError):
    """No key for this vendor."""


class BadKey(ProviderError):
    """The vendor refused the key."""


class QuotaExhausted(ProviderError):
    """The account behind the key has no credit left."""


class RateLimited(ProviderError):
    """Too many requests. `retry_after_s` is the vendor's own hint in seconds, where it gave one."""

    def __init__(self, message: str, hint: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class ContextTooLong(ProviderError):
    """The conversation does not fit the model's context."""


class ContentRefused(ProviderError):
    """The vendor's policy refused the request."""


class ModelGone(ProviderError):
    """The vendor does not know the model (any more)."""


class BadRequest(ProviderError):
    """The vendor refused the request for a reason not listed here."""


class Unreachable(ProviderError):
    """No connection to the vendor."""


class TimedOut(ProviderError):
    """The vendor did not answer in time."""


class StreamCut(ProviderError):
    """The answer broke off in the middle."""


class VendorDown(ProviderError):
    """The vendor failed on its side. `retry_after_s` as in RateLimited."""

    def __init__(self, message: str, hint: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s
