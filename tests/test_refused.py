"""Which part of the address was signed otherwise: each mistake is named, and nothing secret or private stands in it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ivr.softphone.signing import signature
from ivr.voice.causes import CAUSES
from ivr.voice.refused import MOST_TRIED, Seen, differ, explain

TOKEN = "f" * 32
FIELDS = [
    ("CallSid", "CA" + "1" * 32),
    ("From", "+16125550199"),
    ("Digits", "99900001#"),
    ("AccountSid", "AC" + "0" * 32),
]
PUBLIC = "https://line.example.gov/voice"


def cause_of(signed: str, ours: str, seen: Seen | None = None) -> str:
    """The cause that is found; it must be proven."""
    found = explain(ours, FIELDS, signature(signed, FIELDS, TOKEN), [TOKEN], seen or Seen())
    assert found.is_proven, found
    return found.cause


@pytest.mark.parametrize(
    ("signed", "ours", "cause"),
    [
        (PUBLIC, "http://line.example.gov/voice", "scheme"),
        ("http://line.example.gov/voice", PUBLIC, "scheme"),
        ("https://line.example.gov:8443/voice", PUBLIC, "missing_port"),
        (PUBLIC, "https://line.example.gov:8443:8443/voice", "doubled_port"),
        ("https://line.example.gov:8443/voice", "http://line.example.gov:8443:8443/voice", "doubled_port"),
        ("https://line.example.gov:8443/voice", "https://line.example.gov:5000/voice", "port"),
        (f"{PUBLIC}/", PUBLIC, "slash"),
        (PUBLIC, f"{PUBLIC}/", "slash"),
        ("https://line.example.gov//voice", PUBLIC, "slash"),
        ("https://line.example.gov/ivr/voice", PUBLIC, "prefix"),
        (PUBLIC, "https://line.example.gov/some/folder/voice", "prefix"),
        ("https://line.example.gov/ivr/voice", "http://line.example.gov/voice", "scheme"),
        (f"{PUBLIC}/turn?s=ab%3D&t=1", f"{PUBLIC}/turn?t=1&s=ab%3D", "query"),
        (f"{PUBLIC}/turn?s=ab%3D", f"{PUBLIC}/turn?s=ab=", "query"),
        (f"{PUBLIC}/turn?s=ab%3d", f"{PUBLIC}/turn?s=ab%3D", "query"),
        (f"{PUBLIC}?a=b%20c", f"{PUBLIC}?a=b+c", "query"),
    ],
)
def test_what_differs_is_found_without_being_told(signed: str, ours: str, cause: str) -> None:
    assert cause_of(signed, ours) == cause


@pytest.mark.parametrize(
    ("signed", "ours", "seen", "cause"),
    [
        (PUBLIC, "https://old.example.gov/voice", Seen(hosts=("line.example.gov",)), "host"),
        (PUBLIC, "http://127.0.0.1:5000/voice", Seen(forwarded_hosts=("line.example.gov",)), "host"),
        ("https://line.example.gov:7443/voice", PUBLIC, Seen(hosts=("line.example.gov:7443",)), "missing_port"),
        (
            "https://line.example.gov:7443/voice",
            PUBLIC,
            Seen(urls=("https://line.example.gov:7443/voice",)),
            "missing_port",
        ),
        ("https://line.example.gov/odd/voice", PUBLIC, Seen(prefixes=("/odd",)), "prefix"),
        (
            "https://line.example.gov:8443/voice",
            "https:///voice",
            Seen(hosts=("line.example.gov:8443:8443",), from_request=True),
            "doubled_port",
        ),
        (
            PUBLIC,
            "https://evil.example/voice",
            Seen(urls=(PUBLIC,), forwarded_hosts=("evil.example",), from_request=True),
            "forwarded",
        ),
        (PUBLIC, "http://line.example.gov/voice", Seen(forwarded_scheme="http", from_request=True), "forwarded"),
        (PUBLIC, "http://line.example.gov/voice", Seen(forwarded_scheme="http"), "scheme"),
    ],
)
def test_what_headers_tell_is_tried_too(signed: str, ours: str, seen: Seen, cause: str) -> None:
    assert cause_of(signed, ours, seen) == cause


def test_sentence_and_remedy_name_both_addresses_and_what_to_set() -> None:
    given = signature("https://line.example.gov:8443/ivr/voice", FIELDS, TOKEN)
    found = explain(
        "http://line.example.gov/voice", FIELDS, given, ["other", TOKEN], Seen(hosts=("line.example.gov:8443",))
    )
    assert found.sentence == (
        "The provider signed https://line.example.gov:8443/ivr/voice, but the line checks for "
        "http://line.example.gov/voice: the scheme is https, not http, the port 8443 is missing, "
        "/ivr before /voice was stripped on the way and is not in the line's address."
    )
    assert found.remedy == (
        "Set IVR_PUBLIC_URL to https://line.example.gov:8443/ivr, or mend the number's addresses at the provider."
    )


def test_a_form_that_was_lost_on_the_way_is_told() -> None:
    assert explain(PUBLIC, FIELDS, signature(PUBLIC, [], TOKEN), [TOKEN]).cause == "fields"


@pytest.mark.parametrize(("account", "cause"), [(None, "token"), (True, "token"), (False, "account")])
def test_when_nothing_fits_it_is_the_token_or_the_account(account: bool | None, cause: str) -> None:
    found = explain(PUBLIC, FIELDS, signature(PUBLIC, FIELDS, "an old token"), [TOKEN], Seen(account=account))
    assert (found.cause, found.is_proven) == (cause, False)


@pytest.mark.parametrize("given", ["", "x", "=" * 28, "ñ" * 28, "\udcff", "QUJD", "A" * 5000])
def test_what_is_no_signature_is_unsigned(given: str) -> None:
    assert explain(PUBLIC, FIELDS, given, [TOKEN]).cause == "unsigned"


def test_no_token_signature_field_query_or_password_is_told() -> None:
    seen = Seen(urls=("https://user:secret@line.example.gov/ivr/voice",), hosts=("line.example.gov",))
    ours = "http://line.example.gov/voice?s=gAAAASESSION&Digits=99900001"
    for signed in (
        "https://line.example.gov/ivr/voice?s=gAAAASESSION&Digits=99900001",
        "https://user:secret@line.example.gov/ivr/voice?s=gAAAASESSION&Digits=99900001",
        "https://nowhere.example/voice",
    ):
        given = signature(signed, FIELDS, TOKEN)
        found = explain(ours, FIELDS, given, [TOKEN], seen)
        told = found.sentence + found.remedy
        for private in (TOKEN, given, "99900001", "gAAAA", "16125550199", "secret", "?"):
            assert private not in told


def test_two_addresses_are_compared_without_a_signature() -> None:
    found = differ("https://line.example.gov/voice", "https://line.example.gov:8443/voice")
    assert found
    assert (found.cause, found.remedy.split(",")[0]) == ("port", "Set IVR_PUBLIC_URL to https://line.example.gov")
    assert differ(PUBLIC, PUBLIC) is None


def test_every_cause_says_what_is_wrong_and_what_to_do() -> None:
    for name, cause in CAUSES.items():
        refusal = cause.refusal()
        assert refusal.cause == name
        assert refusal.sentence.endswith(".")
        assert refusal.remedy.endswith(".")
        assert "{" not in refusal.remedy


def cpu_of(work: Callable[[], object]) -> float:
    """Seconds of this process's work, the least of five."""

    def once() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return min(once() for _ in range(5))


