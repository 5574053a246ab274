"""What is known already, by the facts that were seen to matter: so that each kind of turn is taken once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Generic, TypeVar

T = TypeVar("T")

ValuesOf = Callable[[int, tuple[str, ...]], tuple[str, ...]]
"""From a combination of facts, by number, and some of their names, to their values."""


class Known(Generic[T]):
    """What came of something, by the facts that were seen to matter."""

    __slots__ = ("_found", "looked_at")

    def __init__(self) -> None:
        self.looked_at: tuple[str, ...] = ()
        self._found: dict[tuple[str, ...], T] = {}

    def find(self, values: tuple[str, ...]) -> T | None:
        """What came of it with these values of the facts looked at."""
        return self._found.get(values)

    def look_at(self, names: Collection[str]) -> None:
        """More facts matter than was thought."""
        if not set(names) <= set(self.looked_at):
            self.looked_at, self._found = tuple(sorted({*self.looked_at, *names})), {}

    def keep(self, values: tuple[str, ...], found: T) -> None:
        """Remember it."""
        self._found[values] = found


class KnownPair(Generic[T]):
    """What came of something in both versions, by the facts that were seen to matter in each."""

    __slots__ = ("_found", "_looked_at", "_of_a", "_of_b", "_one", "_seen")

    def __init__(self, of_a: ValuesOf, of_b: ValuesOf) -> None:
        self._of_a, self._of_b = of_a, of_b
        self._looked_at: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self._found: dict[tuple[tuple[str, ...], tuple[str, ...]], T] = {}
        self._seen: dict[tuple[int, int], T] = {}
        self._one: T | None = None

    def find(self, facts_a: int, facts_b: int) -> T | None:
        """What came of it with facts that have the same values where it matters."""
        if self._looked_at is None:
            return self._one
        found = self._seen.get((facts_a, facts_b))
        if found is None:
            found = self._found.get(self._values(facts_a, facts_b, self._looked_at))
            if found is not None:
                self._seen[facts_a, facts_b] = found
        return found

    def keep(self, facts_a: int, facts_b: int, found: T, seen_a: set[str], seen_b: set[str]) -> None:
        """Remember it, and which facts were seen to matter."""
        if not seen_a and not seen_b and self._looked_at is None:
            self._one = found
            return
        before = self._looked_at or ((), ())
        looked_at = tuple(sorted({*before[0], *seen_a})), tuple(sorted({*before[1], *seen_b}))
        if looked_at != self._looked_at:
            self._looked_at, self._found, self._seen = looked_at, {}, {}
        self._found[self._values(facts_a, facts_b, looked_at)] = found

    def _values(
        self, facts_a: int, facts_b: int, names: tuple[tuple[str, ...], tuple[str, ...]]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self._of_a(facts_a, names[0]), self._of_b(facts_b, names[1])
