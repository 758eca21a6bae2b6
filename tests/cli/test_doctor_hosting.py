"""`vtai doctor` on who may in, limits, Redis and traces, with real ones where they answer."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome, Screen, Shell
from tests.cli.doctored import PASSWORD, without_secrets
from tests.cli.test_doctor import line
from tests.standins.oidc import provider
from tests.standins.redis import RedisServer
from vtai import settings
from vtai.cli import main
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.limiting import rules
from vtai.wiring import App
from vtai.wiring.storing import Storing


@pytest.fixture
def shell() -> Shell:
    return Shell(uses_model_file=True)


@pytest.fixture
def dead_port() -> Iterator[int]:
    """Taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def with_limits(shell: Shell, text: str) -> Outcome:
    path = Path(os.environ["VT_CONFIG_DIR"]) / "limits.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

    def build(loaded: settings.Loaded) -> App:
        found = rules.read(loaded.config_dir)
        return replace(shell.build(loaded), limits=found)

    out, err = Screen(), Screen()
    code = main(["doctor"], Parts(build, shell.serve, Terminal(out, err)))
    return Outcome(code, out.text(), err.text())


@pytest.mark.slow
def test_redis_is_asked_for_an_answer(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with RedisServer() as server:
        monkeypatch.setenv("VT_LIMITS_URL", server.url)
        assert line(shell("doctor").out, "redis").startswith("[ok] redis: 127.0.0.1:")


def test_a_redis_that_does_not_answer_is_a_no(
    shell: Shell, dead_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VT_LIMITS_URL", f"redis://:{PASSWORD}@127.0.0.1:{dead_port}/0")
    told = line(without_secrets(shell("doctor")).out, "redis")
    assert told.startswith("[no] redis: ")
    assert "fix: " in told


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        pytest.param({}, "[ok] sign-in: one person", id="this machine"),
        pytest.param({"VT_HOST": "0.0.0.0"}, "[ok] sign-in: whoever has the access key", id="a key made"),
        pytest.param({"VT_ACCESS_KEY": PASSWORD}, "[ok] sign-in: whoever has the key", id="a key chosen"),
        pytest.param(
            {"VT_ALLOWED_ORIGINS": "https://chat.example.org"},
            "[!!] sign-in: nobody signs in",
            id="an open proxy",
        ),
        pytest.param({"VT_SIGN_IN": "accounts"}, "[!!] sign-in: 0 accounts, and nobody", id="no accounts"),
        pytest.param(
            {"VT_SIGN_IN": "proxy", "VT_PROXY_ALLOW": "10.0.0.0/8"},
            "[ok] sign-in: whom a proxy at 10.0.0.0/8 names in X-Forwarded-User",
            id="a proxy",
        ),
        pytest.param(
            {"VT_SIGN_IN": "proxy", "VT_PROXY_ALLOW": "0.0.0.0/0"}, "[no] sign-in: whom", id="any proxy"
        ),
    ],
)
def test_who_may_in_is_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert line(without_secrets(shell("doctor")).out, "sign-in").startswith(said)


def test_accounts_are_counted(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        storing = Storing(settings.load())
        await (await storing.ready()).people.add("Ann", None)
        await storing.aclose()

    asyncio.run(work())
    monkeypatch.setenv("VT_SIGN_IN", "accounts")
    assert line(shell("doctor").out, "sign-in") == "[ok] sign-in: 1 account"


@pytest.mark.parametrize(
    ("way", "said"),
    [("auto", None), ("accounts", "[!!] keys: 1 from"), ("proxy", "[!!] keys: 1 from")],
    ids=["nobody", "accounts", "proxy"],
)
def test_keys_from_before_people_signed_in_are_a_warning(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, way: str, said: str | None
) -> None:
    async def work() -> None:
        storing = Storing(settings.load())
        keys = (await storing.ready()).keys
        await keys.make("local", "old", frozenset({"read"}))
        _, revoked = await keys.make("local", "older", frozenset({"read"}))
        await keys.revoke(revoked.id)
        await storing.aclose()

    asyncio.run(work())
    monkeypatch.setenv("VT_SIGN_IN", way)
    out = shell("doctor").out
    if said is None:
        assert "] keys: " not in out
    else:
        assert line(out, "keys").startswith(said)


@pytest.mark.parametrize(
    ("allow", "said"), [("@example.org", "[ok]"), ("", "[!!]")], ids=["some", "everybody"]
)
async def test_a_provider_is_asked_for_its_description(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, allow: str, said: str
) -> None:
    monkeypatch.setenv("VT_SIGN_IN", "accounts")
    monkeypatch.setenv("VT_OIDC_CLIENT_ID", "vtai")
    monkeypatch.setenv("VT_OIDC_ALLOW", allow)
    async with provider() as stand_in:
        monkeypatch.setenv("VT_OIDC_ISSUER", stand_in.url)
        outcome = await asyncio.to_thread(shell, "doctor")
        assert line(outcome.out, "sign-in elsewhere").startswith(f"{said} sign-in elsewhere: {stand_in.url} ")
        stand_in.trick = "another issuer"
        outcome = await asyncio.to_thread(shell, "doctor")
        assert line(outcome.out, "sign-in elsewhere").startswith("[no] ")
        assert "VT_OIDC_ISSUER" in line(outcome.out, "sign-in elsewhere")


def test_a_provider_that_is_away_is_a_no(
    shell: Shell, dead_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VT_SIGN_IN", "accounts")
    monkeypatch.setenv("VT_OIDC_CLIENT_ID", "vtai")
    monkeypatch.setenv("VT_OIDC_ISSUER", f"http://127.0.0.1:{dead_port}")
    assert line(shell("doctor").out, "sign-in elsewhere").startswith("[no] ")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("http://127.0.0.1:{port}", "[no] traces: no collector answers", id="away"),
        pytest.param("127.0.0.1", "[no] traces: the address", id="no address"),
    ],
)
def test_a_collector_is_looked_for(
    shell: Shell, dead_port: int, monkeypatch: pytest.MonkeyPatch, path: str, said: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", path.format(port=dead_port))
    assert line(shell("doctor").out, "traces").startswith(said)


def test_a_collector_that_listens_is_a_yes(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://me:{PASSWORD}@{place}")
        assert line(without_secrets(shell("doctor")).out, "traces") == f"[ok] traces: sent to {place}"


def test_limits_are_counted_and_a_wrong_one_is_named_with_its_line(shell: Shell) -> None:
    right = '[[limits]]\nfor = "each person"\nmost = 5\nwhat = "requests"\nper = "day"\n'
    told = line(with_limits(shell, right).out, "limits")
    assert told == "[ok] limits: 1 in limits.toml, counted in the database"
    outcome = with_limits(shell, right + "[[limits]\n")
    assert outcome.code == 1
    assert "line 6" in line(outcome.out, "settings")
    assert "limit 2, most" in line(with_limits(shell, right + right.replace("5", "-5")).out, "settings")
