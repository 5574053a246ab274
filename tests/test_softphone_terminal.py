"""The telephone in the terminal: keys given beforehand, keys by hand, and the result for programs."""

from __future__ import annotations

import io
import json
import os
import pty
import termios

import pytest
from canned_line import ACCOUNT, BASE, TOKEN, TUESDAY, CannedLine
from rich.console import Console

from ivr.softphone import InProcess, Number, Softphone
from ivr.softphone.by_hand import ByHand, live_keys
from ivr.softphone.dialling import Representative
from ivr.softphone.terminal import KeysWrong, key_groups, run

MENU = (
    '<Gather action="/npn" numDigits="1" timeout="7" finishOnKey="" actionOnEmptyResult="true">'
    "<Say>To speak with a representative, press one. For hours, press two.</Say></Gather>"
)
NPN = '<Gather action="/rung" numDigits="10" timeout="5" finishOnKey="#"><Say>Your number, please.</Say></Gather>'
RING = '<Say>Connecting you now.</Say><Dial action="/over"><Number url="/whisper">+16515550100</Number></Dial>'


def fresh() -> tuple[CannedLine, Softphone]:
    """A line with a menu, a number and a representative, and a softphone that has not dialled."""
    line = CannedLine(
        {
            "/voice": MENU,
            "/npn": lambda came: NPN if came.fields["Digits"] == "1" else MENU,
            "/rung": RING,
            "/whisper": '<Gather action="/taken" numDigits="1"><Say>Broker Line.</Say></Gather><Hangup/>',
            "/taken": "",
            "/over": lambda came: "" if came.fields["DialBridged"] == "true" else "<Say>Nobody is there.</Say>",
            "/voice/status": (204, "", ""),
        },
        parts={"/voice": ["first_menu"], "/npn": ["npn"], "/rung": ["connecting"]},
    )
    return line, Softphone(InProcess(line, BASE), Number.at(BASE, ACCOUNT, TOKEN), TUESDAY)


def printed(keys: str | None, representative: Representative = "answers", typed: str = "") -> str:
    """What a call prints."""
    output = io.StringIO()
    console = Console(file=output, width=200, highlight=False)
    run(fresh()[1], keys=keys, representative=representative, console=console, source=io.StringIO(typed))
    return output.getvalue()


def test_keys_are_keyed_a_group_at_each_prompt_and_the_call_is_shown() -> None:
    shown = printed("1 99900001#").splitlines()
    assert shown[0] == " 0:00  Line            To speak with a representative, press one. For —  first_menu"
    assert "Caller          1" in shown[1]
    assert any("Whisper         Broker Line." in line for line in shown)
    assert shown[-1].startswith("joined to a representative, at rung, label certified  (")


def test_words_of_a_stranger_do_not_command_the_terminal() -> None:
    """A server that is called with `ivr call --url` may be anybody's."""
    words = "all &#x9b;2J is &#x202e; well &#x85; [red]"
    line = CannedLine({"/voice": f"<Say>{words}</Say><Say voice='&#x9b;1m&#xa;ok'>{words}</Say><Dial>&#x9b;</Dial>"})
    output = io.StringIO()
    for keys in ("1", None):
        softphone = Softphone(InProcess(line, BASE), Number.at(BASE, ACCOUNT, TOKEN), TUESDAY)
        console = Console(file=output, width=200, highlight=False)
        run(softphone, keys=keys, console=console, source=io.StringIO("1"))
    assert "all \ufffd2J is \ufffd well" in output.getvalue()
    assert output.getvalue().replace("\n", "").isprintable()


def test_the_result_for_programs() -> None:
    output = io.StringIO()
    run(fresh()[1], keys="1 99900001#", as_json=True, console=Console(file=output))
    told = json.loads(output.getvalue())
    assert told["moment"] == "2026-11-24T10:00:00-06:00"
    assert (told["from"], told["to"]) == ("+16125550199", "+18445208695")
    assert told["ended"] == {"at": "rung", "by": "connected", "label": "certified"}
    assert told["key_presses"] == 10
    assert told["seconds_of_speech"] == pytest.approx(2.8 + 0.5 + 1.2 + 1.2, abs=0.05)
    assert told["complaints"] == []
    assert [one["text"] for one in told["transcript"] if one["part"] == "connecting"] == ["Connecting you now."]


