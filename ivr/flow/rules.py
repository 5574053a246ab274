"""The policy's rules as `flows/*.rules.yaml` has them, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.errors import Fault, FileFaults
from ivr.flow.model import Rule, RulesFile
from ivr.yaml_text import Document, parse, read_yaml

RULES_SUFFIX = ".rules.yaml"


@dataclass(frozen=True)
class WrittenRule:
    """One rule and where it is written."""

    number: str
    rule: Rule
    document: Document

    @property
    def is_heard(self) -> bool:
        """Callers hear it, so that a scripted call must show it."""
        return self.rule.shown_by == "calls"

    def fault(self, wrong: str, remedy: str) -> Fault:
        """A fault at the rule."""
        return self.document.fault(("rules", self.number), wrong, remedy, key=True)


def read_rules(files: Mapping[str, bytes]) -> dict[str, WrittenRule]:
    """Number to rule, in the files' order.

    Args:
        files: path to content; only `flows/*.rules.yaml` are read.

    Raises:
        FileFaults: everything wrong with them, at once.
    """
    rules: dict[str, WrittenRule] = {}
    faults: list[Fault] = []
    for path, content in files.items():
        if path.endswith(RULES_SUFFIX):
            try:
                document = read_yaml(path, content)
                written = parse(RulesFile, document).rules
            except FileFaults as found:
                faults += found.faults
                continue
            for number, rule in written.items():
                one = WrittenRule(number, rule, document)
                if number in rules:
                    wrong = f"The rule {number} stands in {rules[number].document.file} too."
                    faults.append(one.fault(wrong, "Keep one of the two."))
                rules.setdefault(number, one)
    if faults:
        raise FileFaults(faults)
    return rules


def caller_facing(rules: Mapping[str, WrittenRule]) -> dict[str, WrittenRule]:
    """The rules that callers hear."""
    return {number: rule for number, rule in rules.items() if rule.is_heard}
