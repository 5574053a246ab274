"""The files of a project while they are read: what could be made of each, what is wrong so far, and the release."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from ivr.errors import Fault, FileFaults
from ivr.flow import lint
from ivr.flow.config import DeskFile, LineFile
from ivr.flow.config_words import refused_in_plain, words_of_contacts, words_of_hours
from ivr.flow.hard_to_speak import hard_to_speak
from ivr.flow.holiday_names import unusual_names
from ivr.flow.layout import Laid, TooManySteps, all_used, lay_out, merged_facts, uses
from ivr.flow.lengths import SAMPLE_ENTRY, too_long
from ivr.flow.ordinary import ordinary_hours, usual_hours
from ivr.flow.path_faults import never_met, path_faults
from ivr.flow.release import Flow, Release, release_name
from ivr.flow.rule_names import name_faults
from ivr.flow.rules import RULES_SUFFIX, WrittenRule, read_rules
from ivr.flow.text import Findings, FlowText, read_flow
from ivr.flow.unlikely_hours import unlikely
from ivr.flow.voices import doubt_about
from ivr.flow.words import Flaw, flaws, flaws_of_fixed
from ivr.hours import HOURS_WORDS, Calendar, HoursFile
from ivr.prompts import ContactsFile
from ivr.yaml_text import Document, nearest, parse, read_yaml

LINE, HOURS, CONTACTS, DESK = "config/line.yaml", "config/hours.yaml", "config/contacts.yaml", "config/desk.yaml"
CONFIG: Mapping[str, str] = {
    LINE: "the numbers we answer and how representatives are reached",
    HOURS: "when the line is open",
    CONTACTS: "every number and address that is spoken",
    DESK: "what representatives work by",
}
"""The files of config/, with what each holds."""

CALLS = "flows/calls/"
GIVEN = "flows/calls/given/"
"""What scripted calls are played on, in place of the same file of config/."""

RESTORE = "Restore it from an earlier release: ivr releases --files NUMBER FOLDER."

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A release, its rules by number, and what works but is surely not meant.

    Args:
        unmet: steps that no call comes to: not fit to go on the air, but the rest can be looked at.
    """

    release: Release
    rules: Mapping[str, WrittenRule]
    warnings: tuple[Fault, ...]
    unmet: tuple[Fault, ...] = ()


def whole_file(file: str, wrong: str, remedy: str) -> Fault:
    """A fault of a whole file or folder."""
    return Fault(file, 0, 0, "", wrong, remedy)


