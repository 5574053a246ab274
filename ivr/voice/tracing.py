"""A span for every turn, for OpenTelemetry; nothing of it is imported unless a deployment names where spans go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from ivr.errors import SetupError
from ivr.turns import Reply

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Tracer

NS = 1_000_000_000


def spans_to(url: str, clock: Callable[[], datetime]) -> Spans:
    """Spans that are sent there (OTLP over HTTP) by a thread beside, some at a time.

    Raises SetupError when the packages of the extra `otel` are not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SetupError(
            "IVR_TRACES_URL: is set, but what sends spans is not installed. Install it into the same .venv: "
            'pip install "opentelemetry-sdk" "opentelemetry-exporter-otlp-proto-http".'
        ) from None
    return Spans(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)), clock)


class Spans:
    """Spans of turns, handed to a processor; one that loses them disturbs no caller."""

    def __init__(self, processor: SpanProcessor, clock: Callable[[], datetime]) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        self._provider = TracerProvider(resource=Resource({"service.name": "broker-line"}))
        self._provider.add_span_processor(processor)
        self._tracer: Tracer = self._provider.get_tracer("ivr")
        self._clock = clock

    def close(self) -> None:
        """Send what is left, and end."""
        self._provider.shutdown()

    def note(self, reply: Reply) -> None:
        """One turn, as long as it took: where the call is now and what it came through; nothing that was keyed."""
        ends = int(self._clock().timestamp() * NS)
        about: dict[str, str | int] = {"ivr.step": "(fixed sentence)"}
        if reply.answer:
            *taken, now = reply.answer.events
            about = {
                "ivr.turn": now.turn,
                "ivr.step": now.step,
                "ivr.kind": now.kind,
                "ivr.outcomes": " ".join(f"{event.step}:{event.outcome}" for event in taken),
                "ivr.release": reply.answer.session.release[:12],
            }
        span = self._tracer.start_span("turn", attributes=about, start_time=ends - int(reply.milliseconds * NS / 1000))
        span.end(end_time=ends)
