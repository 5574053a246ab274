"""The pages of the report, written as files that open without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ivr.findings import Report
from ivr.flow.rules import read_rules
from ivr.proof.quantities import quantities
from ivr.report.calls import call_files, plain
from ivr.report.chart import chart, name_of
from ivr.report.drawing import outline
from ivr.report.months import WEEKDAYS, months, usual_week
from ivr.report.policy import FAMILIES, SHOWN, counts, matrix
from ivr.report.steps import outcome_words, step_texts

TEMPLATES = Path(__file__).parent / "templates"
STYLE = "report.css"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site.

    Args:
        file: its name.
        title: its heading; `short` stands in the navigation.
        says: one line about it.
    """

    file: str
    title: str
    short: str
    says: str


PAGES = (
    Page("index.html", "What was checked", "Overview", "the verdict, and everything that was found"),
    Page(
        "policy.html", "The policy, rule by rule", "Policy", "each rule, how it is shown, and the steps that carry it"
    ),
    Page("flow.html", "The flow, step by step", "Flow", "a picture, every word that is spoken, and every wire"),
    Page("quantities.html", "What callers need", "Quantities", "keys, seconds and menus to every ending"),
    Page("hours.html", "Hours of the year", "Hours", "every day, and why it is not as usual"),
    Page("calls.html", "Scripted calls", "Calls", "the calls that show the policy, as they are heard"),
)


def write_site(folder: Path, report: Report, made_on: date, years: Sequence[int]) -> list[Path]:
    """Write the report of a checked release into a folder; the files written, the first page first.

    Args:
        report: of files that load, with their graph.
        made_on: stands on every page; words about the hours are those of a day soon after.
        years: whose hours are shown, at least one.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(pages=PAGES, outcome_words=outcome_words, plain=plain, made_on=written(made_on))
    contents = facts_of(report, made_on, years)
    folder.mkdir(parents=True, exist_ok=True)
    written_files = []
    for page in PAGES:
        html = environment.get_template(page.file).render(page=page, **contents)
        written_files.append(_written(folder / page.file, html))
    for file in contents["call_files"]:
        page = Page(file.page, file.title, "Calls", "")
        html = environment.get_template("call_file.html").render(page=page, file=file, **contents)
        written_files.append(_written(folder / file.page, html))
    written_files.append(_written(folder / STYLE, (TEMPLATES / STYLE).read_text(encoding="utf-8")))
    return written_files


def facts_of(report: Report, made_on: date, years: Sequence[int]) -> dict[str, Any]:
    """Everything the pages show."""
    release, graph = report.release, report.graph
    if release is None or graph is None:
        raise ValueError("only files that load, with a graph, can be reported on")
    rows = matrix(report, read_rules(release.files), graph.flow)
    found = quantities(graph, release, made_on)
    files = call_files(report.outcomes)
    return {
        "report": report,
        "release": release.name,
        "flow": graph.flow,
        "places": len(graph),
        "families": [(letter, name, [row for row in rows if row.number[0] == letter]) for letter, name in FAMILIES],
        "rules": {row.number for row in rows},
        "shown": SHOWN,
        "counts": counts(rows),
        "rules_counted": counted_once(report),
        "steps": step_texts(report, graph, made_on, carried(rows, graph.flow.steps)),
        "outline": outline(graph.flow),
        "quantities": found,
        "name_of": name_of,
        "shortest_ways": [
            [(graph.step_name(way.source), way.outcome) for way in one.ranges["keys"].way] for one in found
        ],
        "charts": [
            chart(found, "keys", "", "Keys pressed"),
            chart(found, "heard_s", "s", "Seconds of speech, for a caller who hears everything"),
            chart(found, "interrupting_s", "s", "Seconds of speech, for a caller who interrupts every prompt"),
        ],
        "uncovered": [(graph.step_name(way.source), way.outcome) for way in report.uncovered],
        "years": " and ".join(map(str, years)),
        "months": [month for year in years for month in months(release.calendar, year)],
        "usual_week": usual_week(release.calendar, years[-1]),
        "weekdays": WEEKDAYS,
        "zone": release.calendar.zone.key,
        "call_files": files,
        "call_pages": {call.place: file.page for file in files for call in file.calls},
        "call_names": {call.place: call.name for file in files for call in file.calls},
    }


def counted_once(report: Report) -> str:
    """Why the figure under "scripted calls" is not the number of rules that scripted calls show."""
    named = report.named_by_calls
    return (
        f"Each of the {len(report.shown)} rules is counted once: as proved, where it is. "
        f"Scripted calls show {len(named)} rules in all, {len(report.shown_twice)} of them proved as well."
    )


def carried(rows: Sequence[Any], steps: Mapping[str, object]) -> dict[str, list[str]]:
    """Step to the rules it carries."""
    return {step: [row.number for row in rows if step in row.steps] for step in steps}


def written(day: date) -> str:
    """A date for people: ``November 24, 2026``."""
    return f"{day:%B} {day.day}, {day.year}"


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
