"""Unlink a clinic: from then on nobody sees its records through this service."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from patient_portal.policies.linked import Record
from patient_portal.visit import once, this_visit

bp = Blueprint("unlink", __name__, url_prefix="/records/unlink/<token>")


@bp.get("")
def ask(token: str) -> ResponseReturnValue:
    return render_template("portal/unlink.html", record=_linked(token))


@bp.post("")
def unlink(token: str) -> ResponseReturnValue:
    visit = this_visit()

    def carry_out() -> tuple[str, dict[str, Any]]:
        visit.service.unlink(_linked(token))
        visit.session.changed_something()
        return url_for("records.show", unlinked=1), {}

    return once(carry_out)


def _linked(token: str) -> Record:
    """A linked record, or a place that is known by its client alone."""
    linked = this_visit().service.linked()
    named = [one for one in linked if token == (one.token if one.record else one.client_id)]
    return named[0] if named else abort(404)
