"""The report: what its pages say, and how they behave in a real Chromium, opened as files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, sync_playwright
from projects import edit, tiny_project
from test_phone_browser import FLAGS, chromium
from tiny_line import tiny_files

from ivr.cli import group
from ivr.cli.report import years_ahead
from ivr.findings import Report
from ivr.flow.load import load_release, read_files
from ivr.report import write_site
from ivr.report.drawing import DEEPEST, outline, tree
from ivr.report.policy import as_words, numbers_in, numbers_noted
from ivr.staging import check_project

PROJECT = Path(__file__).parents[1]
DAY = date(2026, 11, 24)
PAGES = ("index", "policy", "flow", "quantities", "hours", "calls")
_AXE = find_spec("axe_playwright_python")
assert _AXE
AXE = next(Path(folder) / "axe.min.js" for folder in _AXE.submodule_search_locations or ()).read_text(encoding="utf-8")
LINKS_TO_NOWHERE = """
[...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute("href"))
  .filter(href => !document.getElementById(href.slice(1)))
"""
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the smallest line."""
    project = tiny_project(tmp_path_factory.mktemp("tiny"))
    report = check_project(read_files(project), project, None)
    write_site(project / "site", report, DAY, [2027])
    return project / "site"


@pytest.fixture(scope="module")
def shipped_report() -> Report:
    """The check of the shipped line, with two of its files of scripted calls: the others' rules are then not shown."""
    calls = ("flows/calls/closed.yaml", "flows/calls/representatives.yaml")
    files = {path: content for path, content in read_files(PROJECT).items() if "/calls/" not in path or path in calls}
    return check_project(files, PROJECT, None)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory, shipped_report: Report) -> Path:
    """The site of the shipped line."""
    folder = tmp_path_factory.mktemp("shipped")
    write_site(folder, shipped_report, DAY, [2026, 2027])
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def opened(browser: Browser, site: Path, name: str, width: int, scheme: Any) -> tuple[Page, list[str]]:
    """A page opened as a file, and everything that went wrong or elsewhere on the way."""
    page = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    home = (site.as_uri(), "data:,")
    page.on("request", lambda request: None if request.url.startswith(home) else wrong.append(request.url))
    page.goto((site / f"{name}.html").as_uri())
    return page, wrong


def axe_complaints(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    page.evaluate(AXE)
    options = {"runOnly": WCAG_22_AA, "resultTypes": ["violations"], "preload": False}
    found: Any = page.evaluate("options => axe.run(document, options)", options)
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


def assert_good(browser: Browser, site: Path, name: str, width: int, scheme: str) -> None:
    page, wrong = opened(browser, site, name, width, scheme)
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.querySelector('nav ul')).listStyleType") == "none"
    assert axe_complaints(page) == []
    assert page.evaluate(LINKS_TO_NOWHERE) == []
    page.context.close()


@pytest.mark.parametrize("name", [*PAGES, "calls-tiny"])
def test_every_page_opens_as_a_file_asks_nobody_and_passes_axe(browser: Browser, tiny: Path, name: str) -> None:
    assert_good(browser, tiny, name, 1280, "dark")


@pytest.mark.parametrize("name", [*PAGES, "calls-closed"])
def test_so_does_every_page_of_the_shipped_line_on_a_small_screen(browser: Browser, shipped: Path, name: str) -> None:
    assert_good(browser, shipped, name, 320, "light")


CUT_OFF = """
[...document.querySelectorAll("main *")].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && !one.closest(".hidden, thead") && (box.left < 0 || box.right > innerWidth - 8);
}).map(one => `${one.tagName}.${one.getAttribute("class")}`)
"""
"""What stands nearer to the right edge than any page's margin, or beyond it."""


@pytest.mark.parametrize("width", [320, 390, 650, 768])
@pytest.mark.parametrize("name", [*PAGES, "calls-closed"])
def test_nothing_is_cut_off_or_asks_to_be_moved_sideways(
    browser: Browser, shipped: Path, name: str, width: int
) -> None:
    page, _ = opened(browser, shipped, name, width, "light")
    assert page.evaluate(CUT_OFF) == []
    page.context.close()


def test_on_a_telephone_each_ending_has_its_figures_beside_their_names(browser: Browser, shipped: Path) -> None:
    page, _ = opened(browser, shipped, "quantities", 390, "light")
    row = page.locator(".quantities tbody tr").filter(has_text="representative, certified")
    cells = row.locator("td").all()
    assert [cell.get_attribute("data-label") for cell in cells[::2]] == [
        "Keys pressed",
        "Menus answered",
        "Seconds, hearing everything",
        "Seconds, interrupting",
    ]
    boxes = [cell.bounding_box() for cell in cells]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert [box["y"] for box in boxes[::2] if box] == [box["y"] for box in boxes[1::2] if box]
    page.context.close()


