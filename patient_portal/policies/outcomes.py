"""PURE. How a look can end, and how somebody came to know something, with the names of both."""

from __future__ import annotations

from heart_ui.words import N_

OPENED, COUNTED, CONFIRMED = "opened", "counted", "confirmed"
"""How they came to know something: by seeing it, by its number, or that what they have is so."""
OLD_KEY, TRIED, REFUSED_THERE = "turned_away", "tried", "denied"
"""How they were turned away before any clinic showed something: the sharing service knows."""
AT_THE_SERVICE = (OLD_KEY, TRIED, REFUSED_THERE)
PERSON, SYSTEM, DENIED, REFUSED, OWN = "person", "system", "denied", "refused", "own"
OUTCOME_NAMES = {
    PERSON: N_("A person looked"),
    SYSTEM: N_("A system checked"),
    DENIED: N_("Turned away"),
    REFUSED: N_("Did not work"),
    OWN: N_("You looked"),
}
