"""A letter to a clinic that asks about one look: when, who, through what; nothing of a record."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from heart_ui.words import gettext as _
from patient_portal.policies import dates
from patient_portal.policies.look import Look
from patient_portal.policies.outcomes import DENIED
from patient_portal.words.letter import Letter

MOST_NUMBERS = 40


def about(look: Look, name: str, zone: ZoneInfo) -> Letter:
    """The letter, signed with her name."""
    day, clock = dates.day(look.at, zone), dates.clock(look.at, zone, seconds=True)
    said = {"who": look.who or _("Someone not known"), "day": day, "time": clock}
    if look.outcome == DENIED:
        first = _("%(who)s tried to open my records on %(day)s at %(time)s.", **said)
    else:
        first = _("%(who)s opened my records on %(day)s at %(time)s.", **said)
    numbers = ", ".join(call.id for call in look.each[:MOST_NUMBERS] if call.id)
    lines = [
        _("Hello,"),
        first,
        _("The app was: %(app)s.", app=look.app) if look.app else "",
        _("The numbers of this look in the list are: %(numbers)s.", numbers=numbers)
        if numbers
        else "",
        _("Please tell me who this was, why they looked, and if it was right."),
        name,
    ]
    return Letter(_("A question about a look at my records"), "\n\n".join(filter(None, lines)))
