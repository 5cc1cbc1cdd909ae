"""The names of the months, as every face writes its dates: `25 November 2026`, `25 Nov`."""

from __future__ import annotations

from heart_ui.words import N_
from heart_ui.words import gettext as _

_NAMES = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"),
    N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_SHORT = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip


def name(number: int) -> str:
    """The month's whole name; January is 1."""
    return _(_NAMES[number - 1])


def short(number: int) -> str:
    """Its first letters."""
    return _(_SHORT[number - 1])
