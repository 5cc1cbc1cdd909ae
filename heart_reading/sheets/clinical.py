"""PURE: problems, allergies and the family's health in words (R4 Condition, AllergyIntolerance)."""

from __future__ import annotations

from heart_reading.any_value import chosen
from heart_reading.dates import spoken, when
from heart_reading.names import reference
from heart_reading.sheets.sheet import Known, Part, Said, facts
from heart_reading.verdicts import Verdict
from heart_reading.words import Resource, concept, concepts, in_words, items, text
from heart_ui.words import N_
from heart_ui.words import gettext as _

_SEVERE = {"severe": N_("Severe"), "moderate": N_("Moderate"), "mild": N_("Mild")}
_RISK = {"high": N_("High risk"), "low": N_("Low risk"), "unable-to-assess": N_("Not known")}
_ALLERGY = {"allergy": N_("Allergy"), "intolerance": N_("Intolerance")}
_CAUSE = {
    "food": N_("Food"), "medication": N_("Medicine"), "environment": N_("Surroundings"),
    "biologic": N_("Biological"),
}  # fmt: skip


def condition(r: Resource, known: Known) -> Said:
    return Said(
        title=concept(r.get("code")) or concepts(r.get("category")),
        date=when(r, "onsetDateTime", "onsetPeriod", "recordedDate"),
        facts=facts(
            (_("How severe"), concept(r.get("severity"))),
            (_("Began"), chosen(r, "onset")),
            (_("Ended"), chosen(r, "abatement")),
            (_("Where on the body"), concepts(r.get("bodySite"))),
            (_("Stage"), [concept(one.get("summary")) for one in items(r.get("stage"))]),
            (_("Signs"), [concepts(one.get("code")) for one in items(r.get("evidence"))]),
            (_("Written down"), spoken(text(r.get("recordedDate")))),
            (_("Written down by"), reference(r.get("recorder"), known, r)),
            (_("Found by"), reference(r.get("asserter"), known, r)),
        ),
    )


def allergy(r: Resource, known: Known) -> Said:
    reactions = items(r.get("reaction"))
    shown = [concepts(one.get("manifestation")) for one in reactions]
    severe = {text(one.get("severity")) for one in reactions}
    worst = next((level for level in _SEVERE if level in severe), "")
    risk = text(r.get("criticality"))
    tone = "danger" if worst == "severe" or risk == "high" else ""
    words = _(_SEVERE[worst]) if worst else _(_RISK[risk]) if risk in _RISK else ""
    words = _(_RISK["high"]) if risk == "high" and worst != "severe" else words
    return Said(
        title=concept(r.get("code")) or ", ".join(filter(None, map(_substance, reactions))),
        value=", ".join(dict.fromkeys(filter(None, shown))),
        verdict=Verdict(words, "▲" if tone else "", tone) if words else None,
        date=when(r, "onsetDateTime", "recordedDate"),
        facts=facts(
            (_("Reaction"), shown),
            (_("How severe"), _(_SEVERE[worst]) if worst else ""),
            (_("Risk"), _(_RISK[risk]) if risk in _RISK else ""),
            (_("Kind"), _(_ALLERGY.get(text(r.get("type")), ""))),
            (_("Cause"), [_(_CAUSE.get(each, "")) for each in r.get("category") or []]),
            (_("Began"), chosen(r, "onset")),
            (_("Last time"), spoken(text(r.get("lastOccurrence")))),
            (_("More"), [text(one.get("description")) for one in reactions]),
            (_("Written down"), spoken(text(r.get("recordedDate")))),
            (_("Written down by"), reference(r.get("recorder"), known, r)),
        ),
    )


def _substance(reaction: Resource) -> str:
    return concept(reaction.get("substance"))


def family(r: Resource, known: Known) -> Said:
    who = concept(r.get("relationship"))
    found = items(r.get("condition"))
    said = [concept(one.get("code")) for one in found]
    died = _("Yes") if r.get("deceasedBoolean") is True else chosen(r, "deceased")
    died = "" if r.get("deceasedBoolean") is False else died
    return Said(
        title=_("Family: %(who)s", who=in_words(who)) if who else _("Family health"),
        value=", ".join(filter(None, said)),
        date=when(r, "date"),
        facts=facts(
            (_("Name"), text(r.get("name"))),
            (_("Died"), died),
            (_("Age"), chosen(r, "age")),
            (_("Why it is not known"), concept(r.get("dataAbsentReason"))),
        ),
        parts=tuple(Part(concept(one.get("code")), chosen(one, "onset")) for one in found),
    )
