"""Stores on this machine that speak S3: a sound one, and one that does only what it was told."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from vtai.storage.files.blobs import Blobs, blobs_at

BUCKET = "bucket"


@contextlib.contextmanager
def sound_s3() -> Iterator[tuple[str, str]]:
    """The address of a store, and an empty bucket in it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        # All servers of one process have the same contents.
        bucket = f"bucket-{secrets.token_hex(8)}"
        client.create_bucket(Bucket=bucket)
        client.close()
        yield address, bucket
    finally:
        server.stop()
        server._server.server_close()  # type: ignore[union-attr]  # it was started; its socket stays open else


def with_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")


def s3_blobs(address: str, folder: Path, place: str = f"{BUCKET}/vtai") -> Blobs:
    return blobs_at(f"s3://{place}", address, folder)


@dataclass
class Told:
    """What the store that fails says: an error of S3, or a content that breaks off after `sent` bytes."""

    status: int = 503
    code: str = "SlowDown"
    sent: int | None = None
    silent: threading.Event | None = None
    asked: list[str] = field(default_factory=list)


class FailingServer(ThreadingHTTPServer):
    def __init__(self, told: Told) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.told = told


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FailingServer

    def do_GET(self) -> None:
        told = self.server.told
        told.asked.append(self.path)
        self.close_connection = True
        if told.silent is not None:
            told.silent.wait(30)
        elif told.sent is not None:
            self._answer(200, b"x" * told.sent, told.sent * 2)
        else:
            body = f"<Error><Code>{told.code}</Code><Message>secret words</Message></Error>".encode()
            self._answer(told.status, body, len(body))

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: int, body: bytes, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@contextlib.contextmanager
def failing_s3(told: Told) -> Iterator[str]:
    """The address of a store that fails as it was told."""
    server = FailingServer(told)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        if told.silent is not None:
            told.silent.set()
        server.shutdown()
        server.server_close()
        thread.join()
