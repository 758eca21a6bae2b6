"""What `vtai doctor` says of a server for many: who may in, limits, Redis, traces."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from vtai.cli import doctor_kept
from vtai.cli.findings import Finding, wrong
from vtai.core.errors import VTError
from vtai.core.people import LOCAL
from vtai.settings import masking
from vtai.wiring.limiting import without_price

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vtai.core.people import AccessKey, Person
    from vtai.settings import Loaded, Settings
    from vtai.wiring import App

_MOST_NAMES: Final = 8
_PATIENCE_S: Final = 10.0
_COLLECTORS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PORTS: Final = {"http": 80, "https": 443}


async def findings(app: App) -> Sequence[Finding]:
    """One or more for each."""
    settings = app.loaded.settings
    found = [await _sign_in(app.loaded)]
    if settings.sign_in == "accounts":
        found += [finding async for finding in _elsewhere(settings)]
    if settings.sign_in != "auto" and (old := await _old_keys(app.loaded)) is not None:
        found.append(old)
    found.append(_limits(app))
    if (url := settings.limits_url) is not None:
        found.append(await _redis(url))
    return [*found, await _traces(os.environ)]


async def _sign_in(loaded: Loaded) -> Finding:
    settings = loaded.settings
    match settings.sign_in:
        case "accounts":
            return await _accounts(loaded)
        case "proxy":
            return _proxy(settings)
        case _:
            return _nobody_signs_in(settings)


def _nobody_signs_in(settings: Settings) -> Finding:
    from vtai.server.hosts import is_loopback

    if settings.access_key is not None:
        return Finding("good", "sign-in", "whoever has the key in VT_ACCESS_KEY; all of them are one person")
    if not is_loopback(settings.host):
        told = "whoever has the access key, which is made at the start; all of them are one person"
        return Finding("good", "sign-in", told)
    if settings.allowed_origins:
        told = "nobody signs in and there are VT_ALLOWED_ORIGINS: whoever reaches a proxy before it is in"
        fix = "Set VT_SIGN_IN=accounts, or VT_ACCESS_KEY."
        return Finding("poor", "sign-in", told, fix)
    return Finding("good", "sign-in", "one person on this machine, without a login")


def _proxy(settings: Settings) -> Finding:
    proxies = ", ".join(settings.proxy_allow)
    told = f"whom a proxy at {proxies} names in {settings.proxy_header}"
    if any(ip_network(each, strict=False).prefixlen == 0 for each in settings.proxy_allow if "/" in each):
        fix = "Name the addresses of your proxies in VT_PROXY_ALLOW."
        return Finding("bad", "sign-in", f"{told}: everybody can name anybody", fix)
    return Finding("good", "sign-in", told)


async def _accounts(loaded: Loaded) -> Finding:
    try:
        people, _ = await _people_and_keys(loaded)
    except VTError:
        return Finding("off", "sign-in", "accounts, which cannot be read now", "See the database above.")
    count = f"{len(people)} account{'' if len(people) == 1 else 's'}"
    if not any(person.role == "admin" and not person.is_suspended for person in people):
        fix = "vtai people add NAME, or open /first-admin, or vtai people role NAME admin"
        return Finding("poor", "sign-in", f"{count}, and nobody is an admin", fix)
    return Finding("good", "sign-in", count)


async def _old_keys(loaded: Loaded) -> Finding | None:
    """Keys that are nobody's, as they were made before people signed in."""
    try:
        _, keys = await _people_and_keys(loaded)
    except VTError:
        return None
    if not keys:
        return None
    told = f"{len(keys)} from before people signed in, which {'is' if len(keys) == 1 else 'are'} refused"
    return Finding("poor", "keys", told, "vtai keys revoke ID, and vtai keys make for a person")


