"""The provider's voices and their languages: with a name or a pair that it does not know, callers may hear nothing.

Names as of the provider's Text-to-Speech page; it adds voices now and then, so a strange one only warns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

POLLY: Final = "Polly."
GOOGLE: Final = "Google."
PLAIN: Final = ("man", "woman")
VARIANTS: Final = ("Neural", "Generative")
CLOSE: Final = 0.75

_BY_LANGUAGE: Final[Mapping[str, str]] = {
    "en-US": "Danielle Gregory Ivy Joanna Joey Justin Kendra Kevin Kimberly Matthew Patrick Ruth Salli Stephen Tiffany",
    "en-GB": "Amy Arthur Brian Emma Geraint",
    "en-AU": "Nicole Olivia Russell",
    "en-IN": "Aditi Kajal Raveena",
    "en-IE": "Niamh",
    "en-NZ": "Aria",
    "en-ZA": "Ayanda",
    "es-US": "Lupe Miguel Pedro Penelope",
    "es-MX": "Andres Mia",
    "es-ES": "Alba Conchita Enrique Lucia Raul Sergio",
    "fr-FR": "Celine Lea Mathieu Remi",
    "fr-CA": "Chantal Gabrielle Liam",
    "de-DE": "Daniel Hans Marlene Vicki",
    "it-IT": "Adriano Bianca Carla Giorgio",
    "pt-BR": "Camila Ricardo Thiago Vitoria",
    "pt-PT": "Cristiano Ines",
    "ja-JP": "Kazuha Mizuki Takumi Tomoko",
    "ko-KR": "Jihye Seoyeon",
    "cmn-CN": "Zhiyu",
    "ru-RU": "Maxim Tatyana",
    "pl-PL": "Ewa Jacek Jan Maja Ola",
}
LANGUAGES: Final[Mapping[str, str]] = {
    name: language for language, names in _BY_LANGUAGE.items() for name in names.split()
}
"""Name of a Polly voice to its language; voices of other languages are not known here."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with a voice; `warns` where it may be one that is newer than this list."""

    wrong: str
    remedy: str
    field: str = "name"
    warns: bool = False


def doubt_about(voice: str, language: str) -> Doubt | None:
    """What is wrong with a voice's name, or with its language; None when both are known to work."""
    if voice in PLAIN or voice.startswith(GOOGLE):
        return None
    if not voice.startswith(POLLY):
        near = get_close_matches(voice.removeprefix(POLLY.lower()).partition("-")[0].title(), LANGUAGES, 1, CLOSE)
        meant = f'Did you mean "{POLLY}{near[0]}-Neural"?' if near else "Write one such as Polly.Joanna-Neural."
        return Doubt(f'The provider has no voice "{voice}".', meant)
    name, _, variant = voice.removeprefix(POLLY).partition("-")
    if name not in LANGUAGES:
        return _strange(voice, name, variant)
    if variant and variant not in VARIANTS:
        near = get_close_matches(variant, VARIANTS, 1) or ["Neural"]
        return Doubt(f'The provider has no voice "{voice}".', f'Did you mean "{POLLY}{name}-{near[0]}"?')
    if LANGUAGES[name] != language:
        remedy = f"Write language: {LANGUAGES[name]}, or another voice. Otherwise callers may hear nothing."
        return Doubt(f"The voice {voice} speaks {LANGUAGES[name]}, not {language}.", remedy, "language")
    return None


def _strange(voice: str, name: str, variant: str) -> Doubt:
    near = get_close_matches(name.title(), LANGUAGES, 1, CLOSE)
    if near:
        meant = f"{POLLY}{near[0]}{f'-{variant}' if variant in VARIANTS else ''}"
        return Doubt(f'The provider has no voice "{voice}".', f'Did you mean "{meant}"?')
    remedy = (
        "If the provider has it, try it before callers hear it: with a voice that it does not know, they hear nothing."
    )
    return Doubt(f'"{voice}" is not among the voices that are known here.', remedy, warns=True)
