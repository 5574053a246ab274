"""The floor: what Flask costs when it does nothing. One route, a document that never changes."""

from __future__ import annotations

from flask import Flask, Response

DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="/voice/turn" method="POST" numDigits="1">'
    "<Say>For hours, press one. For a person, press two.</Say></Gather></Response>"
)

app = Flask(__name__)


@app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
@app.route("/<path:path>", methods=["GET", "POST"])
def answer(path: str) -> Response:
    """The same document, whatever is asked."""
    return Response(DOCUMENT, content_type="text/xml; charset=utf-8")
