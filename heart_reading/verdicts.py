"""PURE: whether a value is as usual, in words and by a shape, never by colour alone.

What the laboratory says of it (Observation.interpretation) comes first; where it says nothing, the
one range it gives for this value does. Nothing else is compared: no range of another source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heart_reading.quantities import figure
from heart_reading.usual import ranges
from heart_reading.words import Resource, codes, concept, text
from heart_ui.words import N_
from heart_ui.words import gettext as _


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a value: `words`, a `shape` beside them, and the `tone` of a tag."""

    words: str
    shape: str = ""
    tone: str = ""


_HIGH = (N_("Above the usual range"), "▲", "warn")
_LOW = (N_("Below the usual range"), "▼", "warn")
_FAR_ABOVE = (N_("Far above the usual range"), "▲▲", "danger")
_FAR_BELOW = (N_("Far below the usual range"), "▼▼", "danger")
_USUAL = (N_("In the usual range"), "●", "ok")
_SAID = {
    **dict.fromkeys(("H", "HU", ">", "HX"), _HIGH),
    **dict.fromkeys(("L", "LU", "<", "LX"), _LOW),
    "HH": _FAR_ABOVE,
    "LL": _FAR_BELOW,
    "N": _USUAL,
    "A": (N_("Not as usual"), "◆", "warn"),
    "AA": (N_("Far from usual"), "◆◆", "danger"),
    "POS": (N_("Positive"), "", ""),
    "NEG": (N_("Negative"), "", ""),
    "DET": (N_("Found"), "", ""),
    "ND": (N_("Not found"), "", ""),
    "IND": (N_("Not clear"), "", ""),
    "S": (N_("Treatment should work"), "", ""),
    "R": (N_("Treatment will not work"), "", ""),
    "I": (N_("Treatment may work"), "", ""),
    "U": (N_("Worse than before"), "", ""),
    "D": (N_("Much lower than before"), "", ""),
}  # fmt: skip
_IN_DOUBT = frozenset({"U", "D", "I", "S"})
"""Codes that say something else in other code systems: their display is believed before them."""


def verdict(holder: Resource) -> Verdict | None:
    """Of an observation or one part of it; None where nobody says anything."""
    given = holder.get("interpretation")
    found = [code for code in sorted(codes(given)) if code in _SAID]
    words = concept(given)
    if found and not (found[0] in _IN_DOUBT and words not in ("", found[0])):
        said, shape, tone = _SAID[found[0]]
        return Verdict(_(said), shape, tone)
    return Verdict(words) if words else _by_range(holder)


def _by_range(holder: Resource) -> Verdict | None:
    value, usual = holder.get("valueQuantity"), ranges(holder)
    number = figure(value)
    if number is None or len(usual) != 1 or not usual[0].is_of(value):
        return None
    low, high = usual[0].low, usual[0].high
    sign = text(value.get("comparator")) if isinstance(value, Mapping) else ""
    above = high is not None and (number > high or (number == high and sign.startswith(">")))
    below = low is not None and (number < low or (number == low and sign.startswith("<")))
    known = not sign or (above and sign.startswith(">")) or (below and sign.startswith("<"))
    if not known or (low is None and high is None):
        return None
    said, shape, tone = _HIGH if above else _LOW if below else _USUAL
    return Verdict(_(said), shape, tone)


def of_parts(found: Sequence[Verdict | None]) -> Verdict | None:
    """What is said of a panel: how many of its parts stand out; None where nothing is known."""
    out = [one for one in found if one is not None and one.tone in ("warn", "danger")]
    if out:
        words = _("%(n)s of %(all)s not as usual", n=len(out), all=len(found))
        tone = "danger" if any(one.tone == "danger" for one in out) else "warn"
        return Verdict(words, "◆", tone)
    said = [one for one in found if one is not None]
    usual = bool(said) and len(said) == len(found) and all(one.tone == "ok" for one in said)
    return Verdict(_("All in the usual range"), "●", "ok") if usual else None
