"""A server that speaks Ollama's own format, as scripted."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

MODELS_TOML = """
[vendors.kitchen]
label = "Kitchen"
wire = "ollama-native"
base_url = "{url}"
context_tokens = 16384
models = ["qwen3"]
defaults = {{ chat = "cook" }}

[[models]]
name = "cook"
vendor = "kitchen"
id = "qwen3"
"""

HELLO = (
    {"message": {"role": "assistant", "content": "", "thinking": "Hm."}, "done": False},
    {"message": {"role": "assistant", "content": "Hel"}, "done": False},
    {"message": {"role": "assistant", "content": "lo."}, "done": False},
    {"message": {"content": ""}, "done": True, "prompt_eval_count": 21, "eval_count": 4},
)


def saying(text: str) -> tuple[dict[str, Any], ...]:
    return ({"message": {"role": "assistant", "content": text}, "done": True},)


@dataclass
class OllamaServer:
    """`lines` are sent with `status`, those of `first` before them; `routes_to` answers whoever asks where a
    message belongs."""

    lines: tuple[Any, ...] = HELLO
    first: list[tuple[Any, ...]] = field(default_factory=list)
    status: int = 200
    routes_to: str | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def models_toml(self) -> str:
        return MODELS_TOML.format(url=self.url)

    def answer(self, request: dict[str, Any]) -> tuple[Any, ...]:
        self.requests.append(request)
        system = request["body"]["messages"][0]["content"]
        if self.routes_to is not None and "- image-generation:" in system:
            return saying(self.routes_to)
        return self.first.pop(0) if self.first else self.lines

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                lines = script.answer({"path": self.path, "body": body})
                self.send_response(script.status)
                self.end_headers()
                for line in lines:
                    self.wfile.write((line if isinstance(line, str) else json.dumps(line)).encode() + b"\n")
                    self.wfile.flush()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler
