"""Spans of turns: one each, as long as the turn, with nothing private; nothing is imported where none are wanted."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from projects import tiny_project
from servers import serving, until
from webhooks import TUESDAY, tiny_line

from ivr.call import Heard, IncomingCall
from ivr.turns import Reply
from ivr.voice.tracing import Spans

CALL = IncomingCall("CA" + "1" * 32, "+16125550199", "+18445208695")
BASE = "https://line.example.gov"


def turns() -> list[Reply]:
    """The turns of a call that keys a number, and the fixed sentence."""
    line = tiny_line()
    first = line.turns.begin(CALL, TUESDAY, BASE)
    second = line.turns.go_on(CALL, token_of(first), Heard("1"), TUESDAY, BASE)
    third = line.turns.go_on(CALL, token_of(second), Heard("99900001"), TUESDAY, BASE)
    return [first, second, third, line.turns.last_resort()]


def token_of(reply: Reply) -> str:
    return reply.document.partition("?s=")[2].partition("#")[0]


def test_each_turn_is_a_span_with_step_and_outcomes_and_nothing_private() -> None:
    exporter = InMemorySpanExporter()
    spans = Spans(SimpleSpanProcessor(exporter), lambda: TUESDAY)
    replies = turns()
    for reply in replies:
        spans.note(reply)
    made = exporter.get_finished_spans()
    spans.close()
    assert [span.name for span in made] == ["turn"] * 4
    shown = [dict(span.attributes or {}) for span in made]
    assert [one["ivr.step"] for one in shown] == ["first_menu", "number/npn", "representatives", "(fixed sentence)"]
    assert shown[1] == {
        "ivr.turn": 2,
        "ivr.step": "number/npn",
        "ivr.kind": "collect",
        "ivr.outcomes": "first_menu:1 representative:open number:enter",
        "ivr.release": str(shown[0]["ivr.release"]),
    }
    text = "".join(span.to_json() for span in made)
    for private in ("99900001", "16125550199", "CA1111", "gAAAA"):
        assert private not in text
    for span, reply in zip(made, replies, strict=True):
        assert span.start_time
        assert span.end_time
        assert span.end_time == int(TUESDAY.timestamp() * 1e9)
        assert timedelta(microseconds=(span.end_time - span.start_time) / 1000) / timedelta(
            milliseconds=1
        ) == pytest.approx(reply.milliseconds, abs=0.01)


@contextmanager
def a_collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """What takes spans in: its address, and what has come."""
    came: list[ExportTraceServiceRequest] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", came
    finally:
        server.shutdown()
        server.server_close()


def test_a_served_line_sends_its_turns_to_the_collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_collector() as (url, came):
        monkeypatch.setenv("IVR_TRACES_URL", url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with serving(tiny_project(tmp_path), "--at", "2026-11-24 10:00") as server:
            server.heard_by_each_of(8)
            until(lambda: len(names(came)) >= 8, "every worker's spans have come")
        assert set(names(came)) == {"turn"}


def names(came: list[ExportTraceServiceRequest]) -> list[str]:
    """Names of all spans that have come."""
    parts = [part for request in came for resource in request.resource_spans for part in resource.scope_spans]
    return [span.name for part in parts for span in part.spans]


def test_a_collector_that_is_gone_costs_callers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_TRACES_URL", "http://127.0.0.1:9/v1/traces")
    with serving(tiny_project(tmp_path), "--at", "2026-11-24 10:00") as server:
        assert server.heard().startswith("Tiny Line.")


@pytest.mark.parametrize("wanted", ["", "http://127.0.0.1:9/v1/traces"])
def test_nothing_is_imported_unless_spans_are_wanted(wanted: str, tmp_path: Path) -> None:
    program = "import sys, ivr.app; ivr.app.create_app(); print('opentelemetry' in sys.modules)"
    environ = {"IVR_PROJECT": str(tiny_project(tmp_path)), "IVR_TRACES_URL": wanted, "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(bool(wanted))


def test_without_the_extra_the_setting_is_told_with_its_remedy(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "import ivr.app, ivr.errors\n"
        "try: ivr.app.create_app()\n"
        "except ivr.errors.SetupError as trouble: print(trouble)"
    )
    environ = {
        "IVR_PROJECT": str(tiny_project(tmp_path)),
        "IVR_TRACES_URL": "http://x.example",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("IVR_TRACES_URL: is set, but what sends spans is not installed.")
