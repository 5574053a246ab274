"""Representatives and queues behave as the provider's pages say they behave."""

from __future__ import annotations

import pytest
from canned_line import DIAL, ONE, CannedLine, call, said

from ivr.softphone import ProviderHabits
from ivr.softphone.state import DialWait

WHISPER = '<Gather action="/taken" numDigits="1" finishOnKey=""><Say>A call.</Say></Gather><Hangup/>'


def dialling(number: str = ONE, dial: str = DIAL) -> CannedLine:
    return CannedLine(
        {
            "/voice": dial.format(number),
            "/dialled": "<Say>After.</Say>",
            "/whisper": WHISPER,
            "/taken": lambda came: "" if came.fields["Digits"] == "1" else "<Hangup/>",
        }
    )


def test_a_representative_hears_the_whisper_presses_its_key_and_is_joined() -> None:
    line = dialling()
    softphone = call(line)
    assert isinstance(softphone.waiting, DialWait)
    softphone.representative("answers")
    whisper = line.asked("/whisper")[0]
    assert whisper["ParentCallSid"] == "CA" + "1" * 32
    assert whisper["CallSid"] not in ("CA" + "1" * 32, "")
    assert whisper["Direction"] == "outbound-dial"
    assert whisper["To"] == "+16515550100"
    assert "CallToken" not in whisper
    assert line.asked("/taken")[0]["CallSid"] == whisper["CallSid"]
    result = line.asked("/dialled")[0]
    assert (result["DialCallStatus"], result["DialBridged"]) == ("completed", "true")
    assert result["DialCallSid"] == whisper["CallSid"]
    assert int(result["DialCallDuration"]) > 60
    assert [line.text for line in softphone.lines() if line.to == "representative"] == ["A call."]
    assert said(softphone) == ["Connecting.", "After."]
    assert softphone.ended["by"] == "connected"


@pytest.mark.parametrize(
    ("does", "status", "bridged"),
    [
        ("no_answer", "no-answer", "false"),
        ("busy", "busy", "false"),
        ("failed", "failed", "false"),
        ("declines", "completed", "false"),
        ("silent", "completed", "false"),
    ],
)
def test_a_representative_who_does_not_take_the_call(does: str, status: str, bridged: str) -> None:
    line = dialling()
    softphone = call(line)
    softphone.representative(does)  # type: ignore[arg-type]
    result = line.asked("/dialled")[0]
    assert (result["DialCallStatus"], result["DialBridged"]) == (status, bridged)
    assert ("DialCallDuration" in result) == (status == "completed")
    assert not softphone.is_connected
    assert softphone.ended["by"] == "hang_up"


def test_another_key_than_the_whispers_drops_the_leg() -> None:
    line = dialling()
    softphone = call(line)
    softphone.representative("answers", key="5")
    assert line.asked("/dialled")[0]["DialBridged"] == "false"


def test_rung_together_the_first_who_answers_is_joined() -> None:
    line = dialling(ONE + '<Number url="/whisper">+16515550101</Number>')
    call(line).representative(["no_answer", "answers"])
    assert [asked["To"] for asked in line.asked("/whisper")] == ["+16515550101"]
    assert line.asked("/dialled")[0]["DialBridged"] == "true"


def test_rung_one_by_one_the_next_rings_when_one_is_busy() -> None:
    line = dialling(
        ONE + '<Number url="/whisper">+16515550101</Number>', DIAL.replace("<Dial", '<Dial sequential="true"')
    )
    softphone = call(line)
    softphone.representative(["busy", "answers"])
    assert [asked["To"] for asked in line.asked("/whisper")] == ["+16515550101"]


def test_a_dial_without_action_falls_through() -> None:
    line = CannedLine({"/voice": "<Dial>+16515550100</Dial><Say>Next.</Say>"})
    softphone = call(line)
    softphone.representative("busy")
    assert said(softphone) == ["Next."]


def test_a_caller_who_hangs_up_while_it_rings_cancels_the_dial() -> None:
    line = dialling()
    call(line).hang_up()
    assert line.asked("/dialled")[0]["CallStatus"] == "completed"
    assert line.asked("/dialled")[0]["DialCallStatus"] == "canceled"
    line = dialling()
    call(line, ProviderHabits(dial_action_after_hang_up=False)).hang_up()
    assert line.asked("/dialled") == []


def test_a_queue_is_waited_in_and_left() -> None:
    line = CannedLine(
        {
            "/voice": '<Enqueue action="/after" waitUrl="/wait">help</Enqueue>',
            "/wait": '<Say>Please hold.</Say><Gather numDigits="1" action="/leave" timeout="3"/>',
            "/leave": "<Leave/>",
            "/after": "<Say>Bye.</Say>",
        }
    )
    softphone = call(line)
    assert line.asked("/wait")[0]["QueuePosition"] == "1"
    softphone.stay_silent()
    softphone.stay_silent()
    assert len(line.asked("/wait")) == 2
    softphone.press("9")
    assert line.asked("/after")[0]["QueueResult"] == "leave"
    assert softphone.is_over


def test_a_queue_joins_the_caller_to_a_representative() -> None:
    line = CannedLine({"/voice": '<Enqueue action="/after">help</Enqueue>', "/after": "<Hangup/>"})
    softphone = call(line)
    softphone.representative("answers")
    assert line.asked("/after")[0]["QueueResult"] == "bridged"
    assert softphone.ended["by"] == "connected"