async def _people_and_keys(loaded: Loaded) -> tuple[Sequence[Person], Sequence[AccessKey]]:
    """All accounts, and the keys without one that have not ended. Raises StorageUnavailable."""
    from vtai.storage.keys import SqlKeys
    from vtai.storage.looking import look
    from vtai.storage.people import SqlPeople

    async with doctor_kept.database(loaded) as database:
        if (await look(database)).tables != "current":
            return (), ()
        now = time.time()
        keys = await SqlKeys(database).of(LOCAL.id)
        counting = [
            key for key in keys if not key.is_revoked and (key.expires_at is None or key.expires_at > now)
        ]
        return await SqlPeople(database).all(), counting


async def _elsewhere(settings: Settings) -> AsyncIterator[Finding]:
    """The providers that are set up."""
    if settings.oidc_issuer and settings.oidc_client_id:
        yield await _oidc(settings, settings.oidc_issuer, settings.oidc_client_id)
    if settings.github_client_id and not settings.github_allow:
        yield Finding("poor", "sign-in at GitHub", "lets nobody in", "Name people in VT_GITHUB_ALLOW.")
    elif settings.github_client_id:
        yield Finding("good", "sign-in at GitHub", f"for {len(settings.github_allow)} named people")


async def _oidc(settings: Settings, issuer: str, client_id: str) -> Finding:
    from vtai.server.oidc import OpenIdConnect, new_flow

    subject, where = "sign-in elsewhere", masking.masked(issuer)
    provider = OpenIdConnect(issuer, client_id, None, settings.oidc_label)
    try:
        await provider.address(new_flow("http://127.0.0.1/"))
    except VTError as error:
        fix = f"{error.hint} VT_OIDC_ISSUER is {where}."
        return Finding("bad", subject, error.message, fix)
    finally:
        await provider.aclose()
    if not settings.oidc_allow:
        fix = "Name mail addresses or domains in VT_OIDC_ALLOW, unless all of them may."
        return Finding("poor", subject, f"{where} answers; everybody with an account there is let in", fix)
    return Finding("good", subject, f"{where} answers")


def _limits(app: App) -> Finding:
    if not app.limits:
        return Finding("off", "limits", "none; limits.toml in the configuration folder sets them")
    counted = "in Redis" if app.loaded.settings.limits_url else "in the database"
    told = f"{len(app.limits)} in limits.toml, counted {counted}"
    if unpriced := without_price(app.limits, app.catalogue):
        names = ", ".join(unpriced[:_MOST_NAMES]) + (", ..." if len(unpriced) > _MOST_NAMES else "")
        fix = "Give them input_price and output_price in models.toml, or limit their tokens."
        return Finding("poor", "limits", f"{told}; no price is known of {names}: free where usd count", fix)
    return Finding("good", "limits", told)


async def _redis(url: SecretStr) -> Finding:
    from vtai.providers.redis_counters import RedisCounters

    where = masking.place(url.get_secret_value())
    counters = RedisCounters(url)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await counters.get(["doctor"])
    except VTError as error:
        return wrong("redis", error)
    except TimeoutError:
        return Finding("bad", "redis", f"{where} does not answer", "Start it, or mend VT_LIMITS_URL.")
    finally:
        await counters.aclose()
    return Finding("good", "redis", f"{where} answers")


async def _traces(variables: Mapping[str, str]) -> Finding:
    address = next(filter(None, map(variables.get, _COLLECTORS)), None)
    if address is None or variables.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return Finding("off", "traces", "off; OTEL_EXPORTER_OTLP_ENDPOINT turns them on")
    if importlib.util.find_spec("opentelemetry") is None:
        return Finding("bad", "traces", "OpenTelemetry is not installed", "VTAI_EXTRAS=otel ./run.sh")
    where = masking.place(address)
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS[parts.scheme]
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
    except (OSError, TimeoutError):
        return Finding("bad", "traces", f"no collector answers at {where}", "Start it; turns go on without.")
    except (ValueError, KeyError):
        fix = "A value that works: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"
        return Finding("bad", "traces", "the address of the collector is no web address", fix)
    return Finding("good", "traces", f"sent to {where}")
