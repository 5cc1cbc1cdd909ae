"""P5: who looked, at what, when, why, and which rule allowed it; as a page and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from heart_ui import charts
from patient_portal import as_api, looks, sharing, wording
from patient_portal.context import current_portal
from patient_portal.looks import Look
from patient_portal.policy import Policy

PAGE = 25
SERVICE_LINES = 50

bp = Blueprint("activity", __name__, url_prefix="/looked")


@bp.get("")
def show() -> ResponseReturnValue:
    found, down = sharing.looked(as_api.records(), actors=_actors())
    fits = looks.visits(looks.chosen(found, **_filters()))
    weeks = looks.by_week(looks.visits(found), current_portal.today)
    shown = max(request.args.get("show", PAGE, type=int), PAGE)
    return render_template(
        "portal/looked.html",
        visits=fits[:shown],
        more=shown + PAGE if len(fits) > shown else 0,
        count=len(fits),
        any=bool(found) or any(request.args.get(name) for name in _FILTERS),
        people_options=_people(found),
        kind_options=_kinds(found),
        outcome_options=[(key, _(words)) for key, words in looks.OUTCOME_NAMES.items()],
        outcomes=looks.OUTCOME_NAMES,
        by_person=_by_person(found),
        weeks=[(f"{start.day} {start:%b}", count) for start, count in weeks],
        drawing=_drawing(weeks),
        rules=_rules(),
        service=_at_the_service(),
        down=down,
        args={name: request.args.get(name, "") for name in _FILTERS},
    )


@bp.get("/list.csv")
def as_file() -> ResponseReturnValue:
    found, _down = sharing.looked(as_api.records(), actors=_actors())
    rules = _rules()
    head = ["When", "Who", "Role", "App", "Clinic", "Outcome", "Kinds", "Records", "Why", "Rule"]
    rows = [_cells(look, rules) for look in reversed(looks.chosen(found, **_filters()))]
    return Response(
        looks.as_csv([_(word) for word in head], rows),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="who-looked.csv"'},
    )


_FILTERS = ("who", "kind", "outcome", "since", "until")


def _actors() -> tuple[str, ...]:
    return ("owner",) if request.args.get("outcome") == looks.OWN else sharing.OTHERS


def _filters() -> dict[str, Any]:
    args = request.args
    outcome = args.get("outcome", "")
    return {
        "who": args.get("who", ""),
        "kind": args.get("kind", ""),
        "outcome": outcome if outcome in looks.OUTCOME_NAMES else "",
        "since": _date(args.get("since", "")),
        "until": _date(args.get("until", "")),
    }


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _rules() -> dict[str, Policy]:
    return {policy.id: policy for policy in as_api.policies() if policy.state != "draft"}


def _people(found: list[Look]) -> list[tuple[str, str]]:
    names = {look.who for look in found if look.who and look.outcome != looks.OWN}
    return [(name, name) for name in sorted(names)]


def _kinds(found: list[Look]) -> list[tuple[str, str]]:
    kinds = wording.in_order({kind for look in found for kind in look.kinds})
    return [(kind, _(wording.kind_name(kind))) for kind in kinds]


def _by_person(found: list[Look]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for look in looks.visits(found):
        if look.outcome == looks.PERSON and look.who:
            counts[look.who] = counts.get(look.who, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])


def _drawing(weeks: Sequence[tuple[date, int]]) -> str:
    if not any(count for _start, count in weeks):
        return ""
    labels = [f"{start.day} {start:%b}" for start, _count in weeks]
    counts = [count for _start, count in weeks]
    return charts.bars(counts, labels, key="weeks", title=_("Looks at your records per week"))


def _at_the_service() -> list[dict[str, Any]]:
    """What the sharing service itself did for her: asked, keys given or refused, stopped."""
    lines: list[dict[str, Any]] = []
    for entry in as_api.activity():
        words = wording.service_words(str(entry.get("event")))
        who = entry.get("who")
        name = who.get("name") if isinstance(who, dict) else None
        line = {"words": _(words), "who": name or (entry.get("rs") if "link" in words else None)}
        # A clinic registers many kinds at once, and an app asks each clinic: one line says it.
        if words and (not lines or any(lines[-1][key] != line[key] for key in line)):
            lines.append({**line, "at": wording.moment(entry.get("at"))})
    return lines[:SERVICE_LINES]


def _cells(look: Look, rules: dict[str, Policy]) -> list[str]:
    rule = rules.get(look.policy or "")
    return [
        look.at.isoformat(),
        look.who,
        look.role,
        look.app,
        look.clinic,
        _(looks.OUTCOME_NAMES[look.outcome]),
        ", ".join(_(wording.kind_name(kind)) for kind in look.kinds),
        str(look.count) if look.manner != looks.COUNTED else _("%(n)s counted", n=look.told),
        _(wording.purpose_name(look.why)) if look.why else "",
        rule.label.name if rule else "",
    ]
