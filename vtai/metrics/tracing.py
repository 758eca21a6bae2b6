"""Spans of turns for OpenTelemetry, where its usual variables name a collector.

Names follow the semantic conventions for generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/).
Nothing of what people wrote is in them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vtai.core.events import Event, Failed, RouteChosen, TextDelta, ToolFinished, ToolStarted

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    from vtai.core.spending import Spent
    from vtai.core.turn import Turn

logger = logging.getLogger(__name__)

_WANTED = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Span:
    """One turn and the tools in it."""

    def __init__(self, tracer: trace.Tracer, turn: Turn) -> None:
        self._tracer = tracer
        self._span = tracer.start_span("turn", attributes={"vtai.door": turn.door})
        self._tools: dict[str, trace.Span] = {}
        self._has_piece = False

    def note(self, event: Event) -> None:
        """What happened in it."""
        match event:
            case RouteChosen(decision):
                self._span.set_attributes(
                    {
                        "vtai.route": decision.route,
                        "vtai.confidence": decision.confidence,
                        "vtai.router": decision.router,
                    }
                )
            case TextDelta() if not self._has_piece:
                self._has_piece = True
                self._span.add_event("first piece")
            case ToolStarted():
                self._tools[event.id] = self._below(event.name)
            case ToolFinished():
                if (tool := self._tools.pop(event.id, None)) is not None:
                    _close(tool, is_error=event.is_error)
            case Failed():
                self._span.set_attribute("error.type", event.reference or event.kind)
            case _:
                pass

    def end(self, spent: Spent) -> None:
        for tool in self._tools.values():
            _close(tool, is_error=True)
        if spent.model:
            self._span.set_attribute("gen_ai.response.model", spent.model)
        self._span.set_attributes(
            {
                "vtai.outcome": spent.outcome,
                "gen_ai.usage.input_tokens": spent.input_tokens,
                "gen_ai.usage.output_tokens": spent.output_tokens,
            }
        )
        _close(self._span, is_error=spent.outcome in {"failed", "unexpected"})

    def _below(self, tool: str) -> trace.Span:
        from opentelemetry.trace import set_span_in_context

        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool}
        return self._tracer.start_span(
            f"execute_tool {tool}", context=set_span_in_context(self._span), attributes=attributes
        )


class Tracing:
    """Sends spans in the background. A collector that is not there costs a line in the log, no turn."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("vtai")

    def begin(self, turn: Turn) -> Span:
        return Span(self._tracer, turn)

    def close(self) -> None:
        """Sends what is left. Blocks for some seconds at most."""
        self._provider.shutdown()


def tracing(variables: Mapping[str, str]) -> Tracing | None:
    """Where a collector is named and OTEL_SDK_DISABLED is not true."""
    if variables.get("OTEL_SDK_DISABLED", "").lower() == "true" or not any(map(variables.get, _WANTED)):
        return None
    try:
        return Tracing(_provider())
    except ImportError:
        logger.warning("traces are wanted and OpenTelemetry is not installed: VTAI_EXTRAS=otel ./run.sh")
        return None


def _provider(**more: Any) -> TracerProvider:
    """With the exporter that the OTEL_* variables describe."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource({SERVICE_NAME: "vtai"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**more)))
    return provider


def _close(span: trace.Span, *, is_error: bool) -> None:
    from opentelemetry.trace import StatusCode

    if is_error:
        span.set_status(StatusCode.ERROR)
    span.end()
