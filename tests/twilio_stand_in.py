"""The provider's REST API as it documents it, over TLS on loopback, for its own unmodified client.

It is reached as every host is reached from behind a proxy: the client is told `HTTPS_PROXY`, asks it to CONNECT to
api.twilio.com, and then speaks TLS with what answers there, whose certificate it checks (`REQUESTS_CA_BUNDLE`). So the
client's own addresses, host names and certificate checks are the real ones, and nothing leaves this machine.

Whatever a request does that the documentation does not have (path, method, credentials, fields) is refused, and told in
`complaints`.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from own_ca import OwnCA

API, MONITOR = "api.twilio.com", "monitor.twilio.com"
SID: Final = "AC" + "0123456789abcdef" * 2
TOKEN: Final = "fedcba98" * 4

LIST_FIELDS = {"Beta", "FriendlyName", "PhoneNumber", "Origin", "PageToken", "Page", "PageSize"}
ALERT_FIELDS = {"LogLevel", "StartDate", "EndDate", "PageToken", "Page", "PageSize"}
SETTABLE = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
}
"""Fields of a number that may be set here, to their names in answers. The API has more; we have no business there."""


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    host: str
    method: str
    path: str
    fields: Mapping[str, str]
    credentials: str
    signature: str = ""


@dataclass(frozen=True)
class Said:
    """One answer; what trickles comes a letter at a time."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    trickles: bool = False


def error(status: int, code: int, message: str) -> Said:
    """A refusal as the provider words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Said(status, json.dumps({"code": code, "message": message, "more_info": more, "status": status}))


Answer = Callable[[Asked], Said | None]
"""What is answered instead of the usual; None: nothing, and the connection is dropped."""


class TwilioStandIn:
    """An account and its API.

    Args:
        pages: host name to what a static host of that name answers; for documents of elsewhere.
    """

    def __init__(self, ca: OwnCA, pages: Mapping[str, Answer] | None = None) -> None:
        self.sid, self.tokens = SID, {TOKEN}
        self.numbers: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.complaints: list[str] = []
        self.instead: Answer | None = None
        self.leads_nowhere = False
        self.closing = threading.Event()
        self.pages = dict(pages or {})
        self._ca = ca
        self.context = ca.server_context(API, MONITOR, "handler.twilio.com", *self.pages)

    def add_number(self, number: str, name: str = "a number", **more: Any) -> dict[str, Any]:
        """A number as a new account has it, except for `more`."""
        one = {
            "sid": f"PN{len(self.numbers):032x}",
            "account_sid": self.sid,
            "phone_number": number,
            "friendly_name": name,
            "api_version": "2010-04-01",
            "date_created": "Tue, 03 Nov 2026 15:00:00 +0000",
            "date_updated": "Tue, 03 Nov 2026 15:00:00 +0000",
            "voice_url": "https://demo.twilio.com/welcome/voice/",
            "voice_method": "POST",
            "voice_fallback_url": "",
            "voice_fallback_method": "POST",
            "status_callback": "",
            "status_callback_method": "POST",
            "voice_application_sid": None,
            "trunk_sid": None,
            "voice_receive_mode": "voice",
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            **more,
        }
        self.numbers.append(one)
        return one

    def add_alert(self, code: int, url: str, at: str, level: str = "error", text: str = "", call: str = "") -> None:
        """An alert; `at` is an ISO moment of UTC."""
        self.alerts.append(
            {
                "sid": f"NO{len(self.alerts):032x}",
                "account_sid": self.sid,
                "alert_text": text,
                "error_code": str(code),
                "log_level": level,
                "date_created": at,
                "date_generated": at,
                "date_updated": at,
                "request_method": "POST",
                "request_url": url,
                "resource_sid": call,
                "service_sid": None,
                "more_info": f"https://www.twilio.com/docs/errors/{code}",
                "api_version": "2010-04-01",
            }
        )

    @contextmanager
    def running(self) -> Iterator[Mapping[str, str]]:
        """Answer; yields what the environment of a client must say."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield {
                "HTTPS_PROXY": f"http://127.0.0.1:{server.server_port}",
                "REQUESTS_CA_BUNDLE": str(self._ca.file),
                "SSL_CERT_FILE": str(self._ca.file),
                "NO_PROXY": "",
            }
        finally:
            self.closing.set()
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, asked: Asked) -> Said | None:
        """What the API says to a request."""
        self.asked.append(asked)
        if asked.host in self.pages:
            return self.pages[asked.host](asked)
        if (asked.host, asked.path, asked.method) == (API, "/", "GET"):
            return error(404, 20404, "The requested resource / was not found")  # with a Date, as every answer
        if self.instead:
            return self.instead(asked)
        sid, _, token = asked.credentials.partition(":")
        if sid != self.sid or token not in self.tokens:
            return error(401, 20003, "Authenticate")
        path = f"/2010-04-01/Accounts/{self.sid}/IncomingPhoneNumbers"
        if asked.host == API and asked.path == f"{path}.json" and asked.method == "GET":
            return self._list(asked)
        if asked.host == API and asked.path.startswith(f"{path}/PN") and asked.path.endswith(".json"):
            sid = asked.path.removeprefix(f"{path}/").removesuffix(".json")
            found = next((one for one in self.numbers if one["sid"] == sid), None)
            if found is None:
                return error(404, 20404, f"The requested resource {asked.path} was not found")
            return self._set(found, asked) if asked.method == "POST" else Said(200, json.dumps(found))
        if asked.host == MONITOR and asked.path == "/v1/Alerts" and asked.method == "GET":
            return self._alerts(asked)
        self.complaints.append(f"{asked.method} https://{asked.host}{asked.path} is not documented")
        return error(404, 20404, "The requested resource was not found")

    def _list(self, asked: Asked) -> Said:
        self._know(asked, LIST_FIELDS)
        wanted = asked.fields.get("PhoneNumber", "").replace("*", "")
        found = [one for one in self.numbers if wanted in one["phone_number"]]
        page, size, some = _page(found, asked.fields)
        path = asked.path
        following = {
            **asked.fields,
            "Page": page + 1,
            "PageSize": size,
            "PageToken": f"PA{page}",
        }
        more = (page + 1) * size < len(found)
        answer = {
            "incoming_phone_numbers": some,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(some) - 1, 0),
            "uri": f"{path}?{urlencode(asked.fields)}",
            "first_page_uri": f"{path}?PageSize={size}&Page=0",
            "next_page_uri": f"{path}?{urlencode(following)}" if more else None,
            "previous_page_uri": f"{path}?PageSize={size}&Page={page - 1}" if page else None,
        }
        return Said(200, json.dumps(answer))

    def _set(self, number: dict[str, Any], asked: Asked) -> Said:
        self._know(asked, set(SETTABLE))
        after = {**number, **{SETTABLE[name]: value for name, value in asked.fields.items() if name in SETTABLE}}
        for name in ("voice_url", "voice_fallback_url", "status_callback"):
            parts = urlsplit(after[name])
            if after[name] and (parts.scheme not in ("http", "https") or not parts.hostname):
                return error(400, 21502, f"{name} is not a valid URL: {after[name]}")
        for name in ("voice_method", "voice_fallback_method", "status_callback_method"):
            if after[name] not in ("GET", "POST"):
                return error(400, 21403, f"{name} is not valid: {after[name]}")
        if after["voice_fallback_url"] and not after["voice_url"]:
            return error(400, 21405, "A fallback URL cannot be set without a primary URL")
        number.update(after)
        return Said(200, json.dumps(number))

    def _alerts(self, asked: Asked) -> Said:
        self._know(asked, ALERT_FIELDS)
        since = asked.fields.get("StartDate", "")
        level = asked.fields.get("LogLevel", "")
        found = [one for one in self.alerts if one["date_generated"] >= since and level in ("", one["log_level"])]
        found.sort(key=lambda one: one["date_generated"], reverse=True)
        page, size, some = _page(found, asked.fields)
        own = f"https://{MONITOR}{asked.path}"
        following = urlencode({**asked.fields, "Page": page + 1, "PageSize": size, "PageToken": f"PA{page}"})
        meta = {
            "key": "alerts",
            "page": page,
            "page_size": size,
            "url": own,
            "first_page_url": f"{own}?PageSize={size}&Page=0",
            "next_page_url": f"{own}?{following}" if (page + 1) * size < len(found) else None,
            "previous_page_url": None,
        }
        return Said(200, json.dumps({"alerts": some, "meta": meta}))

    def _know(self, asked: Asked, fields: set[str]) -> None:
        self.complaints += [f"{asked.method} {asked.path} has the field {one}" for one in asked.fields.keys() - fields]


