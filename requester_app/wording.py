"""PURE: kinds, topics, purposes and lengths as a requester reads and picks them."""

from __future__ import annotations

from collections.abc import Iterable

from heart_ui.words import N_
from heart_ui.words import gettext as _
from heart_uma.kinds import KIND_NAMES, KINDS
from heart_uma.purposes import PURPOSES
from heart_uma.topics import TOPIC_BY_CODE

ASKABLE_KINDS: tuple[str, ...] = tuple(key for key, _name in KINDS if key != "other")
TOPICS: tuple[str, ...] = (
    "ETH",
    "PSY",
    "PSYTHPN",
    "HIV",
    "SEX",
    "STD",
    "SDV",
    "GDIS",
    "SCA",
    "ADOL",
    "SOC",
)
TOPIC_NAMES: dict[str, str] = {code: TOPIC_BY_CODE[code].name for code in TOPICS}
_PERSONAL = {"about": N_("Personal details")}
ASK_PURPOSES: dict[str, str] = {
    "TREAT": N_("Caring for this patient"),
    "FAMRQT": N_("Helping a family member or friend"),
    "CAREMGT": N_("Planning care"),
    "HRESCH": N_("Research"),
    "HPAYMT": N_("Paying for care"),
}
"""Purposes a person can pick, in her own words; the patient reads `PURPOSES`."""
LENGTHS: dict[str, tuple[str, int]] = {
    "1": (N_("One visit (24 hours)"), 1),
    "30": (N_("30 days"), 30),
    "183": (N_("6 months"), 183),
    "365": (N_("1 year"), 365),
}
TEMPLATES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "doctor",
        N_("First visit with a doctor"),
        ("about", "conditions", "medicines", "allergies", "results", "vitals", "visits"),
    ),
    (
        "specialist",
        N_("Specialist visit"),
        ("conditions", "medicines", "results", "vitals", "visits"),
    ),
    ("family", N_("Family or friend who helps"), ("about", "conditions", "medicines", "allergies")),
    ("study", N_("Research study"), ("results", "vitals")),
)


def kind_name(kind: str) -> str:
    """A kind as the requester reads it: it is the patient's record, not his own."""
    return _(_PERSONAL.get(kind, KIND_NAMES.get(kind, kind)))


def names(kinds: Iterable[str]) -> str:
    """Several kinds in one line."""
    return ", ".join(kind_name(kind) for kind in kinds)


def purpose_read(purpose: str) -> str:
    """A purpose as the patient reads it."""
    return _(PURPOSES.get(purpose, ""))
