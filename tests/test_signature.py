"""Signatures: every published vector that applies to form posts is accepted, and nothing else gets in."""

from __future__ import annotations

import pytest

from ivr.voice.verified import Verifier, spellings

TOKEN = "12345"
U = "https://mycompany.com/myapp.php?foo=1&bar=2"
P = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
OTHER_CALLER = [(name, value.replace("5309", "5310")) for name, value in P]

VECTORS = [
    ("plain", U, P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("a port that was not signed", U.replace(".com/", ".com:1234/"), P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("the default port in the address only", U.replace(".com/", ".com:443/"), P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("the default port signed only", U, P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("the default port in both", U.replace(".com/", ".com:443/"), P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("http, port 80 signed", U.replace("https", "http"), P, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    (
        "http with its port",
        U.replace("https", "http").replace(".com/", ".com:1234/"),
        P,
        "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
    ),
    (
        "repeated values",
        U,
        [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
        "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
    ),
    (
        "values in any order",
        U,
        [("MessagingBinding.Address", "+1415xxxxxxx"), ("MessagingBinding.Address", "+1325xxxxxxx")],
        "83O6e2vORAoJHUNzJjDWN1jz+BA=",
    ),
    ("no fields", U, [], "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
    ("no query", "https://mycompany.com/myapp.php", P, "1xaxFBvyzXYvWplzNOSs28HWO94="),
    (
        "a percent-encoded query",
        "https://mycompany.com/myapp.php?foo=hello%20world&bar=test%2Bvalue",
        P,
        "er2tvAP1Wx+iuTTE2BPgvEaN1cs=",
    ),
    ("letters beyond ASCII", "https://mycompany.com/webhook/España?año=2023", P, "G/Hx6mqqnjUNlPAoi2Sp9bGst0g="),
    (
        "empty values",
        U,
        [("Digits", ""), ("CallSid", "CA1234567890ABCDE"), ("EmptyParam", "")],
        "9HHp/OqQMEwdrVebHDdA/+tqjX8=",
    ),
    (
        "names that differ in case",
        U,
        [("callSid", "lowercase"), ("CallSid", "uppercase"), ("CALLSID", "allcaps")],
        "jDK7WKT8wiNrwggd4ceTv4e1MJ4=",
    ),
    (
        "fields out of order",
        U,
        [("Zebra", "last"), ("Alpha", "first"), ("Beta", "second"), ("Gamma", "third")],
        "enveUe73ZTVLAekHxez3Qx6JuuQ=",
    ),
    (
        "signs and letters in values",
        U,
        [
            ("Message", "Hello & goodbye! @#$%^*()"),
            ("From", "+1 (415) 867-5309"),
            ("Special", "unicode: ñáéíóú"),
        ],
        "dCPiR4WtQ6QFN6pJh81CtlCcWLQ=",
    ),
    ("a doubled slash", "https://mycompany.com:443//myapp.php?foo=1&bar=2", P, "A9lH3u16NjyiiM/+wylw5rirFUs="),
    ("credentials", "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", P, "CukzLTc1tT5dXEDIHm/tKBanW10="),
    (
        "credentials and the port",
        "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2",
        P,
        "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=",
    ),
    ("an apostrophe in the query", f"{U}&Body=It%27s+amazing", P, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
    ("the security page", "https://example.com/myapp.php?foo=1&bar=2", OTHER_CALLER, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
]


def verifier(*tokens: str) -> Verifier:
    return Verifier(tokens or (TOKEN,), None, None)


@pytest.mark.parametrize(("url", "fields", "signature"), [row[1:] for row in VECTORS], ids=[row[0] for row in VECTORS])
def test_a_published_signature_is_accepted(url: str, fields: list[tuple[str, str]], signature: str) -> None:
    assert verifier().is_signed(url, fields, signature)


@pytest.mark.parametrize(("url", "fields", "signature"), [row[1:] for row in VECTORS], ids=[row[0] for row in VECTORS])
def test_a_published_signature_is_refused_for_one_field_more(
    url: str, fields: list[tuple[str, str]], signature: str
) -> None:
    assert not verifier().is_signed(url, [*fields, ("Extra", "1")], signature)


def test_a_signature_is_refused_for_another_path() -> None:
    assert not verifier().is_signed(U.replace("myapp", "yourapp"), P, VECTORS[0][3])


def test_a_signature_of_another_token_is_refused() -> None:
    assert not verifier("54321").is_signed(U, P, VECTORS[0][3])


def test_while_a_token_is_being_replaced_either_may_have_signed() -> None:
    assert verifier("54321", TOKEN).is_signed(U, P, VECTORS[0][3])


@pytest.mark.parametrize("signature", ["", "x", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "\udcff", "ñ" * 28, "=" * 5000])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert not verifier().is_signed(U, P, signature)


def test_spellings_of_an_address_never_change_its_path_or_query() -> None:
    assert list(dict.fromkeys(spellings("https://u:p@host.example:8443/a//b?c=%20d"))) == [
        "https://u:p@host.example:8443/a//b?c=%20d",
        "https://u:p@host.example/a//b?c=%20d",
        "https://host.example/a//b?c=%20d",
        "https://host.example:8443/a//b?c=%20d",
    ]
