"""The softphone behaves as the provider's pages say a call behaves."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from canned_line import ACCOUNT, BASE, DIAL, ONE, TOKEN, TUESDAY, Answer, Came, CannedLine, call, said
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.softphone import CallState, InProcess, Number, ProviderHabits, Softphone
from ivr.softphone.state import GatherWait

MENU = (
    '<Gather action="/chosen" numDigits="1" timeout="7" finishOnKey="" actionOnEmptyResult="true">'
    '<Say>One two three four five.</Say><Pause length="3"/><Say>Six seven eight nine ten.</Say></Gather>'
)
ENTRY = (
    '<Gather action="/chosen" numDigits="10" timeout="5" finishOnKey="#"><Say>Number.</Say></Gather><Say>Nothing.</Say>'
)


def chosen(line: CannedLine) -> str | None:
    """``Digits`` of the last request to the action; None when it was not asked."""
    asked = line.asked("/chosen")
    return asked[-1].get("Digits") if asked else None


def test_the_first_request_is_an_inbound_ringing_call_with_the_standard_fields() -> None:
    line = CannedLine({"/voice": "<Hangup/>"})
    call(line)
    asked = line.asked("/voice")[0]
    assert asked["CallStatus"] == "ringing"
    assert asked["Direction"] == "inbound"
    assert asked["AccountSid"] == ACCOUNT
    assert asked["From"] == asked["Caller"] == "+16125550199"
    assert asked["To"] == asked["Called"] == "+18445208695"
    assert asked["FromCity"] == "MINNEAPOLIS"
    assert asked["ToCity"] == ""
    assert asked["CallToken"].startswith("%7B%22parentCallInfoToken")
    assert "X-Home-Region" not in asked
    assert line.came[0].headers["HTTP_USER_AGENT"] == "TwilioProxy/1.1"


def test_later_requests_say_in_progress_and_happen_at_a_later_moment() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": "<Hangup/>"})
    softphone = call(line)
    softphone.press("1")
    assert line.asked("/chosen")[0]["CallStatus"] == "in-progress"
    assert line.came[0].moment == TUESDAY
    assert 7 < (line.came[1].moment - TUESDAY).total_seconds() < 8


def test_a_key_stops_the_words_and_is_submitted_at_once_when_one_is_enough() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": "<Say>Thanks.</Say><Hangup/>"})
    softphone = call(line)
    softphone.press("4", at_second=1.0)
    assert chosen(line) == "4"
    assert said(softphone) == ["One two —", "Thanks."]
    assert softphone.ended["by"] == "hang_up"
    assert softphone.speech_s == pytest.approx(1.4, abs=0.25)


def test_a_key_stops_a_nested_pause_too() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": "<Hangup/>"})
    softphone = call(line)
    softphone.press("4", at_second=3.5)
    assert said(softphone) == ["One two three four five."]
    assert softphone.tape.elapsed < 4.5


def test_the_timeout_starts_after_the_nested_media() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": "<Hangup/>"})
    softphone = call(line)
    softphone.press("4", at_second=13.5)
    assert chosen(line) == "4"
    line = CannedLine({"/voice": MENU, "/chosen": "<Hangup/>"})
    softphone = call(line)
    softphone.press("4", at_second=14.8)
    assert chosen(line) == ""


def test_each_key_restarts_the_clock_and_a_timeout_submits_what_is_there() -> None:
    line = CannedLine({"/voice": ENTRY, "/chosen": "<Hangup/>"})
    softphone = call(line)
    softphone.press("12", settle=False)
    softphone.wait(4.5)
    softphone.press("34", settle=False)
    assert isinstance(softphone.waiting, GatherWait)
    assert softphone.waiting.pressed == "1234"
    softphone.wait(5.5)
    assert chosen(line) == "1234"


def test_the_finish_key_is_not_among_the_digits() -> None:
    line = CannedLine({"/voice": ENTRY, "/chosen": "<Hangup/>"})
    call(line).press("99900001#")
    asked = line.asked("/chosen")[0]
    assert asked["Digits"] == "99900001"
    assert asked["FinishedOnKey"] == "#"
    assert asked["msg"] == "Gather End"


def test_an_empty_result_goes_on_with_the_next_verb_and_falls_off_the_end() -> None:
    line = CannedLine({"/voice": ENTRY})
    softphone = call(line)
    softphone.stay_silent()
    assert said(softphone) == ["Number.", "Nothing."]
    assert softphone.ended["by"] == "hang_up"
    softphone = call(line)
    softphone.press("#")
    assert said(softphone) == ["Number.", "Nothing."]


def test_an_empty_result_is_submitted_when_asked_for() -> None:
    for habits, digits in ((ProviderHabits(), ""), (ProviderHabits(empty_digits="absent"), None)):
        line = CannedLine({"/voice": MENU, "/chosen": "<Hangup/>"})
        call(line, habits).stay_silent()
        assert len(line.asked("/chosen")) == 1
        assert chosen(line) == digits


def test_undocumented_fields_can_be_left_out() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": "<Hangup/>"})
    call(line, ProviderHabits(msg=False, finished_on_key=False)).press("1")
    assert not {"msg", "FinishedOnKey"} & line.asked("/chosen")[0].keys()


def test_without_a_finish_key_pound_and_star_are_digits() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": "<Hangup/>"})
    call(line).press("#")
    assert chosen(line) == "#"


def test_a_gather_without_action_asks_its_own_document_again() -> None:
    line = CannedLine({"/voice": '<Gather numDigits="1"><Say>Again?</Say></Gather>'})
    softphone = call(line)
    softphone.press("1")
    assert [came.get("Digits") for came in line.asked("/voice")] == [None, "1"]


def test_keys_typed_ahead_are_lost_or_reach_the_next_menu() -> None:
    for outside, expected in (("drop", ["1"]), ("buffer", ["1", "2"])):
        line = CannedLine({"/voice": MENU, "/chosen": MENU})
        call(line, ProviderHabits(keys_outside=outside)).press("12")  # type: ignore[arg-type]
        assert [asked["Digits"] for asked in line.asked("/chosen")] == expected


def test_a_key_is_pressed_as_soon_as_it_was_offered_and_an_entry_after_the_last_word() -> None:
    menu = "<Say>To speak with a representative, press one. For hours, press two. For forms, press three.</Say>"
    line = CannedLine({"/voice": f'<Gather action="/chosen" numDigits="1">{menu}</Gather>', "/chosen": ENTRY})
    softphone = call(line)
    softphone.press("2")
    assert said(softphone)[0] == "To speak with a representative, press one. For hours, press two. For —"
    assert softphone.tape.lines[1].at == 5.1
    softphone.press("12#")
    assert said(softphone)[1] == "Number."


def test_keys_during_words_outside_a_gather_are_lost_or_kept() -> None:
    first = "<Say>One two three four five.</Say>" + MENU
    line = CannedLine({"/voice": first, "/chosen": "<Hangup/>"})
    softphone = call(line)
    softphone.press("1", at_second=0.5)
    assert not line.asked("/chosen")
    assert softphone.lines()[1].text == "1 (nothing was listening)"
    line = CannedLine({"/voice": first, "/chosen": "<Hangup/>"})
    call(line, ProviderHabits(keys_outside="buffer")).press("1", at_second=0.5)
    assert chosen(line) == "1"


def test_a_pound_sign_after_a_full_entry_is_dropped_or_carried() -> None:
    line = CannedLine({"/voice": ENTRY, "/chosen": ENTRY})
    softphone = call(line)
    softphone.press("1234567890#")
    assert len(line.asked("/chosen")) == 1
    line = CannedLine({"/voice": ENTRY, "/chosen": MENU})
    call(line, ProviderHabits(stray_finish="carry")).press("1234567890#")
    assert [asked["Digits"] for asked in line.asked("/chosen")] == ["1234567890", "#"]


def test_hanging_up_during_a_gather_asks_nothing_but_the_status_callback() -> None:
    line = CannedLine({"/voice": ENTRY, "/voice/status": (204, "", "")})
    softphone = call(line)
    softphone.press("12", settle=False)
    softphone.hang_up()
    assert [came.path for came in line.came] == ["/voice", "/voice/status"]
    status = line.asked("/voice/status")[0]
    assert status["CallStatus"] == "completed"
    assert status["CallDuration"] == "2"
    assert status["Timestamp"] == "Tue, 24 Nov 2026 16:00:01 +0000"
    assert softphone.ended["by"] == "caller"
    assert softphone.complaints == []


def test_a_status_callback_that_answers_html_is_complained_about() -> None:
    line = CannedLine({"/voice": "<Hangup/>", "/voice/status": (200, "text/html", "ok")})
    assert [complaint.code for complaint in call(line).complaints] == [15003]


def test_a_failed_fetch_goes_on_with_the_fallback_which_learns_why() -> None:
    for answer, code in (((500, "text/html", "oh"), "11217"), ("<Say", "12100"), ((200, "image/png", "x"), "12300")):
        line = CannedLine({"/voice": answer, "/voice/fallback": "<Say>We failed.</Say>"})
        softphone = call(line)
        assert said(softphone) == ["We failed."]
        assert line.asked("/voice/fallback")[0]["ErrorCode"] == code
        assert line.asked("/voice/fallback")[0]["ErrorUrl"] == f"{BASE}/voice"
        assert softphone.ended["by"] == "hang_up"


def failing_once(status: int, text: str) -> Callable[[Came], Answer]:
    """An address that answers with an error once, and then with words."""
    answers: list[Answer] = [(status, "text/html", "oh"), f"<Say>{text}</Say>"]
    return lambda _: answers.pop(0)


@pytest.mark.parametrize(
    ("overrides", "status", "heard"),
    [
        ("", 500, "We failed."),
        ("#rc=2", 500, "We failed."),
        ("#rc=1&rp=5xx", 500, "One it is."),
        ("#rc=5&rp=all", 404, "One it is."),
        ("#rc=2&rp=ct,rt,5xx", 404, "We failed."),
        ("#rc=0&rp=all", 500, "We failed."),
    ],
)
def test_an_address_may_ask_for_more_attempts_and_they_carry_the_same_keys(
    overrides: str, status: int, heard: str
) -> None:
    menu = f'<Gather action="/chosen{overrides.replace("&", "&amp;")}" numDigits="1"><Say>Choose.</Say></Gather>'
    fallback = "<Say>We failed.</Say>"
    line = CannedLine({"/voice": menu, "/chosen": failing_once(status, "One it is."), "/voice/fallback": fallback})
    softphone = call(line)
    softphone.press("1")
    assert said(softphone)[-1] == heard
    assert {asked["Digits"] for asked in line.asked("/chosen")} == {"1"}


def test_an_answer_that_cannot_be_read_is_not_asked_for_again() -> None:
    line = CannedLine(
        {"/voice": "<Redirect>/on#rc=5&amp;rp=all</Redirect>", "/on": "<Say", "/voice/fallback": "<Say>No.</Say>"}
    )
    assert said(call(line)) == ["No."]
    assert len(line.asked("/on")) == 1


def test_a_failing_fallback_ends_the_call_with_the_providers_words() -> None:
    softphone = call(CannedLine({}))
    assert said(softphone) == ["We are sorry, an application error has occurred. Goodbye."]
    assert softphone.ended["by"] == "error"


def test_plain_text_that_is_no_twiml_is_read_aloud() -> None:
    softphone = call(CannedLine({"/voice": (200, "text/plain", "Hello & goodbye")}))
    assert said(softphone) == ["Hello & goodbye"]


def test_a_redirect_answer_loses_the_digits() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": (302, "/other", ""), "/other": "<Hangup/>"})
    call(line).press("1")
    assert line.came[-2].method == "GET"
    assert line.came[-2].path == "/other"
    assert line.asked("/other") == [{}]


def test_a_redirect_verb_is_a_fresh_request_relative_to_the_document() -> None:
    line = CannedLine(
        {"/voice": '<Redirect method="GET">turn?a=1&amp;b=2</Redirect><Say>Dead.</Say>', "/turn": "<Say>Here.</Say>"}
    )
    assert said(call(line)) == ["Here."]
    assert line.asked("/turn")[0]["b"] == "2"
    assert line.came[1].method == "GET"


def test_a_loop_of_redirects_is_cut() -> None:
    softphone = call(CannedLine({"/voice": "<Redirect>/voice</Redirect>"}))
    assert softphone.ended["by"] == "error"
    assert any("a loop" in complaint.wrong for complaint in softphone.complaints)


def test_reject_ends_the_call_as_busy() -> None:
    line = CannedLine({"/voice": '<Reject reason="busy"/>', "/voice/status": (204, "", "")})
    call(line)
    assert line.asked("/voice/status")[0]["CallStatus"] == "busy"


def test_a_recording_is_ended_by_a_key() -> None:
    line = CannedLine({"/voice": '<Record action="/kept" finishOnKey="#"/>', "/kept": "<Hangup/>"})
    softphone = call(line)
    softphone.press("#")
    assert line.asked("/kept")[0]["Digits"] == "#"
    assert line.asked("/kept")[0]["RecordingUrl"].startswith("https://api.twilio.com/")


def test_parts_are_named_by_the_applications_trace() -> None:
    line = CannedLine({"/voice": MENU, "/chosen": "<Say>Bye.</Say>"}, parts={"/voice": ["greeting", "menu"]})
    softphone = call(line)
    assert [one.part for one in softphone.turn_lines()] == ["greeting", "menu"]
    assert softphone.step == "voice"
    assert softphone.ended == {"at": "voice", "by": "", "label": "certified"}
    softphone.press("1", at_second=0.4)
    assert [one.part for one in softphone.lines() if one.who == "line"] == ["greeting", ""]


def test_what_is_said_counts_words_at_150_a_minute_and_long_breaks() -> None:
    line = CannedLine(
        {"/voice": '<Say>One two three four five. <break time="500ms"/> Six <break time="300ms"/>seven</Say>'}
    )
    softphone = call(line)
    assert said(softphone) == ["One two three four five. Six, seven"]
    assert softphone.speech_s == pytest.approx(7 / 2.5 + 0.5)


def test_cookies_come_back_within_a_call() -> None:
    def answer(came: object) -> str:
        return MENU

    line = CannedLine({"/voice": answer, "/chosen": "<Hangup/>"})
    softphone = call(line)
    softphone.state.cookies["seen"] = "yes"
    softphone.press("1")
    assert line.came[1].headers["HTTP_COOKIE"] == "seen=yes"


KEYS = st.text("0123456789*#", min_size=1, max_size=12)
DOINGS = st.lists(
    st.one_of(KEYS, st.sampled_from(["", "silence", "wait", "answers", "declines"])), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(DOINGS, st.sampled_from(["drop", "carry"]), st.sampled_from(["drop", "buffer"]))
def test_any_doings_leave_a_call_that_ends_or_asks_and_survives_being_put_away(
    doings: list[str], stray: str, outside: str
) -> None:
    habits = ProviderHabits(stray_finish=stray, keys_outside=outside)  # type: ignore[arg-type]
    line = CannedLine(
        {"/voice": MENU, "/chosen": lambda came: ENTRY if came.fields.get("Digits") else DIAL.format(ONE)}
    )
    number = Number.at(BASE, ACCOUNT, TOKEN)
    softphone = Softphone(InProcess(line, BASE), number, TUESDAY, habits=habits)
    softphone.dial()
    for doing in doings:
        state = CallState.model_validate(json.loads(json.dumps(softphone.put_away())))
        assert state == softphone.state
        softphone = Softphone(InProcess(line, BASE), number, TUESDAY, habits=habits, state=state)
        match doing:
            case "silence" | "":
                softphone.stay_silent()
            case "wait":
                softphone.wait(4.0)
            case "answers" | "declines":
                softphone.representative(doing)
            case _:
                softphone.press(doing)
        assert softphone.is_over or softphone.waiting is not None
