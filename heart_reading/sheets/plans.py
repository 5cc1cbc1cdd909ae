"""PURE: plans, goals, teams and orders in words (R4 CarePlan, Goal, CareTeam, ServiceRequest)."""

from __future__ import annotations

from heart_reading.any_value import chosen
from heart_reading.dates import spoken, when
from heart_reading.names import of_all, reference
from heart_reading.sheets.sheet import Known, Part, Said, facts
from heart_reading.spans_of_time import period
from heart_reading.words import Resource, concept, concepts, in_words, items, part, text
from heart_ui.words import gettext as _


def plan(r: Resource, known: Known) -> Said:
    return Said(
        title=text(r.get("title")) or concepts(r.get("category")) or _("Care plan"),
        value=text(r.get("description")),
        date=when(r, "period", "created"),
        facts=facts(
            (_("Kind"), concepts(r.get("category"))),
            (_("When"), period(r.get("period"))),
            (_("For"), of_all(r.get("addresses"), known, r)),
            (_("Goals"), of_all(r.get("goal"), known, r)),
            (_("Written by"), reference(r.get("author"), known, r)),
        ),
        parts=tuple(filter(None, (_activity(one, known, r) for one in items(r.get("activity"))))),
    )


def _activity(one: Resource, known: Known, inside: Resource) -> Part | None:
    detail = next(iter(items(one.get("detail"))), {})
    named = concept(detail.get("code")) or text(detail.get("description"))
    named = named or reference(one.get("reference"), known, inside)
    when_done = chosen(detail, "scheduled")
    state = in_words(text(detail.get("status")))
    return Part(named, ", ".join(filter(None, (state, when_done)))) if named else None


def goal(r: Resource, known: Known) -> Said:
    targets = items(r.get("target"))
    aims = [f"{concept(one.get('measure'))} {chosen(one, 'detail')}".strip() for one in targets]
    return Said(
        title=concept(r.get("description")) or _("Goal"),
        value=concept(r.get("achievementStatus")),
        date=when(r, "startDate", "statusDate"),
        facts=facts(
            (_("Kind"), concepts(r.get("category"))),
            (_("Aim"), aims),
            (_("By"), [chosen(one, "due") for one in targets]),
            (_("How it stands"), concept(r.get("achievementStatus"))),
            (_("Began"), chosen(r, "start")),
            (_("For"), of_all(r.get("addresses"), known, r)),
            (_("Outcome"), concepts(r.get("outcomeCode"))),
        ),
    )


def team(r: Resource, known: Known) -> Said:
    people = items(r.get("participant"))
    members = [(reference(one.get("member"), known, r), concepts(one.get("role")))
               for one in people]  # fmt: skip
    named = [name or role for name, role in members]
    return Said(
        title=text(r.get("name")) or concepts(r.get("category")) or _("Care team"),
        value=", ".join(dict.fromkeys(filter(None, named))),
        date=when(r, "period"),
        facts=facts(
            (_("When"), period(r.get("period"))),
            (_("For"), concepts(r.get("reasonCode"))),
        ),
        parts=tuple(Part(name or role, role if name else "") for name, role in members
                    if name or role),
    )  # fmt: skip


def order(r: Resource, known: Known) -> Said:
    reasons = [concepts(r.get("reasonCode")), of_all(r.get("reasonReference"), known, r)]
    return Said(
        title=concept(r.get("code")) or concepts(r.get("category")) or _("Order"),
        value=", ".join(filter(None, reasons)),
        date=when(r, "authoredOn", "occurrenceDateTime", "occurrencePeriod"),
        facts=facts(
            (_("Why"), reasons),
            (_("When"), chosen(r, "occurrence")),
            (_("Where on the body"), concepts(r.get("bodySite"))),
            (_("What to do"), text(r.get("patientInstruction"))),
            (_("Ordered by"), reference(r.get("requester"), known, r)),
            (_("Done by"), of_all(r.get("performer"), known, r)),
            (_("Ordered on"), spoken(text(r.get("authoredOn")))),
        ),
    )


def listed(r: Resource, known: Known) -> Said:
    entries = [reference(one.get("item"), known, r) for one in items(r.get("entry"))]
    return Said(
        title=text(r.get("title")) or concept(r.get("code")) or _("List"),
        value=concept(r.get("emptyReason")),
        date=when(r, "date"),
        facts=facts((_("Written by"), reference(r.get("source"), known, r))),
        parts=tuple(Part(words, "") for words in entries if words),
        well=len([each for each in entries if each]) == len(entries),
    )


def flag(r: Resource, known: Known) -> Said:
    return Said(
        title=concept(r.get("code")) or _("Warning"),
        value=concepts(r.get("category")),
        date=when(r, "period"),
        facts=facts(
            (_("When"), period(r.get("period"))),
            (_("Written by"), reference(part(r, "author"), known, r)),
        ),
    )
