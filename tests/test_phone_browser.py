"""The browser telephone in a real Chromium: keys, words, time and the representative, as a person meets them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from programs import program
from werkzeug.serving import make_server

from ivr.answering import app_for
from ivr.flow.load import load_release, read_files
from ivr.rehearsal import rehearsal_line, sample_brokers, set_scene
from ivr.wiring import Line

PROJECT = Path(__file__).parents[1]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

A_VOICE = """
window.spoken = [];
window.cancelled = 0;
window.takesMs = 30000;
const voice = {lang: "en-US", localService: true, name: "Test"};
const synth = {
  getVoices: () => [voice],
  addEventListener: () => {},
  cancel: () => { window.cancelled += 1; clearTimeout(synth.timer); },
  speak: (utterance) => {
    window.spoken.push(utterance.text);
    if (window.voiceFails) { utterance.onerror(); return; }
    setTimeout(() => utterance.onstart(), 0);
    synth.timer = setTimeout(() => utterance.onend(), window.takesMs);
  },
};
Object.defineProperty(window, "speechSynthesis", {value: synth});
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""
"""A browser with a voice, which the one of the tests lacks: slow, or one that fails."""

MARKED = """
window.marked = [];
new MutationObserver(() => {
  const word = document.querySelector("#transcript li i.now");
  if (word && marked.at(-1) !== word.textContent) { marked.push(word.textContent); }
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
"""Has a page note the words that it marks while it speaks them."""


def chromium() -> str:
    """Chromium's path."""
    return program("chromium", "chromium", "The browser telephone is tried in a real Chromium")


@pytest.fixture(scope="module")
def line() -> Line:
    """The shipped line with the sample brokers, in memory."""
    return rehearsal_line(load_release(read_files(PROJECT)), sample_brokers(PROJECT))


@pytest.fixture(scope="module")
def address(line: Line) -> Iterator[str]:
    """The telephone's page, served on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app_for(line), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/phone"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A page, and what must not happen on it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        home = address.removesuffix("/phone")
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on(
            "request", lambda request: None if request.url.startswith(home) else self.elsewhere.append(request.url)
        )
        self.page.goto(address)

    def assert_clean(self) -> None:
        """Nothing in the console, nothing asked of anybody else, nothing wider than the window."""
        assert self.complaints == []
        assert self.elsewhere == []
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.page.viewport_size["width"]  # type: ignore[index]


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A window of the width the test asks for, 1280 by default."""
    width = getattr(request, "param", 1280)
    context = browser.new_context(viewport={"width": width, "height": 760}, reduced_motion="reduce")
    context.set_default_timeout(8000)
    yield context
    context.close()


def dial(page: Page, moment: str = "2026-11-24T10:00") -> None:
    """Pretend a moment and call with the keyboard."""
    page.get_by_label("Date and time").fill(moment)
    page.get_by_role("button", name="Call", exact=True).press("Enter")
    expect(page.locator("#transcript li").first).to_be_visible()


def state(page: Page, text: str) -> None:
    """Wait until the telephone shows this."""
    expect(page.locator("#state")).to_have_text(text)


