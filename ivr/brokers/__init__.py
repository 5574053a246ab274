"""The certification directory: who is certified, in three forms, and how the list is brought up to date."""

from __future__ import annotations

from ivr.brokers.alike import Alike, alike
from ivr.brokers.csv_file import HEADER, BrokerList, read_brokers
from ivr.brokers.directory import Answer, Directory, MemoryDirectory
from ivr.brokers.importing import ImportReport, RowFaults, import_brokers
from ivr.brokers.record import Broker, is_certified, normal_npn, standing_reason
from ivr.brokers.service import HttpDirectory
from ivr.brokers.table import TableDirectory

__all__ = [
    "HEADER",
    "Alike",
    "Answer",
    "Broker",
    "BrokerList",
    "Directory",
    "HttpDirectory",
    "ImportReport",
    "MemoryDirectory",
    "RowFaults",
    "TableDirectory",
    "alike",
    "import_brokers",
    "is_certified",
    "normal_npn",
    "read_brokers",
    "standing_reason",
]
