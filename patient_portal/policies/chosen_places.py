"""PURE. From which of her clinics the records are that a share gives: all, or those she ticks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from heart_ui.words import gettext as _
from patient_portal.policies.names import listed
from patient_portal.policies.terms import What


def chosen(
    before: What, *, some: bool, ticked: Sequence[str], known: Collection[str]
) -> tuple[What, dict[str, str]]:
    """The records that a sent form means, and what is wrong with it by field."""
    if not some:
        return before.model_copy(update={"places": ()}), {}
    places = tuple(place for place in ticked if place in known)
    errors = {} if places else {"place": _("Choose at least one clinic")}
    return before.model_copy(update={"places": places}), errors


def sentence(what: What, names: Mapping[str, str]) -> str:
    """From which clinics, by name where all of them are linked; nothing where all are meant."""
    if not what.places:
        return ""
    known = [names[place] for place in what.places if place in names]
    if len(known) < len(what.places):
        return _("Only from some of your clinics.")
    return _("Only from these clinics: %(clinics)s.", clinics=listed(known))
