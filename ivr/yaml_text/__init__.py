"""YAML as text with positions: every scalar stays what was written, and every mistake is told with its place."""

from ivr.yaml_text.document import Document
from ivr.yaml_text.fields import Seconds, YesNo, duration
from ivr.yaml_text.nearest import nearest
from ivr.yaml_text.reading import read_yaml
from ivr.yaml_text.typed import parse

__all__ = ["Document", "Seconds", "YesNo", "duration", "nearest", "parse", "read_yaml"]
