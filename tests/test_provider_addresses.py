"""Addresses and numbers as people type them, and what a number at the provider should have."""

from __future__ import annotations

import pytest

from ivr.provider import (
    Setup,
    Webhook,
    differences,
    document_address,
    nearest_number,
    public_address,
    telephone,
    wanted,
    wanted_here,
)

NUMBER = "+18445208695"
URL = "https://line.example.gov"
FOREIGN = "https://static.example.gov/fallback.xml"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://line.example.gov", "https://line.example.gov"),
        ("https://line.example.gov/", "https://line.example.gov"),
        ("  line.example.gov ", "https://line.example.gov"),
        ("https://LINE.example.gov.", "https://line.example.gov"),
        ("https://line.example.gov/voice", "https://line.example.gov"),
        ("https://line.example.gov/voice/", "https://line.example.gov"),
        ("https://line.example.gov/voice#rc=5&rp=all", "https://line.example.gov"),
        ("https://line.example.gov/voice/status", "https://line.example.gov"),
        ("https://line.example.gov/Voice/turn", "https://line.example.gov"),
        ("https://line.example.gov/phone/voice", "https://line.example.gov/phone"),
        ("https://line.example.gov:443", "https://line.example.gov"),
        ("https://line.example.gov:8443/", "https://line.example.gov:8443"),
        ("https://8.8.8.8", "https://8.8.8.8"),
    ],
)
def test_a_public_address_is_taken_as_it_is_meant(typed: str, url: str) -> None:
    assert public_address(typed).url == url


@pytest.mark.parametrize(
    ("typed", "remarks"),
    [
        ("https://line.example.gov/", ()),
        ("line.example.gov", ("Taken as https://line.example.gov.",)),
        ("https://line.example.gov:443", ("Port 443 is left out: it is that of https.",)),
        (
            "https://line.example.gov:8443",
            ("The provider signs the address with its port: IVR_PUBLIC_URL must end in :8443, too.",),
        ),
        (
            "https://line.example.gov/voice",
            ("/voice at the end is left out: it is added to the address by itself.",),
        ),
    ],
)
def test_how_a_public_address_was_taken_is_told(typed: str, remarks: tuple[str, ...]) -> None:
    assert public_address(typed).remarks == remarks


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("http://line.example.gov", "is not encrypted"),
        ("ftp://line.example.gov", "https addresses only"),
        ("https://localhost:5000", "localhost is known on this machine or network only"),
        ("127.0.0.1:5000", "127.0.0.1 is an address of this machine or network"),
        ("https://[::1]", "::1 is an address of this machine or network"),
        ("https://10.1.2.3", "10.1.2.3 is an address of this machine or network"),
        ("https://server.local", "server.local is known on this machine or network only"),
        ("https://server", "server is known on this machine or network only"),
        ("https://my_line.example.gov", "has an underscore"),
        ("https://me:secret@line.example.gov", "User and password"),
        ("https://line.example.gov/?a=b", "has a query, ?a=b"),
        ("https://line.example.gov:99999", "is none"),
        ("https://line example.gov", "is no address"),
        ("https://", "is no address"),
        ("https:/line.example.gov", "https:/line.example.gov is no address"),
        ("https//line.example.gov", "https//line.example.gov is no address"),
        ("http:line.example.gov", "http:line.example.gov is no address"),
        ("http://127.0.0.1:5000", "127.0.0.1 is an address of this machine or network"),
        ("https://l\u00efne.example.gov", "Write xn--lne-zma.example.gov"),
        ("https://[", "is no address"),
        ("", "is no address"),
    ],
)
def test_an_address_that_the_provider_cannot_use_is_refused_with_the_reason(typed: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.replace("?", r"\?")):
        public_address(typed)


@pytest.mark.parametrize(
    "typed",
    ["+18445208695", "+1 844 520 8695", "(844) 520-8695", "844.520.8695", "1-844-520-8695", "tel:+1-844-520-8695"],
)
def test_a_number_may_be_spelled_as_people_do(typed: str) -> None:
    assert telephone(typed) == NUMBER


def test_two_numbers_are_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match=r"more than one telephone number\. Give one at a time\."):
        telephone("+18445208695 +16515550100")


def test_a_document_of_elsewhere_may_be_typed_without_its_scheme_and_is_never_asked_in_the_clear() -> None:
    assert document_address("static.example.gov/f.xml") == "https://static.example.gov/f.xml"
    with pytest.raises(ValueError, match=r"put other words in\. .* write https://static\.example\.gov/f\.xml"):
        document_address("http://static.example.gov/f.xml")


@pytest.mark.parametrize("typed", ["", "broker line", "520-8695", "+1844520869", "+1 844 520 8695 12345"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="telephone number"):
        telephone(typed)


def test_the_nearest_number_is_the_one_with_two_digits_swapped() -> None:
    assert nearest_number("+18445208659", ["+16515550100", "+18445208695", "+18005208000"]) == "+18445208695"
    assert nearest_number("+442071838750", ["+16515550100"]) is None
    assert nearest_number("+442079460958", ["+18445208695"]) is None


@pytest.mark.parametrize(
    ("has", "what"),
    [
        (Webhook(""), "The provider asks nobody then."),
        (Webhook("https://other.example.gov/voice#rc=5&rp=all"), "Another server is asked."),
        (Webhook("http://line.example.gov/voice#rc=5&rp=all"), "the scheme is another"),
        (Webhook("https://line.example.gov:8443/voice#rc=5&rp=all"), "the port is another"),
        (Webhook("https://line.example.gov/voice/#rc=5&rp=all"), "a slash at the end is another page too"),
        (Webhook("https://line.example.gov/voice?x=1#rc=5&rp=all"), "signed for another query"),
        (Webhook("https://line.example.gov/voice#rc=5&rp=all", "GET"), "what callers key then stands in addresses"),
        (Webhook("https://line.example.gov/voice"), "asks again only when it cannot connect"),
        (Webhook("https://["), "no address"),
    ],
)
def test_each_difference_says_what_it_does(has: Webhook, what: str) -> None:
    should = wanted(URL)
    found = differences(Setup(has, should.fallback, should.status), should)
    assert [one.name for one in found] == ["A call comes in"]
    assert what in found[0].what


def test_a_fallback_of_elsewhere_is_asked_with_get_except_a_twiml_bin() -> None:
    assert wanted(URL, FOREIGN).fallback == Webhook(f"{FOREIGN}#rc=5&rp=all", "GET")
    own_override = f"{FOREIGN}#rc=1"
    assert wanted(URL, own_override).fallback == Webhook(own_override, "GET")
    bin_address = f"https://handler.twilio.com/twiml/EH{'1' * 32}"
    assert wanted(URL, bin_address).fallback == Webhook(f"{bin_address}#rc=5&rp=all", "POST")


def test_a_fallback_of_elsewhere_may_stay_and_one_of_ours_must_be_right() -> None:
    should = wanted(URL)
    foreign = Setup(should.voice, Webhook(FOREIGN, "GET"), should.status)
    assert wanted_here(URL, foreign) == foreign
    for url in (f"{URL}/fallback.xml", "http://static.example.gov/fallback.xml", ""):
        here = Setup(should.voice, Webhook(url, "GET"), should.status)
        assert wanted_here(URL, here) == should
