"""A document of elsewhere is asked for where the provider could get it, in time and in measure, and nowhere else."""

from __future__ import annotations

import pytest
from twilio_account import STATIC, ca, twilio
from twilio_stand_in import SID, TOKEN, Answer, Said, TwilioStandIn

from ivr.errors import NeighbourError
from ivr.provider import read_document

__all__ = ["ca", "twilio"]

FOREIGN = f"https://{STATIC}/fallback.xml"


def leads_to(where: str) -> Answer:
    """A static host that has its document somewhere else."""
    return lambda _: Said(302, "moved", {"Location": where})


@pytest.mark.parametrize(
    "where",
    [
        "http://static.example.gov/fallback.xml",
        "https://localhost/fallback.xml",
        "https://10.0.0.1/fallback.xml",
        "https://[::1]/fallback.xml",
        "https://user:s3cret@static.example.gov/fallback.xml",
        "//printer.local/fallback.xml",
        "ftp://static.example.gov/fallback.xml",
    ],
)
def test_a_document_that_leads_where_the_provider_could_not_follow_is_not_followed(
    twilio: TwilioStandIn, where: str
) -> None:
    twilio.pages[STATIC] = leads_to(where)
    with pytest.raises(NeighbourError, match=r"^static\.example\.gov leads elsewhere: ") as caught:
        read_document(FOREIGN, 5)
    assert "s3cret" not in str(caught.value)
    assert len(twilio.asked) == 1


def test_a_document_that_leads_to_a_file_is_not_followed(twilio: TwilioStandIn) -> None:
    twilio.pages[STATIC] = leads_to("file:///etc/passwd")
    with pytest.raises(NeighbourError, match=r"^static\.example\.gov answered 302 instead of the document\.$"):
        read_document(FOREIGN, 5)


def test_what_is_signed_for_a_twiml_bin_goes_nowhere_else(twilio: TwilioStandIn) -> None:
    twilio.pages["handler.twilio.com"] = leads_to(FOREIGN)
    twilio.pages[STATIC] = lambda _: Said(200, "<Response/>")
    assert read_document(f"https://handler.twilio.com/twiml/EH{'1' * 32}", 5, SID, [TOKEN]) == b"<Response/>"
    assert [(asked.host, bool(asked.signature)) for asked in twilio.asked] == [
        ("handler.twilio.com", True),
        (STATIC, False),
    ]


@pytest.mark.parametrize("address", ["http://static.example.gov/x", "https://127.0.0.1/x", "file:///etc/passwd"])
def test_a_document_where_the_provider_could_not_get_it_is_not_asked_for(twilio: TwilioStandIn, address: str) -> None:
    with pytest.raises(NeighbourError):
        read_document(address, 5)
    assert twilio.asked == []


def test_a_document_that_trickles_in_is_left_in_time(twilio: TwilioStandIn) -> None:
    twilio.pages[STATIC] = lambda _: Said(200, "x" * 60_000, trickles=True)
    with pytest.raises(NeighbourError, match=r"^static\.example\.gov did not answer within 0\.3 seconds\.$"):
        read_document(FOREIGN, 0.3)
    twilio.closing.set()


def test_of_a_document_no_more_is_read_than_the_provider_takes(twilio: TwilioStandIn) -> None:
    twilio.pages[STATIC] = lambda _: Said(200, "x" * 3_000_000)
    assert len(read_document(FOREIGN, 5)) == 64 * 1024 + 1
