"""The page where a person tells who she is and why she asks: only what is still needed is asked."""

from collections.abc import Mapping

from flask import render_template

from as_server.models.account import Account
from as_server.sharing.appeal import MAX_REASON
from as_server.sharing.missing_claims import Missing
from as_server.signing_in.app_face import AppFace
from heart_ui.words import N_
from heart_ui.words import gettext as _

PURPOSES = {
    "TREAT": N_("Caring for this patient"),
    "CAREMGT": N_("Planning care"),
    "FAMRQT": N_("Helping a family member or friend"),
    "HRESCH": N_("Research"),
    "HPAYMT": N_("Paying for care"),
}
"""No emergency is among them: words of one's own open none."""


def problems(form: Mapping[str, str], *, purpose: bool) -> dict[str, str]:
    """What is missing in the answer, by field."""
    if not purpose:
        return {}
    errors = {}
    if form.get("purpose") not in PURPOSES:
        errors["purpose"] = _("Choose why you need these records")
    if len(_words(form)) > MAX_REASON:
        errors["words"] = _("Make it shorter: up to %(n)s letters.", n=MAX_REASON)
    return errors


def said(form: Mapping[str, str], *, purpose: bool) -> tuple[str | None, str | None, bool]:
    """Purpose, own words, and whether to remember them; nothing that was not asked."""
    if not purpose:
        return None, None, False
    return form["purpose"], _words(form) or None, form.get("remember") == "yes"


def render(
    face: AppFace,
    person: Account,
    wanted: Missing,
    sent: Mapping[str, str],
    errors: dict[str, str],
    *,
    pending: str,
    csrf_token: str,
) -> str:
    """The page for this person; `sent` is what she filled in before."""
    return render_template(
        "claims.html",
        face=face,
        person=person.name,
        person_role=person.role,
        known=[
            (_("Name"), person.name),
            (_("Role"), person.role),
            (_("Place of work"), person.organization),
            (_("Checked by"), person.checked_by or _("No one")),
        ],
        asks=wanted.purpose,
        who=wanted.owner or _("the patient"),
        purposes=[(code, _(words), "") for code, words in PURPOSES.items()],
        chosen=sent.get("purpose", ""),
        words=_words(sent),
        remember=sent.get("remember") == "yes",
        limit=MAX_REASON,
        errors=errors,
        pending=pending,
        csrf_token=csrf_token,
    )


def _words(form: Mapping[str, str]) -> str:
    """Her own words, in which a line ends as it does everywhere."""
    return form.get("words", "").replace("\r\n", "\n").strip()