@pytest.mark.parametrize("query", ["%ff&" * 1000, "a&" * 2000, "%ff&" * 15_000, "a=b" * 1300])
def test_a_search_in_vain_is_bounded_however_long_the_query_is(query: str) -> None:
    everything = Seen(hosts=("a" * 290, "b.example" + ":1" * 140), prefixes=("/a" * 140,), forwarded_hosts=("c:1:1x",))
    forged = signature(PUBLIC, FIELDS, "forged")
    ours = f"https://line.example.gov/voice/turn?{query}"
    assert cpu_of(lambda: explain(ours, FIELDS, forged, [TOKEN, "old"], everything)) < 0.2


def test_a_search_in_vain_is_bounded_however_long_the_fields_are() -> None:
    long = [(f"Field{number}", "x" * 3000) for number in range(20)]
    everything = Seen(hosts=("a.example", "b.example:1"), prefixes=("/a", "/b"), forwarded_hosts=("c.example",))
    ours = "https://line.example.gov:8443/voice/turn?" + "&".join(f"a{number}=%20{number}" for number in range(100))
    forged = signature(PUBLIC, FIELDS, "forged")
    assert cpu_of(lambda: explain(ours, long, forged, [TOKEN], everything)) < 0.2
    assert MOST_TRIED == 400
