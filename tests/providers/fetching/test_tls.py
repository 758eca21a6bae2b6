"""Over TLS the connection goes to the address that was checked; the certificate is checked for the name."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.providers.fetching.web import PNG, Names, Web, answer, onward
from vtai.core.errors import BadAddress, Unreachable
from vtai.providers.fetching.guarded import GuardedFetcher

NAME = "cat.example"


def certificate_for(folder: Path, name: str) -> Path:
    """A file with a certificate of `name`, signed by itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = certificate_for(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.fixture
async def web(certificate: Path) -> AsyncIterator[tuple[Web, list[str]]]:
    asked: list[str] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = noted(asked)
    async with Web({"/cat.png": answer()}, certificate=context) as web:
        yield web, asked


def noted(asked: list[str]) -> Callable[[ssl.SSLObject, str, ssl.SSLContext], None]:
    def note(_: ssl.SSLObject, name: str, __: ssl.SSLContext) -> None:
        asked.append(name)

    return note


@pytest.fixture
async def fetcher(web: tuple[Web, list[str]]) -> AsyncIterator[GuardedFetcher]:
    names = Names({NAME: [["127.0.0.1"]], "dog.example": [["127.0.0.1"]]})
    fetcher = GuardedFetcher(allow_private=["127.0.0.1"], resolve=names)
    yield fetcher
    await fetcher.aclose()


async def test_the_host_is_asked_for_by_its_name(fetcher: GuardedFetcher, web: tuple[Web, list[str]]) -> None:
    server, asked = web
    found = await fetcher.fetch(f"https://{NAME}:{server.port}/cat.png", max_bytes=1_000)
    assert (found.data, asked) == (PNG, [NAME])
    assert server.asked[0].headers["host"] == f"{NAME}:{server.port}"


@pytest.mark.parametrize("host", ["dog.example", "127.0.0.1"])
async def test_a_certificate_of_another_name_is_not_taken(
    fetcher: GuardedFetcher, web: tuple[Web, list[str]], host: str
) -> None:
    server, _ = web
    # A connection that was good for one name is not used for another at the same address.
    await fetcher.fetch(f"https://{NAME}:{server.port}/cat.png", max_bytes=1_000)
    with pytest.raises(Unreachable, match="its certificate fails"):
        await fetcher.fetch(f"https://{host}:{server.port}/cat.png", max_bytes=1_000)
    assert len(server.asked) == 1


async def test_a_certificate_that_nobody_vouches_for_is_not_taken(
    fetcher: GuardedFetcher, web: tuple[Web, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_for(tmp_path, "other.example")))
    with pytest.raises(Unreachable, match="its certificate fails"):
        await fetcher.fetch(f"https://{NAME}:{web[0].port}/cat.png", max_bytes=1_000)


async def test_a_step_away_from_tls_is_not_taken(fetcher: GuardedFetcher, web: tuple[Web, list[str]]) -> None:
    server, _ = web
    async with Web({"/cat.png": answer()}) as bare:
        server.answers["/"] = onward(f"{bare.url}/cat.png")
        with pytest.raises(BadAddress, match="from https to http"):
            await fetcher.fetch(f"https://{NAME}:{server.port}/", max_bytes=1_000)
        assert bare.connections == 0


async def test_a_host_without_tls_is_no_connection(fetcher: GuardedFetcher) -> None:
    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer())
        writer.close()

    async with await asyncio.start_server(say, "127.0.0.1", 0) as bare:
        port = bare.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable, match="no connection"):
            await fetcher.fetch(f"https://{NAME}:{port}/cat.png", max_bytes=1_000)
