"""The softphone signs as the provider does: the provider's published examples come out."""

from __future__ import annotations

import pytest

from ivr.softphone.signing import signature

U = "https://mycompany.com/myapp.php?foo=1&bar=2"
P = [
    ("To", "+18005551212"),
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
]


@pytest.mark.parametrize(
    ("url", "form", "expected"),
    [
        (U, P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (U.replace(".com/", ".com:443/"), P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (U.replace("https", "http").replace(".com/", ".com:80/"), P, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (U.replace("https", "http").replace(".com/", ".com:1234/"), P, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (
            U,
            [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        (U, [], "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
        ("https://mycompany.com/myapp.php", P, "1xaxFBvyzXYvWplzNOSs28HWO94="),
        ("https://mycompany.com/myapp.php?foo=hello%20world&bar=test%2Bvalue", P, "er2tvAP1Wx+iuTTE2BPgvEaN1cs="),
        ("https://mycompany.com/webhook/España?año=2023", P, "G/Hx6mqqnjUNlPAoi2Sp9bGst0g="),
        (
            U,
            [("Digits", ""), ("CallSid", "CA1234567890ABCDE"), ("EmptyParam", "")],
            "9HHp/OqQMEwdrVebHDdA/+tqjX8=",
        ),
        (
            U,
            [("callSid", "lowercase"), ("CallSid", "uppercase"), ("CALLSID", "allcaps")],
            "jDK7WKT8wiNrwggd4ceTv4e1MJ4=",
        ),
        (
            U,
            [("Zebra", "last"), ("Alpha", "first"), ("Beta", "second"), ("Gamma", "third")],
            "enveUe73ZTVLAekHxez3Qx6JuuQ=",
        ),
        (
            U,
            [
                ("Message", "Hello & goodbye! @#$%^*()"),
                ("From", "+1 (415) 867-5309"),
                ("Special", "unicode: ñáéíóú"),
            ],
            "dCPiR4WtQ6QFN6pJh81CtlCcWLQ=",
        ),
    ],
)
def test_the_published_examples(url: str, form: list[tuple[str, str]], expected: str) -> None:
    assert signature(url, form, "12345") == expected


def test_fragment_and_credentials_are_not_signed() -> None:
    assert signature("https://user:pass@mycompany.com/a#rc=2", P, "12345") == signature(
        "https://mycompany.com/a", P, "12345"
    )