class Project:
    """The files while they are read: what could be made of each, and what is wrong so far."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.found = Findings()
        self.unmet: list[Fault] = []
        self.documents = self._documents()
        self.rules = self.found.read(lambda: read_rules(files)) or {}
        self.line = self._config(LineFile, LINE)
        self.hours = self._config(HoursFile, HOURS)
        self.contacts = self._config(ContactsFile, CONTACTS)
        self.desk = self._config(DeskFile, DESK)
        self.unread = {root for root, file in (("contacts", self.contacts), ("desk", self.desk)) if file is None}
        self.flows = self._flows()
        written = [path for path in files if path.startswith("flows/") and not path.startswith(CALLS)]
        self.knows_all_flows = all(path in self.documents or path.endswith(RULES_SUFFIX) for path in written)

    def loaded(self) -> Loaded:
        line, hours, contacts, desk = self.line, self.hours, self.contacts, self.desk
        dialled = {*line.line.numbers.values(), line.line.other_numbers} if line else set()
        used = {name for text in self.flows.values() for name in all_used(text, self.flows)}
        self._lint(dialled, used)
        if hours:
            self.found.warnings += unlikely(hours, self.documents[HOURS])
            self.found.warnings += unusual_names(hours, self.documents[HOURS])
            self._take(words_of_hours(hours, self.documents[HOURS]))
        if contacts:
            self._take(words_of_contacts(contacts, self.documents[CONTACTS]))
        flows = {}
        for name in sorted(dialled & self.flows.keys()):
            if line and (flow := self._flow(self.flows[name], line)):
                flows[name] = flow
        faults = list(dict.fromkeys(self.found.faults))
        if faults or line is None or hours is None or contacts is None or desk is None:
            raise FileFaults(dict.fromkeys((*faults, *self.unmet)))
        spoken = self._spoken(line, contacts, desk)
        scene = {**spoken, "hours": usual_hours(hours)}
        release = Release(
            name=release_name(self.files),
            files=dict(self.files),
            flows=flows,
            numbers=line.line.numbers,
            other_numbers=line.line.other_numbers,
            calendar=Calendar(hours),
            voice=line.voice(),
            words=line.words.spoken(scene),
            defaults=line.defaults(),
            spoken=spoken,
            turns_limit=line.limits.turns,
            entries_per_hour=line.limits.entries_per_hour,
        )
        return Loaded(release, self.rules, tuple(dict.fromkeys(self.found.warnings)), tuple(dict.fromkeys(self.unmet)))

    def _take(self, told: Iterable[tuple[Fault, bool]]) -> None:
        """Faults, and with True warnings."""
        for fault, warns in told:
            (self.found.warnings if warns else self.found.faults).append(fault)

    def _documents(self) -> dict[str, Document]:
        """Every file but rules, and scripted calls, which `ivr check` reads; also tells of files that nothing reads."""
        documents = {}
        for path in self.files:
            if path.startswith(CALLS) or path.endswith(RULES_SUFFIX):
                continue
            if path.endswith(".yml"):
                wrong = "This file is not read: its name ends in .yml."
                self.found.faults.append(whole_file(path, wrong, "Rename it so that it ends in .yaml."))
            elif path.startswith("config/") and path not in CONFIG:
                meant = nearest(path, CONFIG)
                remedy = f"Did you mean {meant}? Rename it." if meant else "Move it out of config/, or delete it."
                if meant in self.files:
                    remedy = f"If it is a copy of {meant}, delete it: every release keeps its files."
                self.found.faults.append(whole_file(path, "Nothing reads this file.", remedy))
            elif document := self.found.read(lambda path=path: read_yaml(path, self.files[path])):  # type: ignore[misc]
                documents[path] = document
        for path, holds in CONFIG.items():
            if path not in self.files:
                wrong = f"This file is missing; it holds {holds}."
                self.found.faults.append(whole_file(path, wrong, RESTORE))
        return documents

    def _config(self, model: type[M], path: str) -> M | None:
        document = self.documents.get(path)
        return self.found.read(lambda: parse(model, document)) if document else None

    def _flows(self) -> dict[str, FlowText]:
        flows: dict[str, FlowText] = {}
        for path, document in self.documents.items():
            if path.startswith("flows/"):
                text = read_flow(document, self.found)
                name = document.at(("flow",))
                if isinstance(name, str) and name in flows:
                    wrong = f'A flow called "{name}" stands in {flows[name].document.file} too.'
                    self.found.faults.append(document.fault(("flow",), wrong, "Give one of them another name."))
                elif isinstance(name, str):
                    flows[name] = text
        return flows

    def _lint(self, dialled: Collection[str], used: Collection[str]) -> None:
        """The checks that need no laid-out flow."""
        faults = self.found.faults
        faults += self._line_faults()
        for name, text in self.flows.items():
            facts, differing = merged_facts(text, self.flows)
            faults += differing
            faults += lint.head_faults(text)
            faults += lint.wire_faults(text)
            faults += lint.use_faults(text, self.flows, dialled)
            if self.knows_all_flows:
                faults += lint.missing_flows(text, self.flows)
            faults += lint.end_faults(text, name in dialled, name in used)
            if text.head:
                faults += lint.fact_faults(text, facts)
            faults += lint.words_faults(text, self._known(facts), self.unread if text.head else {*self.unread, "facts"})
            self.found.warnings += lint.words_warnings(text)
            if self.line and name not in dialled and name not in used:
                wrong = f'No number leads to the flow "{name}", and no flow uses it.'
                self.found.warnings.append(text.document.fault(("flow",), wrong, f"Name it in {LINE}, or use it."))

    def _known(self, facts: Collection[str]) -> dict[str, Collection[Any]]:
        """What words may refer to."""
        return {
            "contacts": {name: contact.spoken() for name, contact in self.contacts.contacts.items()}
            if self.contacts
            else {},
            "hours": HOURS_WORDS,
            "facts": tuple(facts),
            "line": self.line.spoken() if self.line else ("recording_notice",),
            "desk": self.desk.desk.spoken() if self.desk else (),
        }

    def _line_faults(self) -> Iterator[Fault]:
        """Flows, words and controls of `config/line.yaml` that do not fit; steps of controls are checked per flow."""
        document = self.documents.get(LINE)
        if document is None or self.line is None:
            return
        line = self.line
        named: list[tuple[tuple[str, ...], str]] = [
            *((("line", "numbers", number), flow) for number, flow in line.line.numbers.items()),
            (("line", "other_numbers"), line.line.other_numbers),
        ]
        for path, flow in named:
            if flow not in self.flows and self.knows_all_flows:
                remedy = lint.did_you_mean(flow, self.flows, "Write the name of a flow that stands in flows/.")
                yield document.fault(path, f'There is no flow called "{flow}".', remedy)
        if doubt := doubt_about(line.line.voice.name, line.line.voice.language):
            fault = document.fault(("line", "voice", doubt.field), doubt.wrong, doubt.remedy)
            if doubt.warns:
                self.found.warnings.append(fault)
            else:
                yield fault
        for team, text in line.representatives.items():
            for place, number in enumerate(text.numbers):
                if number in line.line.numbers:
                    wrong = f'"{number}" is our own number: a call that rings it would come back to this menu.'
                    remedy = "Write the number of a representative's telephone."
                    yield document.fault(("representatives", team, "numbers", place), wrong, remedy)
        known = self._known(())
        spoken: tuple[tuple[tuple[str, ...], Iterable[Flaw]], ...] = (
            (("menu", "key_not_used"), flaws(line.menu.key_not_used, known, self.unread)),
            *((("words", name), flaws_of_fixed(words, known, self.unread)) for name, words in line.words.written()),
            (("line", "recording_notice"), refused_in_plain(line.line.recording_notice)),
        )
        for path, found in spoken:
            for flaw in found:
                yield document.fault(path, flaw.wrong, flaw.remedy, offset=flaw.offset)
            for flaw in hard_to_speak(document.at(path) or ""):
                self.found.warnings.append(document.fault(path, flaw.wrong, flaw.remedy, offset=flaw.offset))

    def _flow(self, text: FlowText, line: LineFile) -> Flow | None:
        """The laid-out flow, or None if it or one that it uses has mistakes; tells what only the whole can show."""
        texts = [text, *all_used(text, self.flows).values()]
        wrong_files = {fault.file for fault in self.found.faults}
        if not text.head or any(one.document.file in wrong_files or not one.is_whole for one in texts):
            return None
        if any(step.flow not in self.flows for one in texts for _, step in uses(one)):
            return None
        facts, _ = merged_facts(text, self.flows)
        try:
            laid = lay_out(text, self.flows, line)
        except TooManySteps:
            wrong = "This flow has too many steps once the flows it uses are laid in."
            self.found.faults.append(text.document.fault(("flow",), wrong, "Use fewer flows, or smaller ones."))
            return None
        before = len(self.found.faults)
        self.found.faults += self._control_faults(text, laid)
        for one in laid.values():
            self._take(lint.step_faults(one.text, one.name, one.step, facts))
        if len(self.found.faults) > before:
            return None
        self.found.faults += path_faults(text.head, laid, facts)
        self.unmet += never_met(text.head, laid)
        self.found.warnings += lint.unread_facts(text, self.flows)
        initial = {fact: values[0] for fact, values in facts.items()}
        if scene := self._ordinary_scene(initial):
            voice = line.line.voice
            self.found.warnings += too_long(laid, text.head.start, scene, voice.words_per_minute)
        rules = text.document.file.removesuffix(".yaml") + RULES_SUFFIX
        if rules not in self.files:
            wrong = f"There is no file {rules}, so nothing says what the policy demands of this flow."
            self.found.warnings.append(text.document.fault(("flow",), wrong, RESTORE))
        flow = Flow(
            name=text.head.flow,
            start=text.head.start,
            steps={name: one.step for name, one in laid.items()},
            facts=facts,
            initial_facts=initial,
            on_error=text.head.on_error,
            worn_out=text.head.worn_out,
            file=text.document.file,
        )
        of_this_flow = [rule for rule in self.rules.values() if rule.document.file == rules]
        self.found.faults += name_faults(of_this_flow, flow, self._known(facts), line.representatives, self.unread)
        return flow

    def _ordinary_scene(self, facts: Mapping[str, str]) -> Mapping[str, Any] | None:
        """What words say on an ordinary evening; None while a file that they refer to has mistakes."""
        if self.line is None or self.hours is None or self.contacts is None or self.desk is None or self.found.faults:
            return None
        hours = ordinary_hours(self.hours)
        return {
            **self._spoken(self.line, self.contacts, self.desk),
            "hours": hours,
            "facts": facts,
            "entry": SAMPLE_ENTRY,
        }

    def _spoken(self, line: LineFile, contacts: ContactsFile, desk: DeskFile) -> Mapping[str, Any]:
        """What words may refer to and does not change within a release."""
        return {"contacts": contacts.spoken(), "line": line.spoken(), "desk": desk.desk.spoken()}

    def _control_faults(self, text: FlowText, laid: Mapping[str, Laid]) -> Iterator[Fault]:
        if not self.line or (text.head and text.head.controls is not None):
            return
        for key, step in self.line.menu.controls.items():
            if step not in laid:
                flow = text.head.flow if text.head else ""
                remedy = lint.did_you_mean(step, laid, "Write a step of that flow, or give it controls: of its own.")
                wrong = f'Key {key} leads to "{step}", which is no step of the flow "{flow}".'
                yield self.documents[LINE].fault(("menu", "controls", key), wrong, remedy)
