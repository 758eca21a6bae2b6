"""Those who sign people in elsewhere: any OpenID Connect provider, and GitHub.

Authorization code with PKCE, a state that belongs to one browser, and for OpenID Connect a nonce. What a
provider signed counts only with one of its own keys, for this client, and a minute around its time.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote, urlencode

from vtai.core.errors import SignInRefused
from vtai.server.outside import Outside

if TYPE_CHECKING:
    from pydantic import SecretStr

_SKEW_S: Final = 60
_REMEMBERED_S: Final = 3_600.0
# Made with a private key. "none" and those made with the client's secret never count.
_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)


@dataclass(frozen=True, slots=True)
class Flow:
    """What one browser takes along to a provider and back."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is elsewhere: `subject` never changes there, `name` may."""

    issuer: str
    subject: str
    name: str


class Provider(Protocol):
    """Signs people in elsewhere."""

    label: str

    async def address(self, flow: Flow) -> str:
        """Where to send the browser. Raises SignInRefused or Unreachable."""
        ...

    async def identity(self, flow: Flow, code: str, issuer: str | None) -> Identity:
        """Who came back with the code. Raises SignInRefused or Unreachable."""
        ...

    async def aclose(self) -> None: ...


def new_flow(redirect_uri: str) -> Flow:
    return Flow(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), redirect_uri)


class OpenIdConnect:
    """A provider that describes itself under its address. `allow` are mail addresses and "@domains"."""

    def __init__(
        self, issuer: str, client_id: str, secret: SecretStr | None, label: str, allow: Sequence[str] = ()
    ) -> None:
        self.label = label
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._allow = frozenset(each.casefold() for each in allow)
        self._web = Outside(label)
        self._about: Mapping[str, Any] | None = None
        self._read_at = 0.0

    async def address(self, flow: Flow) -> str:
        about = await self._description()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": flow.redirect_uri,
            "scope": "openid profile email",
            "state": flow.state,
            "nonce": flow.nonce,
            **await asyncio.to_thread(_challenge, flow.verifier),
        }
        return _with_query(self._web.check(about.get("authorization_endpoint")), asked)

    async def identity(self, flow: Flow, code: str, issuer: str | None) -> Identity:
        # A provider that names itself in its answer must be the one that was asked.
        if issuer is not None and issuer != self._issuer:
            raise self._web.refused()
        about = await self._description()
        tokens = await self._tokens(about, flow, code)
        keys = await self._web.get(self._web.check(about.get("jwks_uri")))
        claims = await asyncio.to_thread(self._checked, tokens, keys, flow.nonce)
        if not {"email", "preferred_username"} <= claims.keys():
            claims = {**await self._more(about, tokens, claims["sub"]), **claims}
        self._admit(claims)
        name = claims.get("preferred_username") or claims.get("email") or claims.get("name") or "person"
        return Identity(self._issuer, claims["sub"], str(name))

    async def aclose(self) -> None:
        await self._web.aclose()

    async def _description(self) -> Mapping[str, Any]:
        if self._about is None or time.monotonic() - self._read_at > _REMEMBERED_S:
            about = await self._web.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if about.get("issuer") != self._issuer:
                raise SignInRefused(
                    f"{self.label} calls itself by another address than the one that is set.",
                    "Who runs this server sets VT_OIDC_ISSUER to exactly what the provider says.",
                )
            self._about, self._read_at = about, time.monotonic()
        return self._about

    async def _tokens(self, about: Mapping[str, Any], flow: Flow, code: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "code_verifier": flow.verifier,
            "client_id": self._client_id,
        }
        login = None
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self._secret is not None and "client_secret_basic" in ways:
            login = (quote(self._client_id, safe=""), quote(self._secret.get_secret_value(), safe=""))
        elif self._secret is not None:
            form["client_secret"] = self._secret.get_secret_value()
        return await self._web.post(self._web.check(about.get("token_endpoint")), form, login)

    def _checked(self, tokens: Mapping[str, Any], keys: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """What the provider signed. Raises SignInRefused. Takes a while the first time: libraries load."""
        from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped] # has no type information
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        options = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
        }
        told = {"nonce": nonce, "client_id": self._client_id, "access_token": tokens.get("access_token")}
        try:
            known = KeySet.import_key_set(keys)  # type: ignore[arg-type] # whatever the provider sent
            token = jwt.decode(tokens["id_token"], known, algorithms=_ALGORITHMS)
            claims = CodeIDToken(token.claims, token.header, options, told)
            claims.validate(leeway=_SKEW_S)
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise self._web.refused() from error
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise self._web.refused()
        return dict(claims)

    async def _more(
        self, about: Mapping[str, Any], tokens: Mapping[str, Any], subject: str
    ) -> Mapping[str, Any]:
        """What the provider tells of the person besides, where it does."""
        where, token = about.get("userinfo_endpoint"), tokens.get("access_token")
        if where is None or not isinstance(token, str):
            return {}
        told = await self._web.get(self._web.check(where), token)
        if told.get("sub") != subject:
            raise self._web.refused()
        return told

    def _admit(self, claims: Mapping[str, Any]) -> None:
        """Raises SignInRefused for whom the settings do not name."""
        mail = str(claims.get("email") or "").casefold()
        # Some write the word.
        is_verified = claims.get("email_verified") in {True, "true"}
        if self._allow and not (is_verified and self._allow & {mail, "@" + mail.rpartition("@")[2]}):
            raise SignInRefused(
                "You may not sign in here with that account.", "Ask who runs this server to let you in."
            )


class GitHub:
    """GitHub's OAuth. `allow` are the names that may sign in; `site` and `api` are where it is."""

    label = "GitHub"

    def __init__(
        self,
        client_id: str,
        secret: SecretStr,
        allow: Sequence[str],
        site: str = "https://github.com",
        api: str = "https://api.github.com",
    ) -> None:
        self._client_id = client_id
        self._secret = secret
        self._allow = frozenset(each.casefold() for each in allow)
        self._site = site
        self._api = api
        self._web = Outside(self.label)

    async def address(self, flow: Flow) -> str:
        asked = {
            "client_id": self._client_id,
            "redirect_uri": flow.redirect_uri,
            "state": flow.state,
            "allow_signup": "false",
            **await asyncio.to_thread(_challenge, flow.verifier),
        }
        return _with_query(f"{self._site}/login/oauth/authorize", asked)

    async def identity(self, flow: Flow, code: str, issuer: str | None) -> Identity:
        form = {
            "client_id": self._client_id,
            "client_secret": self._secret.get_secret_value(),
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "code_verifier": flow.verifier,
        }
        tokens = await self._web.post(f"{self._site}/login/oauth/access_token", form)
        about = await self._web.get(f"{self._api}/user", str(tokens.get("access_token")))
        number, name = about.get("id"), about.get("login")
        if not isinstance(number, int) or not isinstance(name, str):
            raise self._web.refused()
        if name.casefold() not in self._allow:
            raise SignInRefused(
                "You may not sign in here with that account.", "Ask who runs this server to let you in."
            )
        # By its number: somebody else may take a name that was given up.
        return Identity(self._site, str(number), name)

    async def aclose(self) -> None:
        await self._web.aclose()


def _challenge(verifier: str) -> Mapping[str, str]:
    from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped] # has no type information
        create_s256_code_challenge,
    )

    return {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}


def _with_query(url: str, asked: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"
