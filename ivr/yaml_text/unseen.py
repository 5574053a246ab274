"""Characters that cannot be seen in an editor, or look like others: tabs, control characters, no-break spaces."""

from __future__ import annotations

import re
from typing import Final

UNSEEN: Final = re.compile(
    "[\\x00-\\x09\\x0b\\x0c\\x0e-\\x1f\\x7f-\\xa0\\u00ad\\u200b\\u2028\\u2029\\u202a-\\u202e\\u2060-\\u2069\\ufeff"
    "\\ud800-\\udfff\\ue000-\\uf8ff\\ufffe\\uffff\\U000f0000-\\U0010ffff]"
)
"""All but the ends of lines."""
