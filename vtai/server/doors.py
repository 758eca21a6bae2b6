"""Puts the way in together: by the settings, who may in and which pages belong to that."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vtai.core.errors import SettingsError
from vtai.server import hosts
from vtai.server.access import AccessKey, KeyWay, installation_secret, outside_names
from vtai.server.account import Account, FrontEnd
from vtai.server.browsers import Browsers, LoginWay
from vtai.server.cookies import Seal
from vtai.server.elsewhere import Elsewhere
from vtai.server.first_admin import FirstAdmin
from vtai.server.known import Known
from vtai.server.oidc import GitHub, OpenIdConnect, Provider
from vtai.server.proxied import Networks, ProxyWay
from vtai.server.sign_in import SignIn
from vtai.server.ways import kept_by
from vtai.wiring.entering import Rate

if TYPE_CHECKING:
    from starlette.routing import Route

    from vtai.server.ways import Kept, Way
    from vtai.settings import Settings
    from vtai.wiring import App

_WRONG_A_MINUTE: Final = 10
_DAY_S: Final = 86_400


@dataclass(frozen=True)
class Doors:
    """The way in. `guarded` is the header in which only `proxies` may name somebody, if any."""

    way: Way
    kept: Kept
    proxies: Networks
    routes: Sequence[Route]
    guarded: str | None = None
    first: FirstAdmin | None = None
    closers: Sequence[Callable[[], Awaitable[None]]] = field(default=())

    async def invitation(self, address: str) -> str | None:
        """What to print where nobody is an admin yet, once the store is open. Raises StorageUnavailable."""
        if self.first is None or not await self.first.is_wanted():
            return None
        return self.first.invitation(address)


def doors(
    app: App, host: str, access: AccessKey | None, providers: dict[str, Provider] | None = None
) -> Doors:
    """The doors of a server on `host`. `providers` stand for those of the settings. Raises SettingsError."""
    settings, kept = app.loaded.settings, kept_by(app)
    tries = Rate(_WRONG_A_MINUTE)
    browsers = Browsers(kept, app.entering.connections, settings.sign_in_days * _DAY_S)
    proxies = Networks(settings.proxy_allow)
    if settings.sign_in == "accounts":
        return _with_accounts(
            app, host, browsers, tries, _providers(settings) if providers is None else providers
        )
    known = Known(Seal(secrets.token_bytes(32), "known browser"))  # nobody has a password here
    own = (*FrontEnd(app, browsers).routes(), *Account(app, kept, browsers, tries, known).routes())
    if settings.sign_in == "proxy":
        way = ProxyWay(kept, settings.proxy_header)
        return Doors(way, kept, proxies, own, guarded=settings.proxy_header)
    return Doors(KeyWay(access, tries), kept, proxies, own)


def _with_accounts(
    app: App, host: str, browsers: Browsers, tries: Rate, providers: dict[str, Provider]
) -> Doors:
    settings, kept = app.loaded.settings, kept_by(app)
    is_reached = not hosts.is_loopback(host) or bool(outside_names(settings.allowed_origins))
    first = FirstAdmin(kept, needs_code=is_reached)
    secret = installation_secret(app.loaded.data_dir)
    seal, known = Seal(secret, "sign in elsewhere"), Known(Seal(secret, "known browser"))
    elsewhere = Elsewhere(kept, browsers, providers, seal, tries, settings.allowed_origins)
    sign_in = SignIn(kept, browsers, first, tries, known, elsewhere.labels)
    account = Account(app, kept, browsers, tries, known, has_others=bool(providers))
    return Doors(
        LoginWay(browsers),
        kept,
        Networks(settings.proxy_allow),
        (
            *FrontEnd(app, browsers).routes(),
            *account.routes(),
            *sign_in.routes(),
            *elsewhere.routes(),
        ),
        first=first,
        closers=(elsewhere.aclose,),
    )


def _providers(settings: Settings) -> dict[str, Provider]:
    """Those that the settings name. Raises SettingsError where something is missing."""
    found: dict[str, Provider] = {}
    if settings.oidc_issuer is not None:
        if settings.oidc_client_id is None:
            raise SettingsError("VT_OIDC_ISSUER is set without VT_OIDC_CLIENT_ID.", "Set both.")
        found["oidc"] = OpenIdConnect(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.oidc_client_secret,
            settings.oidc_label,
            settings.oidc_allow,
        )
    if settings.github_client_id is not None:
        if settings.github_client_secret is None:
            raise SettingsError("VT_GITHUB_CLIENT_ID is set without VT_GITHUB_CLIENT_SECRET.", "Set both.")
        found["github"] = GitHub(
            settings.github_client_id, settings.github_client_secret, settings.github_allow
        )
    return found
