"""Texts that programs have stumbled over, and bytes that are none."""

from __future__ import annotations

import random

ODD_TEXTS = (
    "",
    " ",
    "\t\n",
    "\0",
    "\x1b[2J\x1b]0;mine\x07",
    "\r\nSet-Cookie: a=b",
    "../../etc/passwd",
    "{{ 7 * 7 }}",
    "{{ contacts.__class__.__mro__ }}",
    "{% for a in b %}",
    "${jndi:ldap://a.example}",
    "<Say>hello</Say>",
    "]]><Hangup/>",
    "&amp;&#x0;&lol;",
    "' OR 1=1 --",
    "=cmd|' /C calc'!A0",
    "%s%n%x",
    "-1",
    "1e309",
    "NaN",
    "true",
    "null",
    "[]",
    "😀",
    "９９９００００１",
    "٣٤٥",
    "\u202eright to left",
    "\ufeff",
    "\ufffd",
    "\ud800",
    "ﷺ",
    "e" + "\u0301" * 300,
    "9" * 64,
    "0" * 5_000,
    "a" * 5_000,
)


def odd_text(chance: random.Random) -> str:
    """A text from the list, several of them, or letters from anywhere."""
    roll = chance.random()
    if roll < 0.6:
        return chance.choice(ODD_TEXTS)
    if roll < 0.7:
        return "".join(chance.choice(ODD_TEXTS)[:40] for _ in range(3))
    return "".join(
        chr(chance.choice((chance.randrange(128), chance.randrange(0x3000), chance.randrange(0x11_0000))))
        for _ in range(chance.randrange(1, 24))
    )


def odd_bytes(chance: random.Random, most: int = 200) -> bytes:
    """Any bytes, with some that mean something in a form or a file."""
    marks = (b"&", b"=", b"%", b"%ff", b"%00", b";", b"+", b"\xc3\x28", b"\n", b":", b'"', b",", b"\xff", b"\0")
    parts = (
        chance.choice(marks) if chance.random() < 0.5 else chance.randbytes(chance.randrange(1, 8))
        for _ in range(chance.randrange(most // 5))
    )
    return b"".join(parts)


def changed(content: bytes, chance: random.Random) -> bytes:
    """The bytes with something cut, doubled, moved or overwritten."""
    at = chance.randrange(len(content) + 1)
    other = min(len(content), at + chance.choice((1, 2, 10, 200)))
    match chance.randrange(6):
        case 0:
            return content[:at] + content[other:]
        case 1:
            return content[:other] + content[at:]
        case 2:
            return content[:at] + odd_bytes(chance) + content[other:]
        case 3:
            return content[:at] + odd_text(chance).encode("utf-8", "surrogatepass") + content[at:]
        case 4:
            return content[:at]
        case _:
            return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