def test_silence_and_hanging_up_can_be_keyed() -> None:
    line, softphone = fresh()
    run(softphone, keys="- !", as_json=True, console=Console(file=io.StringIO()))
    assert line.asked("/npn")[0]["Digits"] == ""
    assert softphone.ended["by"] == "caller"


def test_a_caller_without_more_keys_hears_the_prompt_and_hangs_up() -> None:
    assert "Your number, please." in printed("1")
    assert "the caller hung up" in printed("1")


def test_the_representative_can_be_told_not_to_answer() -> None:
    assert "Nobody is there." in printed("1 99900001#", "no_answer")


def test_keys_that_no_telephone_has_are_refused_by_name() -> None:
    with pytest.raises(KeysWrong, match='"12a" cannot be keyed'):
        key_groups("1 12a")


def test_without_a_terminal_each_line_of_input_is_a_group() -> None:
    shown = printed(None, typed="\n1\n99900001#\n")
    assert "(silence)" in shown
    assert "joined to a representative" in shown


class TimedKeyboard:
    """Keys at seconds of its own; afterwards the receiver is put down."""

    def __init__(self, keys: list[tuple[float, str]]) -> None:
        self.keys = keys
        self.second = 0.0

    def read(self, seconds: float | None) -> tuple[str, float]:
        """See Keyboard."""
        at, key = self.keys[0] if self.keys else (self.second, "h")
        if seconds is not None and at > self.second + seconds:
            self.second += seconds
            return "", seconds
        waited = max(at - self.second, 0.0)
        self.keys = self.keys[1:]
        self.second += waited
        return key, waited


def by_hand(keys: list[tuple[float, str]]) -> tuple[str, Softphone, CannedLine]:
    """A call by hand: what is shown, the call, the line."""
    output = io.StringIO()
    line, softphone = fresh()
    ByHand(softphone, TimedKeyboard(keys), Console(file=output, width=200, highlight=False)).talk()
    return output.getvalue(), softphone, line


def test_by_hand_a_key_interrupts_the_words() -> None:
    shown, softphone, line = by_hand([(1.0, "1"), (5.0, "h")])
    assert "To speak with —" in shown
    assert "For hours" not in shown
    assert "Your number, please." in shown
    assert line.asked("/npn")[0]["Digits"] == "1"
    assert softphone.ended["by"] == "caller"
    assert softphone.tape.lines[0].seconds == pytest.approx(1.0, abs=0.01)


def test_by_hand_a_number_is_keyed_and_a_representative_answers() -> None:
    number = [(3.0 + place, key) for place, key in enumerate("12#")]
    shown, softphone, line = by_hand([(1.0, "1"), *number, (12.0, "\r")])
    assert line.asked("/rung")[0]["Digits"] == "12"
    assert "It rings." in shown
    assert "Whisper" in shown
    assert softphone.ended["by"] == "connected"


def test_by_hand_silence_is_waited_out() -> None:
    shown, softphone, line = by_hand([(30.0, "h")])
    assert "(silence)" in shown
    assert line.asked("/npn")[0]["Digits"] == ""
    assert softphone.ended["by"] == "caller"


def test_live_keys_come_without_enter_and_the_terminal_is_set_back() -> None:
    controller, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    with live_keys(terminal) as keyboard:
        os.write(controller, b"1\x03")
        assert keyboard.read(5.0)[0] == "1"
        assert keyboard.read(5.0)[0] == "\x03"
        assert keyboard.read(0.0)[0] == ""
    assert termios.tcgetattr(terminal) == before
    os.close(controller)
    os.close(terminal)
