"""PURE: the range behind a plot: the source's own, else a common goal that is said to be one."""

from __future__ import annotations

from heart_reading.quantities import figure
from heart_reading.readings import SYSTOLIC, Reading
from heart_reading.words import items, text
from heart_ui.words import N_
from heart_ui.words import gettext as _

# Drawn only where the source gives no range: a common goal, said to be one.
_COMMON_GOALS = {
    SYSTOLIC: (-1e9, 130.0, N_("Common goal: top number under 130")),
    "4548-4": (-1e9, 7.0, N_("Common goal: under 7")),
}


def band_of(latest: Reading) -> tuple[float, float, str] | None:
    for given in items(latest.entry.resource.get("referenceRange", [])):
        low = figure(given.get("low"))
        high = figure(given.get("high"))
        if low is not None or high is not None:
            words = text(given.get("text")) or range_words(low, high)
            return (-1e9 if low is None else low, 1e9 if high is None else high, words)
    goal = _COMMON_GOALS.get(latest.values[0][0])
    return None if goal is None else (*goal[:2], _(goal[2]))


def range_words(low: float | None, high: float | None) -> str:
    if low is None:
        return _("Usual range: under %(high)g", high=high)
    if high is None:
        return _("Usual range: over %(low)g", low=low)
    return _("Usual range: %(low)g to %(high)g", low=low, high=high)
