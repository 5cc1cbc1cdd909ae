"""Who looked, at what, when, why, and which rule allowed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from heart_ui import bar_chart
from heart_ui.dates import day_of_year
from heart_ui.words import gettext as _
from patient_portal import look_filters
from patient_portal.policies import dates, event_words, looks, names, outcomes, past
from patient_portal.policies.look import Look
from patient_portal.policies.policy import Policy
from patient_portal.visit import this_visit

PAGE = 25
SERVICE_LINES = 50

bp = Blueprint("activity", __name__, url_prefix="/looked")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    found, down = look_filters.everything()
    filters, today = look_filters.filters(), visit.local.date()
    fits = looks.visits(looks.chosen(found, **filters))
    outcome = filters["outcome"] or outcomes.PERSON
    last = min(filters["until"] or today, today)
    weeks = looks.by_week(fits, last, looks.weeks_between(filters["since"], last), outcome=outcome)
    rules, chosen = look_filters.rules(), look_filters.as_written()
    shown = max(request.args.get("show", PAGE, type=int), PAGE)
    return render_template(
        "portal/looked.html",
        visits=fits[:shown],
        more=shown + PAGE if len(fits) > shown else 0,
        count=len(fits),
        any=bool(found) or any(chosen.values()),
        people_options=_people(found),
        kind_options=_kinds(found),
        outcome_options=[(key, _(words)) for key, words in outcomes.OUTCOME_NAMES.items()],
        outcomes=outcomes.OUTCOME_NAMES,
        by_person=_by_person(fits, outcome),
        counted=_(outcomes.OUTCOME_NAMES[outcome]),
        narrowed=any(filters.values()),
        weeks=[(day_of_year(start), count) for start, count in weeks],
        drawing=_drawing(weeks),
        rules=rules,
        in_vain_words=event_words.TRIED_IN_VAIN,
        had_stopped=partial(_had_stopped, rules),
        service=_at_the_service(rules),
        down=down,
        args=chosen,
        turned_away=_turned_away(found),
        days=bool(filters["since"] or filters["until"]),
    )


def _turned_away(found: list[Look]) -> int:
    return len(looks.visits(looks.chosen(found, outcome=outcomes.DENIED)))


def _people(found: list[Look]) -> list[tuple[str, str]]:
    names = {look.who for look in found if look.who and look.outcome != outcomes.OWN}
    return [(name, name) for name in sorted(names)]


def _kinds(found: list[Look]) -> list[tuple[str, str]]:
    kinds = names.in_order({kind for look in found for kind in look.kinds})
    return [(kind, _(names.kind_name(kind))) for kind in kinds]


def _by_person(fits: list[Look], outcome: str) -> list[tuple[str, int]]:
    counts = Counter(look.who for look in fits if look.outcome == outcome and look.who)
    return counts.most_common()


def _drawing(weeks: Sequence[tuple[date, int]]) -> str:
    if not any(count for _start, count in weeks):
        return ""
    labels = [day_of_year(start) for start, _count in weeks]
    counts = [count for _start, count in weeks]
    return bar_chart.bars(counts, labels, key="weeks", title=_("Looks at your records per week"))


def _at_the_service(rules: dict[str, Policy]) -> list[dict[str, Any]]:
    """What the sharing service itself did for her: asked, keys given or refused, stopped."""
    visit = this_visit()
    lines: list[dict[str, Any]] = []
    for entry in visit.service.activity():
        rule = rules.get(str(entry.get("policy") or ""))
        event = str(entry.get("event"))
        if rule is not None and not past.was_shared(rule):
            continue  # a draft was written or thrown away: nothing was ever shared by it
        words = event_words.service_words(event, of_a_rule=rule is not None and not rule.is_share)
        who = _named(entry, rule, by_clinic=event in ("linked", "unlinked"))
        at = dates.moment(entry.get("at"))
        if event == outcomes.OLD_KEY and not (at and _had_stopped(rules, who, at)):
            words = event_words.TRIED_IN_VAIN
        line = {"words": _(words, who=who) if words else ""}
        # A clinic registers many kinds at once, and an app asks each clinic: one line says it.
        if words and (not lines or lines[-1]["words"] != line["words"]):
            lines.append({**line, "at": at})
    return lines[:SERVICE_LINES]


def _had_stopped(rules: dict[str, Policy], who: str, at: datetime) -> bool:
    """True when she had stopped a share with this person by then: an old key is turned away after
    a pause or a change too."""
    shared = (rule for rule in rules.values() if past.was_shared(rule) and rule.label.name == who)
    ended = (rule for rule in shared if rule.state == "ended")
    # The service counts whole seconds.
    late = at + timedelta(seconds=1)
    return any(rule.updated is not None and rule.updated <= late for rule in ended)


def _named(entry: dict[str, Any], rule: Policy | None, *, by_clinic: bool) -> str:
    """Whom an entry is about: the person who did it, or the one whom her rule names."""
    who = entry.get("who")
    name = who.get("name") if isinstance(who, dict) else None
    if by_clinic:
        return str(entry.get("rs") or _("A clinic"))
    return str(name or (rule.label.name if rule else "") or _("someone"))
