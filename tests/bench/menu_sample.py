"""What a first menu with Flask and the provider's library looks like: no signature is checked, nothing is kept."""

from __future__ import annotations

from flask import Flask, Response, request
from twilio.twiml.voice_response import Gather, VoiceResponse

WORDS = {
    "1": "Those questions are answered by email.",
    "2": "Please call the county where the consumer lives.",
    "3": "We are open Monday to Friday, eight to five.",
}

app = Flask(__name__)


@app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
@app.route("/<path:path>", methods=["GET", "POST"])
def menu(path: str) -> Response:
    """Answer the key, then ask again."""
    response = VoiceResponse()
    said = WORDS.get(request.form.get("Digits", ""))
    if said:
        response.say(said, voice="Polly.Joanna-Neural")
    gather = Gather(action="/voice/turn", method="POST", num_digits=1, timeout=7)
    gather.say("For status, press one. For other agencies, press two. For hours, press three.")
    response.append(gather)
    response.redirect("/voice", method="POST")
    return Response(str(response), content_type="text/xml")