def _page(found: list[dict[str, Any]], fields: Mapping[str, str]) -> tuple[int, int, list[dict[str, Any]]]:
    """The page asked for, its size, and what is on it: 50 unless asked otherwise, 1000 at most."""
    size = min(int(fields.get("PageSize", 50)), 1000)
    page = int(fields.get("Page", 0))
    return page, size, found[page * size : (page + 1) * size]


def _handler(stand_in: TwilioStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """A proxy for CONNECT, and behind it the hosts themselves."""

        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self) -> None:
            if stand_in.leads_nowhere:
                self.send_response(502)
                self.send_header("Content-Length", "0")
                self.end_headers()
                self.close_connection = True
                return
            self.send_response(200)
            self.end_headers()
            try:
                secure = stand_in.context.wrap_socket(self.connection, server_side=True)
            except (ssl.SSLError, OSError):
                self.close_connection = True
                return
            self.host = self.path.partition(":")[0]
            self.connection = secure
            self.rfile.close()
            self.rfile = secure.makefile("rb")
            self.wfile = secure.makefile("wb")
            self.close_connection = False

        def finish(self) -> None:
            try:
                super().finish()
            finally:
                if self.host:
                    self.connection.close()

        def _any(self) -> None:
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            kind = self.headers.get("Content-Type", "")
            fields = dict(parse_qsl(split.query, keep_blank_values=True))
            if self.command == "POST":
                if split.query:
                    stand_in.complaints.append(f"POST {self.path} has a query")
                if self.host == API and kind != "application/x-www-form-urlencoded":
                    stand_in.complaints.append(f"the body is {kind}")
                fields |= dict(parse_qsl(body, keep_blank_values=True))
            if self.headers.get("Host") != self.host:
                stand_in.complaints.append(f"Host is {self.headers.get('Host')}, the connection is to {self.host}")
            given = self.headers.get("Authorization", "").removeprefix("Basic ")
            credentials = base64.b64decode(given).decode()
            signature = self.headers.get("X-Twilio-Signature", "")
            said = stand_in.answer(Asked(self.host, self.command, split.path, fields, credentials, signature))
            if said is None:
                self.close_connection = True
                return
            content = said.body.encode()
            self.send_response(said.status)
            for name, value in {"Content-Type": "application/json", **said.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                for piece in content if said.trickles else ():
                    self.wfile.write(bytes([piece]))
                    if stand_in.closing.wait(0.05):
                        break
                else:
                    self.wfile.write(b"" if said.trickles else content)
                self.wfile.flush()
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Nothing on standard error."""

    return Handler


def stand_in_in(folder: Path, pages: Mapping[str, Answer] | None = None) -> TwilioStandIn:
    """A stand-in with an authority of its own in a folder."""
    return TwilioStandIn(OwnCA(folder), pages)
