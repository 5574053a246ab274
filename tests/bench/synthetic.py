"""Flows of any size that nobody wrote: a line like the shipped one, with as many departments as it takes."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from io import StringIO
from math import ceil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parent.parent))

from tiny_line import tiny_files

Steps = dict[str, dict[str, Any]]

FEWEST = 60
"""Steps of the smallest flow that can be made."""

DEPARTMENT = 28
"""Steps of a department, roughly; each is a flow of its own that the main flow uses."""

WIDTH = 5
"""Options of a menu, as many as callers can keep in mind."""

THINGS = ("plans", "cards", "letters", "payments", "notices", "accounts", "records", "visits", "forms", "claims")

CORE = """\
hours: {kind: hours, open: {go: greeting, set: {line: open}}, closed: closed_now}
greeting: {kind: say, say: "Synthetic Line.", next: first_menu}
first_menu:
  kind: menu
  options:
    1: {offer: To speak with a representative, go: representative}
    2: {offer: For a department, go: directory}
    4: {offer: For certification, go: put_through, set: {topic: certification}}
  again: {1: Representative, 2: Departments, 4: Certification}
  gave_up: a_person
representative:
  kind: check
  fact: line
  cases: {open: {go: the_number, set: {topic: general, ringing: first_time}}, closed: opened_since}
opened_since: {kind: hours, open: {go: the_number, set: {line: open}}, closed: closed_again}
the_number: {kind: check, fact: certification, cases: {certified: ring_by_hours}, else: npn}
npn:
  kind: collect
  say: Please enter the number, then press pound.
  digits: 1-10
  entered: certification
  no_number: a_person
  gave_up: a_person
certification:
  kind: certification
  tries: 3
  certified: {go: put_through, set: {certification: certified}}
  not_confirmed: {go: not_confirmed, set: {certification: not_confirmed}}
  unavailable: put_through
  out_of_tries: {go: put_through, set: {certification: not_confirmed}}
not_confirmed:
  kind: menu
  say: That number isn't confirmed.
  options:
    1: {offer: To try again, go: npn}
    2: {offer: For certification, go: put_through, set: {topic: certification}}
  gave_up: a_person
put_through:
  kind: check
  fact: certification
  cases: {certified: {go: connecting, set: {label: certified}}, not_confirmed: {go: connecting, set: {label: other}}}
  else: {go: connecting, set: {label: other}}
connecting: {kind: say, say: Connecting you now., interrupt: no, next: representatives}
representatives:
  kind: dial
  to: team
  whisper: "{{ facts.label | spoken }}, {{ facts.topic | spoken }}. Press one."
  talked: finished
  no_answer: nobody_answered
finished: {kind: end}
nobody_answered: {kind: hours, open: nobody, closed: {go: closed_goodbye, set: {line: closed}}}
nobody:
  kind: menu
  say: No representative is available right now.
  options: {1: {offer: To try again, go: ring_by_hours}}
  gave_up: ring_again
ring_again:
  kind: check
  fact: ringing
  cases: {first_time: {go: ring_by_hours, set: {ringing: second_time}}, second_time: closed_goodbye}
ring_by_hours: {kind: hours, open: {go: put_through, set: {line: open}}, closed: closed_goodbye}
top: {kind: set, set: {topic: general, ringing: first_time}, next: top_by_hours}
top_by_hours: {kind: check, fact: line, cases: {open: first_menu, closed: closed_menu}}
told: {kind: check, fact: line, cases: {open: top, closed: closed_goodbye}}
a_person: {kind: check, fact: line, cases: {open: put_through, closed: closed_goodbye}}
closed_now: {kind: say, say: "We're closed.", next: closed_menu}
closed_menu:
  kind: menu
  options:
    1: {go: representative}
    2: {offer: For a department, go: directory}
  gave_up: a_person
