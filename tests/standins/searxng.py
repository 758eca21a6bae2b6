"""A stand-in for a SearXNG instance: finds what it was given, pages it, asks for a login, fails as told.

In one process: `with SearxngServer() as instance`, then `instance.script(...)`, `instance.url` and
`instance.asked`. From another: `python -m tests.standins.searxng --port 0` prints its URL; `POST /_script`
sets fields of the script, `GET /_asked` tells what was asked, `POST /_reset` forgets both.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import threading
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

PAGE_SIZE = 20


@dataclass(frozen=True)
class Script:
    """What the instance finds, and how it goes wrong. `path` is where it lives; `login` is user:password."""

    results: tuple[dict[str, Any], ...] = ()
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Results for queries that contain a text, instead of `results`."""
    unresponsive: tuple[tuple[str, str], ...] = ()
    path: str = ""
    login: str = ""
    serves_json: bool = True
    status: int = 200
    fails_from_page: int = 1
    """The first page that gets `status`."""
    fails: int | None = None
    """How many requests fail before the next one does not; None lets all fail."""
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    """Sent as it is, instead of results."""
    is_silent: bool = False
    is_cut: bool = False
    """Ends the connection within the answer."""


@dataclass(frozen=True)
class Asked:
    """One request: its path, its parameters and its headers in small letters."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


class SearxngServer:
    """Serves on a port of 127.0.0.1, in threads of its own."""

    def __init__(self, port: int = 0) -> None:
        self.asked: list[Asked] = []
        self._script = Script()
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """The base URL, with the path of the script."""
        return f"http://127.0.0.1:{self._server.server_port}{self._script.path}"

    def script(self, **fields: Any) -> None:
        self._script = replace(self._script, **fields)

    def reset(self) -> None:
        self._script = Script()
        self.asked.clear()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        self._server.serve_forever()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        instance = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                instance.get(self)

            def do_POST(self) -> None:
                instance.post(self)

            def log_message(self, *_: object) -> None:
                """Nothing is written to standard error."""

        return Handler

    def post(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length", "0")))
        if handler.path == "/_reset":
            self.reset()
        else:
            self.script(**json.loads(body))
        _send(handler, 200, "{}")

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        if parts.path == "/_asked":
            _send(handler, 200, json.dumps([asdict(asked) for asked in self.asked]))
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(parts.path, dict(parse_qsl(parts.query)), headers)
        self.asked.append(asked)
        if self._script.is_silent:
            self._ended.wait()
        elif self._script.is_cut and self._fails():
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            handler.close_connection = True
        else:
            status, body = self._answer(asked)
            _send(handler, status, body, self._script.headers)

    def _answer(self, asked: Asked) -> tuple[int, str]:
        script, page = self._script, int(asked.parameters.get("pageno", "1"))
        login = "Basic " + base64.b64encode(script.login.encode()).decode()
        if asked.path != f"{script.path}/search":
            return 404, ""
        if script.login and asked.headers.get("authorization") != login:
            return 401, ""
        if asked.parameters.get("format") != "json" or not script.serves_json:
            return 403, ""
        if script.status != 200 and page >= script.fails_from_page and self._fails():
            return script.status, script.body or ""
        if script.body is not None:
            return 200, script.body
        query = asked.parameters.get("q", "")
        results = next((found for text, found in script.found.items() if text in query), script.results)
        part = list(results)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        answer = {"query": query, "results": part, "answers": [], "infoboxes": [], "suggestions": []}
        return 200, json.dumps(answer | {"unresponsive_engines": script.unresponsive})

    def _fails(self) -> bool:
        """Whether this request is one of those that fail."""
        left = self._script.fails
        if left is not None:
            self.script(fails=max(left - 1, 0))
        return left is None or left > 0


def _send(
    handler: BaseHTTPRequestHandler, status: int, body: str, headers: dict[str, str] | None = None
) -> None:
    data = body.encode()
    handler.send_response(status)
    for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    server = SearxngServer(parser.parse_args().port)
    print(server.url, flush=True)
    server.serve()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
