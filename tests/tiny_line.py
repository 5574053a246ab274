"""The smallest project that has every kind of step: files for tests that need a line but not the shipped one."""

from __future__ import annotations

import textwrap

FLOW = """\
flow: tiny
start: hours
on_error: trouble
worn_out: connecting

facts:
  line: [open, closed]
  label: [none, certified, unchecked]

steps:
  hours:
    kind: hours
    open: {go: greeting, set: {line: open}}
    closed: {go: closed, set: {line: closed}}

  greeting:
    kind: say
    say: Tiny Line.
    next: first_menu

  first_menu:
    kind: menu
    options:
      1: {offer: For a representative, go: representative}
      2: {offer: For the address, go: address}
    again: {1: Representative, 2: Address}
    gave_up: unchecked

  address:
    kind: menu
    press: first
    say: Write to {{ contacts.email.address }}.
    options:
      "*": {offer: To repeat}
      0: {offer: For a representative, when: {line: open}}
    gave_up: goodbye

  representative:
    kind: check
    fact: line
    cases:
      open: number
      closed: closed

  number:
    kind: use
    flow: number
    outcomes:
      certified: {go: connecting, set: {label: certified}}
      unknown: unchecked

  unchecked:
    kind: set
    set: {label: unchecked}
    next: connecting

  connecting:
    kind: say
    say: Connecting you now. {{ line.recording_notice }}
    interrupt: no
    next: representatives

  representatives:
    kind: dial
    to: team
    whisper: "Tiny Line, {{ facts.label | spoken }}. Press one to take the call."
    talked: goodbye
    no_answer: goodbye

  closed:
    kind: say
    say: We're closed, and open {{ hours.next_opening }}.
    next: address

  goodbye:
    kind: end
    say: Goodbye.

  trouble:
    kind: say
    say: Sorry, we have a technical problem.
    next: connecting
"""

SUB_FLOW = """\
flow: number
start: npn

steps:
  npn:
    kind: collect
    say: Please enter the broker's number, then press pound.
    again: Enter the number, then pound.
    digits: 1-10
    entered: certification
    no_number: unknown
    gave_up: unknown

  certification:
    kind: certification
    certified: certified
    not_confirmed: not_confirmed
    out_of_tries: unknown
    unavailable: unknown

  not_confirmed:
    kind: menu
    say: I couldn't confirm {{ entry | groups }}.
    options:
      1: {offer: To try again, go: npn}
    gave_up: unknown

  certified:
    kind: end
    as: certified

  unknown:
    kind: end
    as: unknown
"""

LINE = """\
line:
  numbers:
    "+18445208695": tiny
  other_numbers: tiny
  voice: {name: Polly.Joanna-Neural, language: en-US, words_per_minute: 150}
  recording: no
  recording_notice: This call may be recorded.

menu:
  wait: 7s
  attempts: 2
  wrong_keys: 3
  key_not_used: That key isn't used here.
  controls: {0: representative, 9: first_menu}

collect: {first_digit: 15s, between_digits: 5s, attempts: 2}
limits: {turns: 60, entries_per_hour: 10}

words:
  start_over: Let's start again.
  trouble: We have a technical problem. Please write to {{ contacts.email.address }}.

representatives:
  team:
    numbers: ["+16515550100", "+16515550101"]
    ring: in_order
    ring_time: 20s
    caller_id: dialled
"""

HOURS = """\
zone: America/Chicago
zone_says: Central time
confirmed_through: 2027-12-31
weekly:
  monday: 08:00-17:00
  tuesday: 08:00-17:00
  wednesday: 09:00-17:00
  thursday: 08:00-17:00
  friday: 08:00-16:00
  saturday: closed
  sunday: closed
holidays:
  closed: [Thanksgiving Day, Christmas Day]
"""

CONTACTS = """\
contacts:
  email:
    name: the Broker Team
    source: P-18
    address: brokers@mnsure.org
    says: brokers at M N sure dot org
  dhs:
    name: Department of Human Services
    source: P-45
    phone: "+16514312670"
"""

DESK = """\
desk:
  reply_days: 2
"""

RULES = """\
rules:
  P-01: {says: The line serves brokers., shown_by: calls}
"""

PATHS = {
    "flow": "flows/tiny.yaml",
    "sub_flow": "flows/number.yaml",
    "rules": "flows/tiny.rules.yaml",
    "line": "config/line.yaml",
    "hours": "config/hours.yaml",
    "contacts": "config/contacts.yaml",
    "desk": "config/desk.yaml",
}
"""Short name of each file, as `tiny_files` takes it, to its path."""


def tiny_files(**overrides: str | None) -> dict[str, bytes]:
    """The project's files, path to content.

    Args:
        overrides: another text for a file by its short name (`flow`, `sub_flow`, `rules`, `line`, `hours`, `contacts`,
            `desk`), indentation common to all its lines taken off; None leaves the file out.
    """
    texts: dict[str, str | None] = {
        "flow": FLOW,
        "sub_flow": SUB_FLOW,
        "rules": RULES,
        "line": LINE,
        "hours": HOURS,
        "contacts": CONTACTS,
        "desk": DESK,
    }
    if unknown := overrides.keys() - texts.keys():
        raise ValueError(f"no file of the tiny line is called {', '.join(sorted(unknown))}")
    texts |= overrides
    return {PATHS[name]: textwrap.dedent(text).encode() for name, text in texts.items() if text is not None}


def tiny_flow(steps: str, *, facts: str = "{line: [open, closed], label: [none, certified]}", start: str) -> str:
    """A flow named `tiny` with these steps alone, in YAML, and no `on_error` or `worn_out`."""
    body = textwrap.indent(textwrap.dedent(steps).strip("\n"), "  ")
    return f"flow: tiny\nstart: {start}\nfacts: {facts}\nsteps:\n{body}\n"
