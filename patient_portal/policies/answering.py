"""PURE. A request and the answer to it: what may be answered, and the policy a yes becomes.

The answer can only be less than what was asked: fewer kinds, fewer topics, a shorter time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from heart_ui.words import gettext as _
from patient_portal.policies import dates, days, draft_ids, names, offers
from patient_portal.policies.lengths import LENGTHS, OFFERED, length_of, until_of
from patient_portal.policies.offers import OFFERED_PURPOSES
from patient_portal.policies.policy import Policy
from patient_portal.policies.sharing_request import SharingRequest
from patient_portal.policies.terms import Label, Tell, What, When, Who

Form = Mapping[str, list[str]]
SLACK = timedelta(minutes=30)


def problems(form: Form, asked: SharingRequest, note_length: int) -> dict[str, str]:
    """What is missing in a sent form, by field."""
    answer = _first(form, "answer")
    if answer not in choices(asked):
        return {"answer": _("Choose your answer")}
    found = {}
    if answer == "some" and not _kinds(form, asked):
        found["kind"] = _("Choose at least one kind of record")
    if answer != "no" and len(_first(form, "note")) > note_length:
        found["note"] = _("Make the message shorter")
    return found


def choices(asked: SharingRequest) -> tuple[str, ...]:
    """The answers that can be given: other records go only with everything, and everything is
    offered only where nothing less would be a yes."""
    return ("all", "some", "no") if asked.kinds else ("everything", "no")


def draft_of(
    asked: SharingRequest, form: Form, now: datetime, last: datetime | None = None
) -> Policy:
    """The yes as a draft: never a kind, topic or day that was not asked for. `last` is the end
    that she picked from a calendar."""
    kinds = asked.kinds if _first(form, "answer") == "all" else _kinds(form, asked)
    person = asked.who
    return Policy(
        id=draft_ids.for_request(asked.id),
        who=Who(person=person.key),
        what=What(
            everything=_first(form, "answer") == "everything",
            kinds=names.in_order(kinds),
            topics=tuple(topic for topic in form.get("topic", ()) if topic in asked.topics),
        ),
        why=(asked.purpose_of_use,) if asked.purpose_of_use else (OFFERED_PURPOSES[0],),
        when=When(until=_until(asked, _first(form, "length"), now, last)),
        tell=Tell(
            level="kinds" if offers.is_clinical(person) else "neutral",
            note=_first(form, "note").strip() or None,
        ),
        label=Label(name=person.name, detail=person.detail),
    )


def draft_after_a_no(asked: SharingRequest, now: datetime) -> Policy:
    """What was asked for, as a new draft, without any private topic; an end that has passed is
    asked for again."""
    over = asked.requested_until is not None and asked.requested_until <= now
    begun = draft_of(asked, {"answer": ["all"], "length": ["asked"]}, now)
    new = {"id": draft_ids.new_id(), "version": None}
    if over or asked.requested_until is None:
        return begun.changed(**new, why=(), when=When())
    return begun.changed(**new)


def choice_of(begun: Policy, asked: SharingRequest) -> str:
    """`yes` to every kind; private topics are asked apart, and the policy says which."""
    return "yes" if begun.what.everything or set(begun.what.kinds) >= set(asked.kinds) else "some"


def share_of(begun: Policy, asked: SharingRequest) -> Policy:
    """The policy that the answer carries: its own id, the same at every repeat."""
    share_id = "yes-" + hashlib.sha256(asked.id.encode()).hexdigest()[:32]
    return begun.changed(id=share_id, version=None, state="on")


def form_of(begun: Policy | None, asked: SharingRequest) -> dict[str, list[str]]:
    """The answers of a draft, as the form shows them; empty without one."""
    if begun is None:
        return {}
    if begun.what.everything:
        answer = "everything"
    else:
        answer = "all" if set(begun.what.kinds) >= set(asked.kinds) else "some"
    every = answer != "some"
    return {
        "answer": [answer],
        "kind": [] if every else list(begun.what.kinds),
        "topic": list(begun.what.topics),
        "note": [begun.tell.note or ""],
    }


def lengths(asked: SharingRequest, now: datetime, zone: ZoneInfo) -> list[tuple[str, str]]:
    """The lengths she may choose: what was asked first, and everything shorter."""
    end = asked.requested_until
    offered = [
        (key, _(words))
        for key, words, lasting in LENGTHS
        if end is None or (lasting is not None and now + lasting <= end - SLACK)
    ]
    if end is None:
        return offered
    asked_for = _("Until %(day)s (they asked for this)", day=dates.day(end, zone))
    return [("asked", asked_for), *offered]


def days_of(asked: SharingRequest, now: datetime, zone: ZoneInfo) -> days.Span:
    """The days on which it may end: none after what was asked for."""
    ahead, end = days.ahead(now.astimezone(zone).date()), asked.requested_until
    last = end.astimezone(zone).date() if end else ahead.last
    return days.Span(ahead.first, max(ahead.first, min(last, ahead.last)))


def last_day(
    form: Form, asked: SharingRequest, now: datetime, zone: ZoneInfo
) -> tuple[datetime | None, dict[str, str]]:
    """The end of the day that she picked, if she did, and what is wrong with it by field."""
    text = _first(form, "until_day").strip()
    if not text or _first(form, "answer") == "no":
        return None, {}
    if wrong := days_of(asked, now, zone).problem(text):
        return None, {"until_day": wrong}
    day = days.read(text)
    return (days.end_of(day, zone) if day else None), {}


def time_of(begun: Policy | None, now: datetime, zone: ZoneInfo) -> dict[str, list[str]]:
    """How long a draft lasts, as the form shows it."""
    if begun is None:
        return {}
    last = days.ended_by(begun.when.until, zone)
    return {
        "length": [length_of(begun, now)],
        "until_day": [last.isoformat() if last else ""],
    }


def _until(
    asked: SharingRequest, length: str, now: datetime, last: datetime | None
) -> datetime | None:
    until = until_of(length, now) if length in OFFERED else asked.requested_until
    until = last or until
    if asked.requested_until is None:
        return until
    return asked.requested_until if until is None else min(until, asked.requested_until)


def _kinds(form: Form, asked: SharingRequest) -> tuple[str, ...]:
    return tuple(kind for kind in form.get("kind", ()) if kind in asked.kinds)


def _first(form: Form, name: str) -> str:
    return (form.get(name) or [""])[0]