@pytest.mark.parametrize("context", [1280, 320], indirect=True)
def test_a_certified_broker_reaches_a_representative_by_keyboard_alone(context: BrowserContext, address: str) -> None:
    watched = Watched(context, address)
    page = watched.page
    watched.assert_clean()
    dial(page)
    page.keyboard.press("1")
    expect(page.locator("#transcript")).to_contain_text("Please enter")
    expect(page.locator("#transcript li").first).to_contain_text("—")  # the key cut the greeting short
    page.keyboard.type("99900001#", delay=20)
    expect(page.locator("#transcript li").last).to_contain_text("Connecting you now.")
    page.get_by_role("button", name="Skip the words").click()
    state(page, "Ringing a representative")
    expect(page.locator("#label")).to_have_text("certified")
    expect(page.locator("#ringing")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    state(page, "The representative listens")
    for _ in range(2):  # the words are said twice
        page.get_by_role("button", name="Skip the words").press("Enter")
    state(page, "Connected: you are talking")
    expect(page.locator("#transcript")).to_contain_text("Only the representative hears")
    expect(page.locator("#summary-name")).to_have_text("Connected to a representative")
    assert page.locator("#figures dd").all_text_contents()[:2] == ["certified", "representatives"]
    assert page.locator("#figures dd").all_text_contents()[4:] == ["10", "none"]
    assert re.fullmatch(r"1:\d\d with 60 s of talk", page.locator("#figures dd").nth(3).inner_text())
    state(page, "Call ended")
    expect(page.locator("#caption")).to_have_text("Connected to a representative with 60 s of talk.")
    expect(page.locator("#steps")).to_contain_text("******01")
    assert "presses_early: 1" in (page.locator("#script").text_content() or "")
    watched.assert_clean()


@pytest.mark.parametrize("context", [390], indirect=True)
def test_on_a_small_screen_keypad_and_ringing_telephone_are_in_view_together(
    context: BrowserContext, address: str
) -> None:
    watched = Watched(context, address)
    page = watched.page
    dial(page)
    page.keyboard.press("4")
    expect(page.locator("#transcript li").last).to_contain_text("Connecting")
    state(page, "Ringing a representative")
    for what in ("#pad", "#hook", "#ringing"):
        box = page.locator(what).bounding_box()
        assert box, what
        assert 0 <= box["y"] <= box["y"] + box["height"] <= 760, what
    times = page.locator("#transcript time")
    assert [times.nth(place).is_visible() for place in range(times.count())] == [True] * times.count()
    assert times.first.inner_text() == "0:00"
    page.get_by_role("button", name="No answer").click()
    expect(page.locator("#transcript")).to_contain_text("no answer")
    watched.assert_clean()


def test_under_the_keypad_stands_what_its_keys_do_at_this_step(context: BrowserContext, address: str) -> None:
    watched = Watched(context, address)
    page = watched.page
    here = page.locator("#keys-here")
    expect(here).to_have_text("")
    dial(page)
    expect(here).to_have_text("* repeats0 representative9 first menu")
    page.keyboard.press("1")
    expect(here).to_have_text("* starts over# ends the number0 # no number at hand")
    page.keyboard.type("0#")
    expect(here).to_have_text("* repeats0 representative9 first menu")
    page.keyboard.press("3")
    expect(here).to_have_text("* to repeat9 to go back")
    page.keyboard.press("Escape")
    expect(here).to_have_text("")
    watched.assert_clean()


def test_silence_and_lost_keys_are_shown_and_the_call_can_be_made_again(context: BrowserContext, address: str) -> None:
    watched = Watched(context, address)
    page = watched.page
    dial(page)
    for _ in range(4):  # greeting, notice, menu, and then the wait
        page.get_by_role("button", name="Skip", exact=False).click()
    expect(page.locator("#transcript .you")).to_contain_text("silence")
    expect(page.locator("#transcript li").last).to_contain_text("Representative, one.")
    page.keyboard.press("4")
    expect(page.locator("#transcript")).to_contain_text("Connecting")
    page.get_by_role("button", name="5", exact=True).click()
    expect(page.locator("#transcript .lost")).to_contain_text("nothing was listening")
    state(page, "Ringing a representative")
    expect(page.locator("#label")).to_have_text("certification only")
    page.get_by_role("button", name="Busy").click()
    expect(page.locator("#transcript")).to_contain_text("busy")
    page.keyboard.press("Escape")
    expect(page.locator("#summary-name")).to_have_text("You hung up")
    page.get_by_role("button", name="Call again").press("Enter")
    expect(page.locator("#transcript li")).to_have_count(1)
    expect(page.locator("#summary")).to_be_hidden()
    watched.assert_clean()


def test_a_number_to_try_is_keyed_by_its_button_in_the_evening_not_at_all(
    context: BrowserContext, address: str
) -> None:
    watched = Watched(context, address)
    page = watched.page
    number = page.get_by_role("button", name="99900002")
    expect(number).to_be_disabled()
    dial(page)
    page.keyboard.press("1")
    expect(number).to_be_enabled()
    number.click()
    expect(page.locator("#transcript li").last).to_contain_text("We couldn't confirm")
    expect(page.locator("#label")).to_have_text("none")
    page.keyboard.press("Escape")
    dial(page, "2026-11-24T19:00")
    expect(page.locator("#transcript li").first).to_contain_text("We're closed")
    expect(number).to_be_disabled()
    watched.assert_clean()


def test_a_voice_speaks_and_falls_silent_at_a_key(context: BrowserContext, address: str) -> None:
    context.add_init_script(A_VOICE)
    watched = Watched(context, address)
    page = watched.page
    expect(page.locator("#voiceless")).to_be_hidden()
    dial(page)
    page.wait_for_function("() => spoken.length === 1")
    assert page.evaluate("spoken[0]") == "MNsure Broker Line, for brokers and their staff."
    before = page.evaluate("cancelled")
    page.evaluate("takesMs = 20")
    page.keyboard.press("1")
    state(page, "The line listens")
    assert page.evaluate("cancelled") > before
    assert page.evaluate("spoken[1]").startswith("Please enter the broker's National Producer Number")
    page.get_by_role("button", name="Mute").click()
    page.keyboard.type("0#")
    expect(page.locator("#transcript li").last).to_contain_text("For brokers and their staff")
    assert page.evaluate("spoken.length") == 2
    watched.assert_clean()


def test_a_voice_that_fails_gives_way_to_words_at_speaking_pace(context: BrowserContext, address: str) -> None:
    context.add_init_script(A_VOICE + MARKED + "window.voiceFails = true;")
    watched = Watched(context, address)
    page = watched.page
    dial(page)
    page.wait_for_function("() => marked.length > 3")  # on a slow machine some words come together
    in_order = iter(["MNsure", "Broker", "Line,", "for", "brokers", "and", "their", "staff.", "We're", "closed"])
    assert all(word in in_order for word in page.evaluate("marked"))
    watched.assert_clean()


def test_what_is_pretended_is_filled_in_by_buttons_and_checked(context: BrowserContext, address: str) -> None:
    watched = Watched(context, address)
    page = watched.page
    page.get_by_role("button", name="Thanksgiving").click()
    assert re.fullmatch(r"20\d\d-11-2\dT10:00", page.get_by_label("Date and time").input_value())
    page.keyboard.press("Enter")
    expect(page.locator("#transcript li").first).to_contain_text("We're closed")
    page.keyboard.press("Escape")
    expect(page.locator("#caption")).to_have_text("You hung up.")
    page.get_by_role("button", name="Now").press("Enter")
    assert page.get_by_label("Date and time").input_value() == ""
    page.get_by_label("Calling number").fill("12")
    page.get_by_label("Calling number").press("Enter")
    expect(page.get_by_text("Write it with its country code")).to_be_visible()
    page.get_by_label("Number withheld").check()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator("#transcript li").first).to_be_visible()
    expect(page.locator("#pretending")).to_contain_text("a withheld number")
    watched.assert_clean()


def test_a_server_that_is_gone_is_said_in_words(context: BrowserContext, address: str) -> None:
    watched = Watched(context, address)
    page = watched.page
    page.route("**/phone/dial", lambda route: route.abort())
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")
    expect(page.get_by_role("button", name="Call", exact=True)).to_be_visible()


def test_a_caller_who_is_locked_out_learns_why(context: BrowserContext, address: str, line: Line) -> None:
    moment = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Chicago"))
    set_scene(line, unconfirmed_entries=10, caller="+16125550177", at=moment)
    watched = Watched(context, address)
    page = watched.page
    page.get_by_label("Calling number").fill("612 555 0177")
    dial(page)
    page.keyboard.press("1")
    expect(page.locator("#transcript li").last).to_contain_text("Please enter")
    page.keyboard.type("99900001#")
    expect(page.get_by_text("Another calling number starts afresh.")).to_be_visible()
    watched.assert_clean()
