"""Purposes of use: HL7 v3-ActReason codes, their hierarchy and their plain names (HFU-18)."""

from __future__ import annotations

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

PURPOSES: dict[str, str] = {
    "TREAT": "Caring for me",
    "FAMRQT": "Helping me day to day",
    "CAREMGT": "Planning my care",
    "HRESCH": "Research",
    "HPAYMT": "Paying for care",
    "PATRQT": "My own request",
    "ETREAT": "Emergency care",
    "BTG": "Emergency access",
}

_PARENT: dict[str, str] = {
    "ETREAT": "TREAT",
    "BTG": "ETREAT",
    "ERTREAT": "ETREAT",
    "COC": "TREAT",
    "CLINTRL": "TREAT",
    "POPHLTH": "TREAT",
    "TREATDS": "TREAT",
    "FAMRQT": "PATRQT",
    "PWATRNY": "PATRQT",
    "SUPNWK": "PATRQT",
    "CAREMGT": "TREAT",
    "BIORCH": "HRESCH",
    "CLINTRCH": "HRESCH",
}
_EMERGENCY = frozenset({"ETREAT", "BTG", "ERTREAT"})
KNOWN: frozenset[str] = frozenset(PURPOSES) | frozenset(_PARENT)


def subsumes(general: str, specific: str) -> bool:
    """True when a permit for `general` covers a declared `specific` purpose.

    Care never covers emergencies unless the emergency purpose itself is named (HFU-18).
    """
    if general == specific:
        return True
    if specific in _EMERGENCY and general not in _EMERGENCY:
        return False
    parent = _PARENT.get(specific)
    return parent is not None and subsumes(general, parent)
