"""Who gets to a service and who does not, and what is said where there is none."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.providers.sandbox.fakes import FakeEngine
from tests.providers.sandbox.remote.rig import OPTIONS, TOKEN, running
from vtai.core.errors import SettingsError
from vtai.providers.sandbox import remote_frames
from vtai.providers.sandbox.engine import NoSession
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.remote import RemoteEngine
from vtai.providers.sandbox.service import Service


async def test_the_report_is_that_of_the_service() -> None:
    async with running(FakeEngine(strength="gvisor")) as there:
        engine = there.engine()
        report = await engine.report()
        assert (report.engine, report.is_usable, report.strength, report.level) == (
            "remote",
            True,
            "gvisor",
            "A",
        )
        assert engine.strength == "gvisor"
        await engine.close()


async def test_a_service_that_runs_no_code_is_told_with_its_reason() -> None:
    async with running(FakeEngine(is_usable=False, reason="no Landlock", fix="Use Linux 5.13.")) as there:
        engine = there.engine()
        report = await engine.report()
        assert (report.is_usable, report.reason) == (False, "the service runs no code: no Landlock")
        assert report.fix == "Use Linux 5.13."
        with pytest.raises(NoSession):
            await engine.open()
        await engine.close()


async def test_a_wrong_token_is_refused_before_anything_else() -> None:
    fake = FakeEngine()
    async with running(fake) as there:
        report = await there.engine(SecretStr("another-token-long-enough")).report()
        assert report.reason == "the service refused the token"
        assert "VT_CODE_SANDBOX_TOKEN" in report.fix
        assert (fake.reports, fake.sessions) == (0, [])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("http://127.0.0.1:9", "the service cannot be reached", id="nothing there"),
        pytest.param("127.0.0.1:9", "code_sandbox_url is no address with http or https", id="no scheme"),
        pytest.param("ftp://127.0.0.1", "code_sandbox_url is no address with http or https", id="ftp"),
    ],
)
async def test_an_address_that_leads_nowhere_is_told(url: str, reason: str) -> None:
    engine = RemoteEngine(OPTIONS, url, TOKEN)
    report = await engine.report()
    assert (report.is_usable, report.reason) == (False, reason)
    assert report.fix
    with pytest.raises(NoSession):
        await engine.open()


async def test_another_service_at_the_address_is_told() -> None:
    async with running(FakeEngine()) as there:
        report = await RemoteEngine(OPTIONS, there.url + "/elsewhere", TOKEN).report()
        assert report.reason.startswith("there is no sandbox service at this address")


async def test_a_service_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(FakeEngine()) as there:
        engine = there.engine()
        hello = remote_frames.hello
        old = b'"protocol":0'
        monkeypatch.setattr(
            remote_frames, "hello", lambda report: hello(report).replace(b'"protocol":1', old)
        )
        report = await engine.report()
        assert "of another version" in report.reason
        await engine.close()


async def test_a_service_that_comes_back_is_found_again() -> None:
    engine = RemoteEngine(OPTIONS, "http://127.0.0.1:9", TOKEN)
    assert not (await engine.report()).is_usable
    async with running(FakeEngine()) as there:
        engine._url = there.url
        assert (await engine.report()).is_usable
        await engine.close()


async def test_more_sessions_than_there_are_places_are_refused() -> None:
    async with running(FakeEngine(), most_sessions=1) as there:
        engine = there.engine()
        first = await engine.open()
        with pytest.raises(NoSession, match="every session of the service is taken"):
            await engine.open()
        await first.close()
        await engine.close()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"nonsense", id="no frame"),
        pytest.param(frames.encode({"op": "run"}, b"1"), id="before it is open"),
        pytest.param(frames.encode({"op": "hello"}), id="an answer"),
        pytest.param("text", id="text"),
    ],
)
async def test_a_client_that_talks_nonsense_gets_no_session(message: str | bytes) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    fake = FakeEngine()
    async with running(fake) as there:
        address = there.url.replace("http", "ws") + remote_frames.PATH
        headers = {"Authorization": f"Bearer {TOKEN.get_secret_value()}"}
        async with connect(address, additional_headers=headers) as connection:
            await connection.recv()
            await connection.send(message)
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        assert fake.sessions == []


async def test_health_says_whether_code_runs_and_nothing_else() -> None:
    import httpx

    for is_usable, status in ((True, 200), (False, 503)):
        async with running(FakeEngine(is_usable=is_usable)) as there, httpx.AsyncClient() as client:
            answer = await client.get(there.url + "/health")
            assert (answer.status_code, answer.json()) == (status, {"ready": is_usable})
            assert "server" not in answer.headers


def test_a_short_token_starts_nothing() -> None:
    with pytest.raises(SettingsError, match="shorter than 16"):
        Service(FakeEngine(), OPTIONS, SecretStr("short"), most_sessions=1, at_once=1)
