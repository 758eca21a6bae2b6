"""What people read when a vendor does not do its part: one sentence and one hint for each kind of failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from vtai.core import errors
from vtai.providers.redaction import quote

if TYPE_CHECKING:
    from vtai.core.errors import ProviderError
    from vtai.core.ports import Model
    from vtai.providers.endpoint import Endpoint

Kind = Literal[
    "missing key", "bad key", "forbidden", "quota", "rate", "too long", "refused", "gone", "bad request",
    "wrong address", "unreachable", "timed out", "stalled", "cut", "down",
]  # fmt: skip

_CLASSES: dict[Kind, type[ProviderError]] = {
    "missing key": errors.MissingKey,
    "bad key": errors.BadKey,
    "forbidden": errors.BadKey,
    "quota": errors.QuotaExhausted,
    "too long": errors.ContextTooLong,
    "refused": errors.ContentRefused,
    "gone": errors.ModelGone,
    "bad request": errors.BadRequest,
    "wrong address": errors.BadRequest,
    "unreachable": errors.Unreachable,
    "timed out": errors.TimedOut,
    "stalled": errors.TimedOut,
    "cut": errors.StreamCut,
}
_SENTENCES: dict[Kind, tuple[str, str]] = {
    "missing key": (
        "There is no key for {label}.",
        "Set {variable}, or store one: vtai --api-key {vendor}=...",
    ),
    "bad key": (
        "{label} does not accept the key.",
        "Check {variable}, or store another one: vtai --api-key {vendor}=... (`vtai doctor` tries it).",
    ),
    "forbidden": (
        "{label} does not let this key use {model}.",
        "Allow it in the account at {label}, use another key, or choose another model.",
    ),
    "quota": (
        "The account at {label} has no credit left.",
        "Add credit or raise the limit there, or choose another model.",
    ),
    "rate": (
        "{label} is getting too many requests for {model}.",
        "Send the message again {wait}, or choose another model.",
    ),
    "too long": (
        "The conversation is too long for {model}.",
        "Start a new chat, shorten the message, or choose a model with a longer context.",
    ),
    "refused": (
        "{label} refused to answer this under its content policy.",
        "Put it in other words, or choose another model.",
    ),
    "gone": (
        "{label} has no model {id} for this key.",
        "`vtai models` lists the names that work; choose one of them.",
    ),
    "bad request": (
        "{label} did not accept the request.",
        "Change what it names, or choose another model.",
    ),
    "wrong address": (
        "There is no model service at {host}.",
        "Check the base URL of {vendor}: most end in /v1.",
    ),
    "unreachable": (
        "There is no connection to {label} ({host}).",
        "Check the network, and for a server of your own that it runs and that its base URL is right.",
    ),
    "timed out": (
        "{label} did not answer in time.",
        "Send the message again, or choose another model.",
    ),
    "stalled": (
        "{label} stopped in the middle of its answer.",
        "Send the message again, or choose another model.",
    ),
    "cut": (
        "The answer of {label} broke off.",
        "Send the message again to get the whole answer.",
    ),
    "down": (
        "{label} is having trouble on its side.",
        "Send the message again {wait}, or choose another model.",
    ),
}
# Where the vendor's own words help. They are left out where ours say it all, or where they may hold the key.
_QUOTED: frozenset[Kind] = frozenset({"bad request", "down", "forbidden", "too long"})


def explained(
    kind: Kind, endpoint: Endpoint, model: Model, said: str = "", retry_after_s: float | None = None
) -> ProviderError:
    """The error of a kind, in words for people. `said` is the vendor's own text, quoted where it helps."""
    message, hint = _SENTENCES[kind]
    facts = {
        "label": endpoint.label,
        "vendor": endpoint.vendor,
        "variable": endpoint.key_variable or "the key",
        "model": model.name,
        "id": model.id,
        "host": endpoint.host,
        "wait": "in a moment" if retry_after_s is None else f"in {max(1, round(retry_after_s))} s",
    }
    message, hint = message.format_map(facts), hint.format_map(facts)
    secret = endpoint.key.get_secret_value() if endpoint.key else ""
    if kind in _QUOTED and (words := quote(said, secret)):
        message += f" It says: “{words}”"
    match kind:
        case "rate":
            return errors.RateLimited(message, hint, retry_after_s)
        case "down":
            return errors.VendorDown(message, hint, retry_after_s)
        case _:
            return _CLASSES[kind](message, hint)
