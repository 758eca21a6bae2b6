"""Spans of turns, as a collector on loopback gets them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests import fakes
from tests.metrics.test_measured import ScriptedHandler
from vtai.chat import Chat
from vtai.core.errors import VTError
from vtai.core.events import Event, TextDelta, ToolFinished, ToolStarted, Usage
from vtai.core.turn import Turn
from vtai.metrics import MeasuredChat, Metrics
from vtai.metrics.tracing import tracing

pytestmark = pytest.mark.slow


class Collector(ThreadingHTTPServer):
    """Takes spans over OTLP as the protocol has it: protobuf over HTTP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def spans(self) -> list[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def turned(collector: Collector, monkeypatch: pytest.MonkeyPatch, *script: Event | Exception) -> None:
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    monkeypatch.setenv(*next(iter(variables.items())))
    traces = tracing(variables)
    assert traces is not None
    chat = MeasuredChat(Chat([], [ScriptedHandler(script)], fakes.services()), Metrics(), tracing=traces)
    await fakes.events_of(chat.reply(Turn("a secret question", door="api")))
    traces.close()


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


async def test_a_turn_and_its_tools_are_spans_without_what_was_said(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = (ToolStarted("1", "calculate", "6 * 7"), ToolFinished("1", "42"))
    await turned(collector, monkeypatch, *tool, TextDelta("It is 42."), Usage("large", 12, 34, 0.5))
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"turn", "execute_tool calculate"}
    assert spans["execute_tool calculate"].parent_span_id == spans["turn"].span_id
    told = attributes(spans["turn"])
    assert told["vtai.route"] == "text"
    assert told["vtai.outcome"] == "answered"
    assert told["gen_ai.response.model"] == "large"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (12, 34)
    everything = b"".join(collector.bodies)
    assert not [word for word in (b"secret", b"6 * 7", b"42.") if word in everything]


async def test_a_turn_that_fails_is_an_error(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    await turned(collector, monkeypatch, VTError("No.", "Try."))
    (span,) = collector.spans
    assert span.status.code == span.status.STATUS_CODE_ERROR


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="nobody-asked"),
        pytest.param(
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, id="disabled"
        ),
    ],
)
def test_nothing_is_traced_where_nobody_wants_it(variables: dict[str, str]) -> None:
    assert tracing(variables) is None
