"""The fields of a form or a query, as they came."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from ivr.errors import WebhookRefused

Pairs = list[tuple[str, str]]

MOST_FIELDS = 200
"""Fields of a request. The provider sends some forty; reading thousands would cost us more than whoever sends them."""


def pairs_of(encoded: str) -> Pairs:
    """Names and values in order, blank ones too, as `urllib.parse.parse_qsl` has them at five times the cost.

    Raises WebhookRefused (413) for more than `MOST_FIELDS`, before any of them is looked at.
    """
    if encoded.count("&") >= MOST_FIELDS:
        raise WebhookRefused(f"the request has more than {MOST_FIELDS} fields", 413)
    return [_pair(piece) for piece in encoded.split("&") if piece]


def _pair(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    if "%" in piece or "+" in piece:  # most fields hold nothing to decode
        return _decoded(name), _decoded(value)
    return name, value


def _decoded(text: str) -> str:
    """Escapes that are no UTF-8 stay as they were sent, which is Werkzeug's way."""
    spaced = text.replace("+", " ")
    if "%" not in spaced:
        return spaced
    # All at once: `unquote_plus` takes what stands between other letters piece by piece, with the same end.
    decoded = unquote_to_bytes(spaced).decode(errors="surrogateescape")
    return decoded if decoded.isascii() else decoded.translate(_AS_SENT)


_AS_SENT = {0xDC00 + byte: f"%{byte:02X}" for byte in range(0x80, 0x100)}
"""What stands for a byte that is no UTF-8, to its escape. Werkzeug calls a function for each, which costs thrice."""
