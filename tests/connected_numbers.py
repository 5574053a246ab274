"""What a number has before and after it is connected."""

from __future__ import annotations

from twilio_account import STATIC, URL
from twilio_stand_in import TwilioStandIn

OURS = {
    "voice_url": f"{URL}/voice#rc=5&rp=all",
    "voice_fallback_url": f"{URL}/voice/fallback#rc=5&rp=all",
    "status_callback": f"{URL}/voice/status#rc=5&rp=all",
}


BEFORE = "https://demo.twilio.com/welcome/voice/"
FOREIGN = f"https://{STATIC}/fallback.xml"


def settings_made(twilio: TwilioStandIn) -> list[dict[str, str]]:
    """What numbers were set to, in order."""
    return [dict(asked.fields) for asked in twilio.asked if asked.method == "POST"]
