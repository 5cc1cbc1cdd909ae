"""What the app remembers: sessions, pointers, asks, and sealed keys per person and record."""

from requester_app.models.ask import Ask, AskedRecord
from requester_app.models.form import Draft, UsedForm
from requester_app.models.key import Key
from requester_app.models.persisted_claims import PersistedClaims
from requester_app.models.pointer import Pointer
from requester_app.models.session import BrowserSession

__all__ = [
    "Ask",
    "AskedRecord",
    "BrowserSession",
    "Draft",
    "Key",
    "PersistedClaims",
    "Pointer",
    "UsedForm",
]
