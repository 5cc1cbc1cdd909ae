"""PURE. What a policy says, as sentences; and the whole picture in a few."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from heart_ui.words import gettext as _
from patient_portal.policies import chosen_places
from patient_portal.policies.dates import day, plain_day
from patient_portal.policies.days import ended_by
from patient_portal.policies.names import in_order, kind_name, listed, purpose_name, topic_name
from patient_portal.policies.policy import Policy


def what_sentences(policy: Policy, places: Mapping[str, str] | None = None) -> list[str]:
    """What is shared and what is not; `places` are the names of her clinics by record base."""
    what, lines = policy.what, []
    if what.everything:
        lines.append(_("All kinds of records, and new kinds when they arrive."))
    elif what.kinds:
        names = [_(kind_name(kind)) for kind in in_order(what.kinds)]
        lines.append(_("These kinds: %(kinds)s.", kinds=listed(names)))
    elif not what.records.include:
        lines.append(_("No records yet."))
    if what.topics:
        names = [_(topic_name(code)) for code in what.topics]
        lines.append(_("Private topics you turned on: %(topics)s.", topics=listed(names)))
        lines.append(_("All other private topics stay private."))
    else:
        lines.append(_("All your private topics stay private."))
    if what.records.include:
        lines.append(_("Records you picked by name: %(n)s.", n=len(what.records.include)))
    if what.records.exclude:
        lines.append(_("Records you held back by name: %(n)s.", n=len(what.records.exclude)))
    if where := chosen_places.sentence(what, places or {}):
        lines.append(where)
    return [*lines, *days_sentences(policy)]


def days_sentences(policy: Policy) -> list[str]:
    """From when the records are; nothing where all are meant."""
    since, until, lines = policy.what.since, policy.what.until, []
    if since:
        lines.append(_("Only records from %(day)s on.", day=plain_day(since)))
    if until:
        lines.append(_("Only records up to %(day)s.", day=plain_day(until)))
    return lines


def until_sentence(policy: Policy, zone: ZoneInfo) -> str:
    """From when until when, with the days in words."""
    start, until = policy.when.start, policy.when.until
    last, first = day(until, zone), day(start, zone)
    if until is None:
        return (
            _("From %(first)s until you stop it.", first=first)
            if start
            else _("Until you stop it.")
        )
    if ended_by(until, zone) is None:
        if start:
            return _("From %(first)s until %(day)s.", first=first, day=last)
        return _("Until %(day)s.", day=last)
    if start:
        return _("From %(first)s until the end of %(day)s.", first=first, day=last)
    return _("Until the end of %(day)s.", day=last)


def told_sentence(policy: Policy) -> str:
    if policy.tell.level == "kinds":
        return _(
            "%(who)s is told which kinds may not be complete, and which kinds leave out other "
            "places. %(who)s is never told what is held back, how much, or where.",
            who=policy.label.name,
        )
    return _("%(who)s is told only that lists may not be complete.", who=policy.label.name)


def why_words(policy: Policy) -> str:
    why = listed([_(purpose_name(code)) for code in policy.why])
    return _("%(why)s. They must say why first", why=why) if policy.say_why else why


def home_sentences(seeing: int, paused: int, hidden: int) -> list[str]:
    """The whole picture in a few sentences."""
    if seeing == 0:
        lines = [_("No one can see your records.")]
    elif seeing == 1:
        lines = [_("1 person can see some of your records.")]
    else:
        lines = [_("%(n)s people can see some of your records.", n=seeing)]
    if paused:
        lines.append(
            _("1 share is paused.") if paused == 1 else _("%(n)s shares are paused.", n=paused)
        )
    if hidden == 1:
        lines.append(_("1 record is hidden from everyone."))
    elif hidden:
        lines.append(_("%(n)s records are hidden from everyone.", n=hidden))
    return lines