OVERLAPS = """
[...document.querySelectorAll(".outline .box")].flatMap(box => {
  const parts = [...box.querySelectorAll("b, a, .kind")];
  const rects = parts.map(part => part.getBoundingClientRect());
  const inside = box.getBoundingClientRect();
  const outside = parts.filter((_, i) => rects[i].right > inside.right || rects[i].bottom > inside.bottom);
  const over = parts.filter((_, i) => rects.some((other, j) => j < i && other.right > rects[i].left &&
    other.left < rects[i].right && other.bottom > rects[i].top + 1 && other.top < rects[i].bottom - 1));
  return [...outside, ...over].map(part => part.textContent);
})
"""


@pytest.mark.parametrize("width", [320, 1280])
def test_marks_and_names_of_the_picture_stand_apart_and_within_their_box(
    browser: Browser, shipped: Path, width: int
) -> None:
    page, _ = opened(browser, shipped, "flow", width, "light")
    assert page.locator(".outline .box").count() > 50
    assert page.evaluate(OVERLAPS) == []
    page.context.close()


def test_a_page_prints_all_of_the_flow_on_white_paper(browser: Browser, shipped: Path) -> None:
    page, _ = opened(browser, shipped, "flow", 700, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.querySelector('.outline').getBoundingClientRect().width") <= 700
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    page.context.close()


def text_of(site: Path, name: str) -> str:
    """The words of a page, tags taken out."""
    return " ".join(re.sub(r"<[^>]+>", " ", (site / f"{name}.html").read_text(encoding="utf-8")).split())


def test_links_between_pages_lead_somewhere(shipped: Path) -> None:
    ids = {page.name: set(re.findall(r' id="([^"]+)"', page.read_text())) for page in shipped.glob("*.html")}
    for page in shipped.glob("*.html"):
        for file, anchor in re.findall(r'href="([a-z-]+\.html)(?:#([^"]+))?"', page.read_text()):
            assert file in ids, f"{page.name} leads to {file}"
            assert not anchor or anchor in ids[file], f"{page.name} leads to {file}#{anchor}"


def test_every_page_names_the_release_and_the_date(shipped: Path, shipped_report: Report) -> None:
    assert shipped_report.release is not None
    for page in shipped.glob("*.html"):
        text = page.read_text()
        assert shipped_report.release.name[:12] in text
        assert "November 24, 2026" in text


def test_the_policy_page_has_every_rule_with_its_sentence_and_how_it_is_shown(
    shipped: Path, shipped_report: Report
) -> None:
    html = (shipped / "policy.html").read_text()
    rows = dict(re.findall(r'<tr id="([PDU]-\d\d)">(.*?)</tr>', html, re.DOTALL))
    assert rows.keys() == shipped_report.shown.keys()
    badges = {"proved": "Proved", "calls": "Scripted calls", "not shown": "Not shown"}
    for number, how in shipped_report.shown.items():
        assert badges.get(how, how.capitalize()) in rows[number]
    assert "National Producer Number is asked for at the beginning of the call." in rows["P-13"]
    assert 'href="flow.html#step-npn"' in rows["P-13"]
    assert 'href="flow.html#step-goodbye"' not in rows["P-13"]
    assert "every step" in rows["P-04"]
    assert "The first representative takes the call and hears what is known of the caller first" in rows["P-03"]


def test_each_figure_says_which_rules_it_counts(shipped: Path, shipped_report: Report) -> None:
    both = shipped_report.proved & shipped_report.named_by_calls
    alone = shipped_report.named_by_calls - shipped_report.proved
    assert 0 < len(alone) < len(both)
    text = text_of(shipped, "index")
    assert f"rules shown by scripted calls, {len(both)} of them proved as well {len(both) + len(alone)} " in text
    sentence = (
        f"Each of the {len(shipped_report.shown)} rules is counted once: as proved, where it is. "
        f"Scripted calls show {len(both) + len(alone)} rules in all, {len(both)} of them proved as well."
    )
    for page in ("index", "policy"):
        assert sentence in text_of(shipped, page)
    assert f"Scripted calls shown by calls that are played, and not proved {len(alone)} " in text


def test_findings_stand_on_the_first_page_with_their_place(shipped: Path, shipped_report: Report) -> None:
    assert not shipped_report.passes  # most scripted calls were left out
    text = text_of(shipped, "index")
    assert "must not go on the air" in text
    finding = shipped_report.findings[0]
    assert f"{finding.fault.file}:{finding.fault.line}" in text


def test_the_flow_page_shows_words_seconds_and_wires_of_every_step(shipped: Path, shipped_report: Report) -> None:
    assert shipped_report.graph is not None
    text = text_of(shipped, "flow")
    assert "On coming here, 3.2 s: MNsure Broker Line, for brokers and their staff." in text
    assert "key 4 → put through · topic is certification" in text
    assert "Only the representative hears" in text
    html = (shipped / "flow.html").read_text()
    for name, step in shipped_report.graph.flow.steps.items():
        article = html[html.index(f'id="step-{name}"') :].partition("</article>")[0]
        for wire in step.wires().values():
            assert f'href="#step-{wire.go}"' in article


def test_hours_of_the_year_have_their_reasons(shipped: Path) -> None:
    text = text_of(shipped, "hours")
    assert "Thu 26 , closed: Thanksgiving Day" in text
    assert "January 2026" in text
    assert "January 2027" in text


@pytest.mark.parametrize(("day", "years"), [(date(2026, 9, 30), [2026]), (date(2026, 10, 1), [2026, 2027])])
def test_towards_its_end_a_year_is_shown_with_the_next(day: date, years: list[int]) -> None:
    assert years_ahead(day) == years


def test_calls_are_shown_as_they_are_heard(shipped: Path) -> None:
    html = (shipped / "calls-closed.html").read_text()
    first = html[html.index('id="call-1"') :].partition("</article>")[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", first).split())
    assert "0:00 Line MNsure Broker Line. We&#39;re closed; we open tomorrow, Wednesday, at nine a.m." in words
    assert 'href="flow.html#step-closed_now"' in first


def test_the_picture_has_every_step_once_and_every_wire() -> None:
    flow = load_release(tiny_files()).flows["tiny"]
    boxes = outline(flow)
    assert sorted(box.name for box in boxes) == sorted(flow.steps)
    parents, chips = tree(flow)
    for name, step in flow.steps.items():
        for wire in step.wires().values():
            assert parents[wire.go][0] == name or wire.go in {chip.to for chip in chips[name]}
    drawn_below = {box.name: box.parent.name for box in boxes if box.parent}
    assert drawn_below["greeting"] == "hours"
    assert drawn_below["first_menu"] == "greeting"


def test_the_picture_is_lists_in_lists_and_a_line_goes_on_to_the_last_box_that_hangs_from_it() -> None:
    boxes = {box.name: box for box in outline(load_release(tiny_files()).flows["tiny"])}
    for box in boxes.values():
        if box.parent:
            assert box.joins == ("branches" if box.depth > box.parent.depth else "follows")
    assert sum(box.opens for box in boxes.values()) == sum(box.closes for box in boxes.values())
    hanging = [box for box in boxes.values() if box.parent is boxes["first_menu"]]
    assert [box.rail for box in hanging] == [True] * (len(hanging) - 1) + [False]


def test_a_flow_that_asks_a_hundred_times_in_a_row_is_no_deeper_than_a_browser_takes() -> None:
    menu = "kind: menu, options: {1: {offer: On, go: %s}, 2: {offer: Off, go: bye%d}}, gave_up: goodbye"
    steps = [f"  ask{n}: {{{menu % (f'ask{n + 1}' if n < 99 else 'goodbye', n)}}}" for n in range(100)]
    steps += [f"  bye{n}: {{kind: end}}" for n in range(100)]
    text = "\n".join(
        [
            "flow: long",
            "start: ask0",
            "controls: {0: goodbye, 9: ask0}",
            "facts: {}",
            "steps:",
            *steps,
            "  goodbye: {kind: end}",
            "",
        ]
    )
    files = tiny_files() | {"flows/long.yaml": text.encode()}
    files["config/line.yaml"] = files["config/line.yaml"].replace(b"other_numbers: tiny", b"other_numbers: long")
    boxes = outline(load_release(files).flows["long"])
    assert len(boxes) == 201
    assert max(box.depth for box in boxes) == DEEPEST
    assert sum(box.opens for box in boxes) == DEEPEST


def test_rule_numbers_in_comments_are_the_steps_own() -> None:
    assert list(numbers_in("5-2 (P-18, P-20 to P-22, D-04)")) == ["P-18", "P-20", "P-21", "P-22", "D-04"]
    text = "steps:\n  npn:   # P-13, D-02\n    kind: collect   # D-03\n  other:\n    kind: end\n"
    assert numbers_noted(text) == {"npn": frozenset({"P-13", "D-02"})}


def test_what_is_proved_reads_as_words() -> None:
    hold = {"never": {"kind": "dial", "after": ["first_menu.1", "hours.open"], "when": {"label": "certified"}}}
    assert as_words(hold) == "never: kind dial; after first menu, key 1 | hours, open; when label is certified"
    assert as_words({"said": {"at": "npn", "say": "press pound", "within": "4s"}}) == (
        "said: at npn; say “press pound”; within 4s"
    )


def test_the_command_writes_the_site_and_says_where(tmp_path: Path) -> None:
    project = tiny_project(tmp_path / "line")
    words = ["--project", str(project), "report", str(tmp_path / "site"), "--date", "2026-11-24", "--year", "2027"]
    ran = CliRunner().invoke(group, words)
    assert ran.exit_code == 0
    assert ran.stdout == f"{tmp_path / 'site' / 'index.html'}\n"
    assert "January 2027" in text_of(tmp_path / "site", "hours")
    edit(project, "flows/tiny.yaml", "gave_up: unchecked", "gave_up: nobody")
    ran = CliRunner().invoke(group, words)
    assert ran.exit_code == 1
    assert "No report: nothing can be shown of files like these." in ran.stderr


def test_files_that_do_not_load_are_no_report(tmp_path: Path, shipped_report: Report) -> None:
    with pytest.raises(ValueError, match="only files that load"):
        write_site(tmp_path, replace(shipped_report, graph=None), DAY, [2026, 2027])
