"""TwiML that is heard: words with what SSML may do to them, recordings, pauses."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.softphone.twiml_values import LANGUAGE, VOICE, Attribute, Element, anything, matching, one_of, whole

SSML = frozenset({"break", "emphasis", "lang", "p", "s", "phoneme", "prosody", "say-as", "sub", "w"})
MEDIA = frozenset({"Say", "Play", "Pause"})

HEARD: Mapping[str, Element] = {
    "Say": Element(
        {
            "voice": Attribute(VOICE, 13511),
            "language": Attribute(LANGUAGE, 13511),
            "loop": Attribute(whole(0, 1000), 13510),
        },
        SSML,
        has_text=True,
    ),
    "Play": Element(
        {
            "loop": Attribute(whole(0, 1000), 13410),
            "digits": Attribute(matching(r"[0-9A-DwW#*]+", "has keys that do not exist"), 12200),
        },
        has_text=True,
    ),
    "Pause": Element({"length": Attribute(whole(1), 13910)}),
    "break": Element(
        {
            "strength": Attribute(one_of("none", "x-weak", "weak", "medium", "strong", "x-strong"), 13520),
            "time": Attribute(matching(r"([0-9]{1,5}ms|[0-9](\.[0-9]+)?s|10s)", "is not a time such as 300ms"), 13520),
        }
    ),
    "emphasis": Element({"level": Attribute(one_of("strong", "moderate", "reduced"), 13520)}, SSML, has_text=True),
    "lang": Element({"xml:lang": Attribute(LANGUAGE, 13520)}, SSML, has_text=True),
    "p": Element({}, SSML, has_text=True),
    "s": Element({}, SSML, has_text=True),
    "phoneme": Element(
        {
            "alphabet": Attribute(one_of("ipa", "x-sampa", "x-amazon-jyutping", "x-amazon-pinyin"), 13520),
            "ph": Attribute(anything),
        },
        has_text=True,
    ),
    "prosody": Element(
        {
            "volume": Attribute(
                matching(r"default|silent|(x-)?(soft|loud)|medium|[+-][0-9.]+dB", "is not a volume"), 13520
            ),
            "rate": Attribute(matching(r"(x-)?(slow|fast)|medium|default|[0-9]{1,3}%", "is not a rate"), 13520),
            "pitch": Attribute(matching(r"default|(x-)?(low|high)|medium|[+-][0-9.]+%", "is not a pitch"), 13520),
        },
        SSML,
        has_text=True,
    ),
    "say-as": Element(
        {
            "interpret-as": Attribute(
                one_of(
                    "characters",
                    "spell-out",
                    "cardinal",
                    "number",
                    "ordinal",
                    "digits",
                    "fraction",
                    "unit",
                    "date",
                    "time",
                    "address",
                    "expletive",
                    "telephone",
                ),
                13520,
            ),
            "format": Attribute(anything),
        },
        has_text=True,
    ),
    "sub": Element({"alias": Attribute(anything)}, has_text=True),
    "w": Element({"role": Attribute(matching(r"(amazon|ivona):[A-Z_0-9]+", "is not a role"), 13520)}, has_text=True),
}
"""Elements that are heard, by name."""