closed_again: {kind: say, say: "We're closed now.", next: closed_menu}
closed_goodbye: {kind: end, say: "We're closed. Goodbye."}
trouble: {kind: say, say: "Sorry, we have a technical problem.", next: a_person}
"""

FACTS = {
    "line": ["closed", "open"],
    "certification": ["unasked", "certified", "not_confirmed"],
    "label": ["none", "certified", "other"],
    "topic": ["general", "certification", "department"],
    "ringing": ["first_time", "second_time"],
    "heard": ["no", "yes"],
}


def synthetic_files(count: int, seed: int = 1) -> dict[str, bytes]:
    """A project whose flow has exactly `count` steps, sub-flows laid in; the same for the same numbers."""
    chance = random.Random(seed)
    core: Steps = YAML(typ="safe").load(CORE)
    left = count - len(core)
    departments = max(2, round(left / (DEPARTMENT + 1 / (WIDTH - 1))))
    directories = ceil((departments - 1) / (WIDTH - 1))
    left -= directories
    sizes = [left // departments + (number < left % departments) for number in range(departments)]
    names = [f"department_{number}" for number in range(departments)]
    core.update(directory(names))
    for name in names:
        core[name] = {
            "kind": "use",
            "flow": name,
            "outcomes": {"person": {"go": "a_person", "set": {"topic": "department"}}, "silent": "told"},
        }
    main = {
        "flow": "tiny",
        "start": "hours",
        "on_error": "trouble",
        "worn_out": "a_person",
        "controls": {"0": "representative", "9": "top"},
        "facts": FACTS,
        "steps": core,
    }
    files = tiny_files(sub_flow=None, flow=written(main))
    for name, size in zip(names, sizes, strict=True):
        shared = {fact: FACTS[fact] for fact in ("line", "heard")}
        text = {"flow": name, "start": "start", "facts": shared, "steps": department(size - 1, chance)}
        files[f"flows/{name}.yaml"] = written(text).encode()
    return files


def written(data: Mapping[str, Any]) -> str:
    """As YAML; JSON is YAML too, but the real reader is to read real lines."""
    yaml = YAML()
    yaml.width = 110
    out = StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def directory(departments: list[str]) -> Steps:
    """Menus that lead to every department, five options each."""
    steps: Steps = {}
    waiting = list(departments)
    while len(waiting) > 1:
        # The first menu made takes what is left over, so that every later one has all its options.
        first = not steps and (len(waiting) - 1) % (WIDTH - 1)
        taken, waiting = waiting[: first + 1 if first else WIDTH], waiting[first + 1 if first else WIDTH :]
        name = f"directory_{len(steps)}" if waiting else "directory"
        options = {}
        for key, child in enumerate(taken, 1):
            options[str(key)] = {"offer": f"For {title(child)}", "go": child, "set": {"heard": "no"}}
        steps[name] = {"kind": "menu", "options": options, "gave_up": "a_person"}
        waiting.append(name)
    return steps


def title(name: str) -> str:
    """Words for a name that has a number in it."""
    kind, _, number = name.partition("_")
    letters = "".join(chr(ord("a") + int(digit)) for digit in number)
    return f"{kind} {' '.join(letters)}"


def department(size: int, chance: random.Random) -> Steps:
    """A sub-flow of exactly `size` steps: menus, messages, branches, and two ways back."""
    steps: Steps = {}
    steps.update(branch("start", size - 2, chance))
    steps["person"] = {"kind": "end", "as": "person"}
    steps["silent"] = {"kind": "end", "as": "silent"}
    return steps


def branch(name: str, size: int, chance: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Steps of a part of a department, `size` of them, the first called `name`."""
    thing = chance.choice(THINGS)
    if size == 1:
        yield name, message(thing)
    elif size == 2:
        yield name, {**chance.choice(BEFORE_ONE)(thing, f"{name}_a")}
        yield f"{name}_a", message(thing)
    elif size == 3:
        one, other = f"{name}_a", f"{name}_b"
        yield name, {**chance.choice(BEFORE_TWO)(one, other)}
        yield one, message(thing)
        yield other, message(chance.choice(THINGS))
    else:
        children = chance.randint(2, min(WIDTH, size - 1))
        options: dict[str, dict[str, Any]] = {}
        parts = []
        for number in range(children):
            child = f"{name}_{'abcde'[number]}"
            options[str(number + 1)] = {"offer": f"For {THINGS[number]}", "go": child}
            if number % 2:
                options[str(number + 1)]["set"] = {"heard": "yes"}
            parts.append((child, (size - 1) // children + (number < (size - 1) % children)))
        yield name, {"kind": "menu", "options": options, "gave_up": "person"}
        for child, share in parts:
            yield from branch(child, share, chance)


def message(thing: str) -> dict[str, Any]:
    """A message with its choices."""
    return {
        "kind": "menu",
        "press": "first",
        "say": f"We answer questions on {thing} in writing, to {{{{ contacts.email.address }}}}.",
        "options": {"*": {"offer": "To repeat"}, "0": {"offer": "For a representative", "when": {"line": "open"}}},
        "gave_up": "silent",
    }


BEFORE_ONE = (
    lambda thing, go: {"kind": "say", "say": f"This is about {thing}.", "next": go},
    lambda thing, go: {"kind": "set", "set": {"heard": "yes"}, "next": go},
    lambda thing, go: {
        "kind": "collect",
        "say": f"Enter the number of your {thing}, then pound.",
        "digits": "2-8",
        "entered": go,
        "no_number": go,
        "gave_up": "person",
    },
)
BEFORE_TWO = (
    lambda one, other: {"kind": "check", "fact": "line", "cases": {"open": one, "closed": other}},
    lambda one, other: {"kind": "check", "fact": "heard", "cases": {"no": one, "yes": other}},
    lambda one, other: {"kind": "hours", "open": one, "closed": other},
)
