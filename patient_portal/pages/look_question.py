"""Ask a clinic about a look: how it can be reached, and a letter to print or send.

No clinic has a way in for letters here: what there is, is its telephone number or mail address as
whoever runs this portal wrote it down.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from patient_portal import look_filters
from patient_portal.context import current_portal
from patient_portal.visit import this_visit
from patient_portal.words import look_letter

bp = Blueprint("look_question", __name__, url_prefix="/looked/question")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    look = look_filters.look_asked_about()
    letter = look_letter.about(look, visit.session.name, visit.zone)
    known = dict(current_portal.settings.clinic_contacts)
    places = [(name, known.get(name, "")) for name in look.clinic.split(", ") if name]
    return render_template(
        "portal/look_question.html",
        look=look,
        letter=letter,
        places=[(name, contact, letter.mail_to(contact)) for name, contact in places],
    )
