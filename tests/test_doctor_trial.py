"""The doctor's signed call meets a stranger: nobody else is asked, and what it sees is worth nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest
from loopback import colours
from webhooks import TUESDAY, Provider, tiny_line

from ivr.doctor import public
from ivr.doctor.trial import trial_call
from ivr.rehearsal import ACCOUNT_SID, AUTH_TOKEN, BASE_URL
from ivr.softphone import InProcess, Number, Reply, Request

STRANGER = "https://stranger.example/voice"
OURS = f"{BASE_URL}/voice"
XML = (("Content-Type", "text/xml"),)


@dataclass
class Strange:
    """Answers as it likes, and keeps what it was sent."""

    says: Callable[[Request], Reply]
    came: list[Request] = field(default_factory=list)

    def fetch(self, request: Request) -> Reply:
        """One request."""
        self.came.append(request)
        return self.says(request)


def called(says: Callable[[Request], Reply]) -> tuple[Strange, list[str], list[str]]:
    """A call to a stranger: what it got, and the doctor's colours and words."""
    strange = Strange(says)
    number = Number(ACCOUNT_SID, AUTH_TOKEN, STRANGER, status=f"{STRANGER}/status")
    found = list(trial_call(number, [OURS, STRANGER], strange, TUESDAY))
    return strange, colours(found), [one.says for one in found]


def cut_anew(form: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """The form with each name one letter longer or shorter: what is signed is names and values run together."""
    for place, (name, value) in enumerate(form):
        for other in ((name + value[:1], value[1:]), (name[:-1], name[-1:] + value)):
            yield dict([*form[:place], other, *form[place + 1 :]])


def test_what_a_stranger_gets_to_see_begins_no_call_at_the_line() -> None:
    strange, colour, _ = called(lambda _: Reply(403, (), b"no"))
    assert colour == ["red"]
    line = Provider(tiny_line())
    taken = 0
    for request in strange.came:
        form = parse_qsl(request.body.decode(), keep_blank_values=True)
        given = {"X-Twilio-Signature": dict(request.headers)["X-Twilio-Signature"]}
        for fields in (dict(form), *cut_anew(form)):
            answer = line.client.post("/voice", data=fields, headers=given)
            taken += answer.status_code == 400
            assert answer.status_code in (400, 403)
            assert answer.mimetype == "text/plain"
    assert taken > 0
    assert line.line.store.calls(10) == ()


def test_a_line_that_is_ours_is_still_asked_until_the_part_that_differs_is_known() -> None:
    """It answers by what is signed for its own address, which is another than the one asked."""
    line = Provider(tiny_line())

    def behind(request: Request) -> Reply:
        path = urlsplit(request.url).path
        headers = tuple(one for one in request.headers if one[0] != "Host")
        inside = Request(request.method, f"{BASE_URL}{path}", headers, request.body, TUESDAY, [])
        return InProcess(line.app, BASE_URL).fetch(inside)

    _, colour, words = called(behind)
    assert colour == ["red"]
    assert words[0].startswith(f"The call was refused at {STRANGER} (403): host.")


@pytest.mark.parametrize(
    "answer",
    [
        Reply(302, (("Location", "http://169.254.169.254/latest/meta-data"),), b""),
        Reply(307, (("Location", OURS),), b""),
        Reply(308, (("Location", "https://stranger.example.evil.example/voice"),), b""),
        Reply(301, (("Location", "file:///etc/passwd"),), b""),
        Reply(200, XML, f"<Response><Redirect>{OURS}</Redirect></Response>".encode()),
        Reply(200, XML, b'<Response><Gather action="http://10.0.0.1/x" timeout="1"/></Response>'),
        Reply(200, XML, b'<Response><Redirect method="GET">//localhost:5000/voice</Redirect></Response>'),
    ],
)
def test_nobody_else_is_asked_on_a_strangers_word(answer: Reply) -> None:
    strange, colour, words = called(lambda _: answer)
    assert {urlsplit(request.url).hostname for request in strange.came} == {"stranger.example"}
    assert colour[0] in ("red", "yellow", "green")
    if answer.status in (301, 302, 307, 308):
        assert words[0] == f"{STRANGER} redirects to {answer.header('Location')}, which was not asked."


def test_a_document_that_leads_to_itself_for_ever_is_left() -> None:
    strange, _, _ = called(lambda _: Reply(200, XML, b"<Response><Redirect>/voice</Redirect></Response>"))
    assert len(strange.came) < 200


def test_of_what_is_not_the_line_few_words_are_told() -> None:
    many = b"ready, release 0\n" + b"well  everything \x1b[2J\n" * 30_000

    def says(request: Request) -> Reply:
        return Reply(200, (), b"ok" if request.url.endswith("/healthz") else many)

    found = list(public.answer("https://stranger.example", Strange(says), TUESDAY, ""))
    assert len(found) == 11
    assert not any("\x1b" in one.says or "\n" in one.says for one in found)
