"""PURE. What a change of a share would change: in its rules, as sentences, and in what is seen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from heart_ui.words import gettext as _
from patient_portal.policies import chosen_places
from patient_portal.policies.names import in_order, kind_name, listed, topic_name
from patient_portal.policies.policy import Policy
from patient_portal.policies.row import Row
from patient_portal.policies.sentences import (
    days_sentences,
    told_sentence,
    until_sentence,
    why_words,
)
from patient_portal.policies.view import View


class Line(NamedTuple):
    """One answer that is another one: which, and in what."""

    term: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """How many records are seen now and after, and which come and go.

    Of the places in `down` that can not be said now, and none of their records is named.
    """

    was: int
    will: int
    opened: tuple[Row, ...]
    closed: tuple[Row, ...]
    down: tuple[str, ...]


def seen(before: View, after: View, silent: Collection[str]) -> Seen:
    """`silent` are the record bases of places that do not answer now."""
    was, will = ({row.reference for row in view.shown} for view in (before, after))
    return Seen(
        len(before.shown),
        len(after.shown),
        tuple(r for r in after.shown if r.reference not in was and r.record not in silent),
        tuple(r for r in before.shown if r.reference not in will and r.record not in silent),
        tuple(dict.fromkeys((*before.down, *after.down))),
    )


def lines(before: Policy, after: Policy, zone: ZoneInfo, places: Mapping[str, str]) -> list[Line]:
    """Only what differs, in the order of the steps; `places` are the names of her clinics."""
    whom = _("What %(who)s is told", who=after.label.name)
    found = [
        Line(_("Kinds"), tuple(_kinds(before, after))),
        Line(_("Private topics"), tuple(_topics(before, after))),
        Line(_("Records by name"), tuple(_named(before, after))),
        Line(_("Dates of the records"), _both(*(_days(one) for one in (before, after)))),
        Line(_("Clinics"), _both(*(_where(one, places) for one in (before, after)))),
        Line(_("Why"), _both(*(why_words(one) for one in (before, after)))),
        Line(_("How long"), _both(*(until_sentence(one, zone) for one in (before, after)))),
        Line(whom, _both(*(_told(one) for one in (before, after)))),
    ]
    return [line for line in found if line.words]


def _both(was: str, will: str) -> tuple[str, ...]:
    if was == will:
        return ()
    nothing = _("Nothing.")
    return (
        _("Now: %(words)s", words=was or nothing),
        _("After the change: %(words)s", words=will or nothing),
    )


def _kinds(before: Policy, after: Policy) -> Iterator[str]:
    was, will = before.what, after.what
    if will.everything and not was.everything:
        yield _("New: all kinds, and new kinds when they arrive.")
        return
    if was.everything and not will.everything:
        kept = [_(kind_name(kind)) for kind in in_order(will.kinds)]
        yield _("No longer all kinds, but these: %(kinds)s.", kinds=listed(kept) or _("none"))
        return
    if more := [_(kind_name(k)) for k in in_order(set(will.kinds) - set(was.kinds))]:
        yield _("New: %(kinds)s.", kinds=listed(more))
    if less := [_(kind_name(k)) for k in in_order(set(was.kinds) - set(will.kinds))]:
        yield _("No longer: %(kinds)s.", kinds=listed(less))


def _topics(before: Policy, after: Policy) -> Iterator[str]:
    was, will = before.what.topics, after.what.topics
    if more := [_(topic_name(code)) for code in will if code not in was]:
        yield _("Turned on: %(topics)s.", topics=listed(more))
    if less := [_(topic_name(code)) for code in was if code not in will]:
        yield _("Turned off: %(topics)s.", topics=listed(less))


def _named(before: Policy, after: Policy) -> Iterator[str]:
    was, will = before.what.records, after.what.records
    if set(was.include) != set(will.include):
        n, m = len(was.include), len(will.include)
        yield _("Picked by name: %(n)s now, %(m)s after the change.", n=n, m=m)
    if set(was.exclude) != set(will.exclude):
        n, m = len(was.exclude), len(will.exclude)
        yield _("Held back by name: %(n)s now, %(m)s after the change.", n=n, m=m)


def _where(policy: Policy, places: Mapping[str, str]) -> str:
    return chosen_places.sentence(policy.what, places) or _("From all your clinics.")


def _days(policy: Policy) -> str:
    return " ".join(days_sentences(policy)) or _("Records from all dates.")


def _told(policy: Policy) -> str:
    note = _("Your note: “%(note)s”", note=policy.tell.note) if policy.tell.note else ""
    return f"{told_sentence(policy)} {note}".strip()
