"""A small OpenID Connect provider, and GitHub's sign-in, on loopback. Honest, or hostile in one named way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.listening import listening

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey
    from starlette.requests import Request

CLIENT, SECRET = "vtai-client", "a secret & more"


@dataclass
class StandIn:
    """`claims` are added to what is told of the person; `trick` is what it does wrong.

    Codes are good once, for the client and the verifier that they were made for.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    trick: str = ""
    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key, self._other = _key("own"), _key("another")
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
                Route("/login/oauth/authorize", self._authorize),
                Route("/login/oauth/access_token", self._github_token, methods=["POST"]),
                Route("/user", self._github_user),
            ]
        )

    async def _about(self, _: Request) -> Response:
        issuer = f"{self.url}/other" if self.trick == "another issuer" else self.url
        about = {"issuer": issuer, "authorization_endpoint": f"{self.url}/authorize"}
        about |= {"jwks_uri": f"{self.url}/keys", "userinfo_endpoint": f"{self.url}/userinfo"}
        token = "http://192.0.2.1/token" if self.trick == "open to others" else f"{self.url}/token"
        return JSONResponse(about | {"token_endpoint": token})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        """Asks nobody, and sends the browser back at once."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        if self.trick == "says no":
            return RedirectResponse(f"{asked['redirect_uri']}?error=access_denied&state={asked['state']}")
        self._codes[code := secrets.token_urlsafe(8)] = asked
        answer = {"code": code, "state": asked["state"]}
        if self.trick == "answers as another":
            answer["iss"] = "https://evil.example"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}")

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.logins.append(request.headers.get("authorization", ""))
        asked = self._taken(form)
        if asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {"access_token": "the-token", "token_type": "Bearer", "id_token": self._signed(asked["nonce"])}
        )

    def _taken(self, form: dict[str, str]) -> dict[str, str] | None:
        asked = self._codes.get(form["code"])
        if self.trick != "takes a code twice":
            self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_fine = asked is not None and asked["code_challenge"] == challenge
        return asked if is_fine and asked and asked["redirect_uri"] == form["redirect_uri"] else None

    def _signed(self, nonce: str) -> str:
        from joserfc import jwt

        now = int(time.time())
        claims = {"iss": self.url, "sub": "person-1", "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": nonce, **self.claims, **_TRICKS.get(self.trick, {})}
        if self.trick == "an old token":
            claims |= {"iat": now - 600, "exp": now - 61}
        if self.trick == "a token of tomorrow":
            claims |= {"iat": now + 600, "exp": now + 900}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.trick == "no signature":
            return _by_hand("none", claims, None)
        if self.trick == "signed with the client's secret":
            return _by_hand("HS256", claims, SECRET.encode())
        if self.trick == "signed with its public key":
            return _by_hand("HS256", claims, self._key.as_pem(private=False))
        key = self._other if self.trick == "signed with another key" else self._key
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)

    async def _userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer the-token"
        subject = "person-2" if self.trick == "tells of another person" else "person-1"
        return JSONResponse({"sub": subject, "email": "late@example.org", "email_verified": True})

    async def _github_token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if self._taken(form) is None or form["client_secret"] != SECRET:
            # As GitHub does: an error with status 200.
            return JSONResponse({"error": "bad_verification_code"})
        return JSONResponse({"access_token": "the-token", "token_type": "bearer"})

    async def _github_user(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer the-token"
        return JSONResponse({"id": 583_231, "login": "Octocat", **self.claims})


_TRICKS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "for another client": {"aud": "somebody-else"},
    "for another client by this one": {"aud": "somebody-else", "azp": CLIENT},
    "for many clients": {"aud": [CLIENT, "somebody-else"]},
    "for another one of many": {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
    "by another issuer": {"iss": "https://evil.example"},
    "no end": {"exp": None},
    "nobody": {"sub": ""},
    "a number": {"sub": 7},
}


@cache
def _key(name: str) -> RSAKey:
    """Made once: it takes a while."""
    from joserfc.jwk import RSAKey

    return RSAKey.generate_key(2048, {"kid": "one"})


def _by_hand(algorithm: str, claims: dict[str, Any], secret: bytes | None) -> str:
    """A token as libraries refuse to make it."""
    parts = (json.dumps({"alg": algorithm, "typ": "JWT"}).encode(), json.dumps(claims).encode())
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    sign = hmac.new(secret, text.encode(), hashlib.sha256).digest() if secret else b""
    return f"{text}.{base64.urlsafe_b64encode(sign).decode().rstrip('=')}"


@asynccontextmanager
async def provider(**claims: Any) -> AsyncIterator[StandIn]:
    """The provider, listening."""
    stand_in = StandIn(claims)
    async with listening(stand_in.app) as port:
        stand_in.url = f"http://127.0.0.1:{port}"
        yield stand_in
