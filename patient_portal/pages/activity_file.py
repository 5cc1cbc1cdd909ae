"""Who looked, as a file for a spreadsheet: one line for each call that fits the same choices."""

from __future__ import annotations

from flask import Blueprint, Response

from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal import look_filters
from patient_portal.policies import looks, names, outcomes, spreadsheet
from patient_portal.policies.look import Look
from patient_portal.policies.policy import Policy

bp = Blueprint("activity_file", __name__, url_prefix="/looked")

HEAD = (
    N_("When"),
    N_("Who"),
    N_("Role"),
    N_("App"),
    N_("Clinic"),
    N_("Outcome"),
    N_("Kinds"),
    N_("Records"),
    N_("Why"),
    N_("Rule"),
    N_("Entry"),
)


@bp.get("/list.csv")
def as_file() -> Response:
    found, down = look_filters.everything()
    rules = look_filters.rules()
    fits = sorted(looks.chosen(found, **look_filters.filters()), key=lambda look: look.at)
    rows = [_cells(look, rules) for look in fits]
    # The file is read long after the page: it says itself what it lacks.
    rows += [_missing(clinic) for clinic in down]
    return Response(
        spreadsheet.as_csv([_(word) for word in HEAD], rows),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="who-looked.csv"'},
    )


def _missing(clinic: str) -> list[str]:
    """The line of a clinic whose looks are not in the list."""
    words = _("We can not reach %(name)s right now, so its looks are missing here.", name=clinic)
    return [words, *[""] * (len(HEAD) - 1)]


def _cells(look: Look, rules: dict[str, Policy]) -> list[str]:
    rule = rules.get(look.policy or "")
    return [
        look.at.isoformat(),
        look.who,
        look.role,
        look.app,
        look.clinic,
        _(outcomes.OUTCOME_NAMES[look.outcome]),
        ", ".join(_(names.kind_name(kind)) for kind in look.kinds),
        str(look.count) if look.manner != outcomes.COUNTED else _("%(n)s counted", n=look.told),
        _(names.purpose_name(look.why)) if look.why else "",
        rule.label.name if rule else "",
        ", ".join(call.id for call in look.each),
    ]
