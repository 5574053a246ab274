"""What to tell the provider, as values; `twiml.py` turns them into TwiML."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Break:
    """A pause inside speech, in milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Speech:
    """Words as they are spoken: runs of text with breaks between them."""

    pieces: tuple[str | Break, ...] = ()

    @property
    def plain(self) -> str:
        """The words alone, for transcripts: long breaks inside a number become commas, others a space."""
        text = "".join(
            piece if isinstance(piece, str) else (", " if 300 <= piece.ms < 500 else " ") for piece in self.pieces
        )
        return " ".join(text.split()).replace(" ,", ",")

    @property
    def words(self) -> int:
        """Words a caller hears, as U-06 and U-07 count them."""
        return len("".join(piece if isinstance(piece, str) else " " for piece in self.pieces).split())

    @property
    def pause_s(self) -> float:
        """Seconds of breaks of half a second and more; shorter ones are part of speaking (caller-experience, top)."""
        return sum(piece.ms for piece in self.pieces if isinstance(piece, Break) and piece.ms >= 500) / 1000

    def seconds(self, words_per_minute: int = 150) -> float:
        """Estimated seconds: words at that rate, and the pauses between options."""
        return round(self.words * 60 / words_per_minute + self.pause_s, 1)

    def __bool__(self) -> bool:
        return any(isinstance(piece, Break) or piece.strip() for piece in self.pieces)

    def __add__(self, other: Speech) -> Speech:
        return Speech(self.pieces + other.pieces)


@dataclass(frozen=True, slots=True)
class Voice:
    """How the line sounds: the provider's voice and language, its rate, and names it says otherwise than written."""

    name: str
    language: str
    words_per_minute: int
    says: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Speech under the name of the step (or fixed phrase) it belongs to, which transcripts use."""

    part: str
    speech: Speech
    can_interrupt: bool = True


@dataclass(frozen=True, slots=True)
class Pause:
    """Whole seconds of silence, in which keys are heard by nobody."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Gather:
    """Ask for keys while `said` is spoken.

    Args:
        wait_s: seconds for a key; also between keys.
        first_s: seconds for the first key, when longer: the difference is silence inside the gather, so that
            one gather does both ("Gather page": the clock starts after nested media, or at the first key).
        most: number of keys that end it; None for no limit.
        finish: the key that ends it, or "" for none.
    """

    said: tuple[Say, ...]
    wait_s: int
    first_s: int
    most: int | None
    finish: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring representatives; each hears `whisper` and takes the call with a key.

    Args:
        numbers: E.164, rung together.
        ring_s: seconds of ringing.
        show_caller: the representative sees the number of the caller; otherwise the number dialled.
        record: record from answer (D-25).
    """

    numbers: tuple[str, ...]
    ring_s: int
    show_caller: bool
    record: bool


@dataclass(frozen=True, slots=True)
class GoOn:
    """Come back for the next turn at once (after words that bridge a slow look-up, D-22)."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Verb = Say | Pause | Gather | Dial | GoOn | HangUp
