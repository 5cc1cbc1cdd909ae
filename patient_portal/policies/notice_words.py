"""PURE. What a notice says in one sentence, how many there are, and which page says more."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal.policies import dates, event_words
from patient_portal.policies.notice import Notice

MANY = 100
"""Unread notices are counted up to here."""
LET_IN = N_("%(who)s was let in to your records")
LET_IN_TIMES = N_("%(who)s was let in to your records. How often: %(n)s")
ENDING = N_("What you share with %(who)s will end on %(day)s")
ENDED = N_("What you shared with %(who)s has ended")
TURNED_AWAY = N_("%(who)s tried to open your records and was turned away")
TURNED_AWAY_TIMES = N_("%(who)s tried to open your records and was turned away. How often: %(n)s")


def sentence(notice: Notice, zone: ZoneInfo) -> str:
    """Empty for an event that this portal does not know."""
    who = _who(notice)
    if notice.event == "ending":
        return _(ENDING, who=who, day=dates.day(notice.until, zone))
    if notice.event == "ended":
        return _(ENDED, who=who)
    if notice.about == "looks":
        return _(LET_IN_TIMES if notice.times > 1 else LET_IN, who=who, n=notice.times)
    if notice.about == "refused":
        return _(TURNED_AWAY_TIMES if notice.times > 1 else TURNED_AWAY, who=who, n=notice.times)
    words = event_words.service_words(notice.event, of_a_rule=not notice.gives)
    return _(words, who=who) if words else ""


def unread_words(unread: int) -> str:
    """`3 new notices`; empty for none."""
    if unread >= MANY:
        return _("%(n)s or more new notices", n=MANY)
    if not unread:
        return ""
    return _("1 new notice") if unread == 1 else _("%(n)s new notices", n=unread)


def _who(notice: Notice) -> str:
    if notice.event in ("linked", "unlinked"):
        return notice.rs or _("A clinic")
    by_person = notice.who.name if notice.who else ""
    return by_person or notice.label or _("someone")
