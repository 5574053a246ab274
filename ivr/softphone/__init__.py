"""The provider's side of a call: it signs, asks, reads TwiML and complains about it, and can be talked to by hand."""

from ivr.softphone.call import CALLER, DIALLED, Number, Softphone
from ivr.softphone.dialling import REPRESENTATIVES, Representative
from ivr.softphone.fields import ProviderHabits
from ivr.softphone.leg import is_pretended, new_sid
from ivr.softphone.state import CallState
from ivr.softphone.transports import FetchFailed, InProcess, OverHttp, Reply, Request, Transport
from ivr.softphone.twiml_check import Complaint, check

__all__ = [
    "CALLER",
    "DIALLED",
    "REPRESENTATIVES",
    "CallState",
    "Complaint",
    "FetchFailed",
    "InProcess",
    "Number",
    "OverHttp",
    "ProviderHabits",
    "Reply",
    "Representative",
    "Request",
    "Softphone",
    "Transport",
    "check",
    "is_pretended",
    "new_sid",
]
