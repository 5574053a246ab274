"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word closest to `word`, or None when nothing is close; case, space, - and _ do not count."""
    by_folded = {_folded(one): one for one in sorted(known, reverse=True)}
    close = difflib.get_close_matches(_folded(word), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
