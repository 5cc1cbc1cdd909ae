"""PURE: people in words: name, birth date, how to reach them (R4 Patient, RelatedPerson)."""

from __future__ import annotations

from heart_reading.any_value import chosen
from heart_reading.names import person_name
from heart_reading.sheets.sheet import Known, Said, facts
from heart_reading.spans_of_time import moment, period
from heart_reading.words import Resource, concept, concepts, in_words, items, text
from heart_ui.words import gettext as _


def person(r: Resource, known: Known) -> Said:
    named = person_name(r.get("name"))
    is_she = r.get("resourceType") == "Patient"
    died = chosen(r, "deceased") if r.get("deceasedBoolean") is not False else ""
    languages = [concept(one.get("language")) for one in items(r.get("communication"))]
    born = moment(r.get("birthDate"))
    sex = text(r.get("gender"))
    return Said(
        title=_("Name, birth date, contact details") if is_she else named or _("Person"),
        value=", ".join(filter(None, (named, born))) if is_she else _relation(r),
        facts=facts(
            (_("Name"), named),
            (_("Born"), born),
            (_("Sex"), in_words(sex)),
            (_("Relation"), _relation(r)),
            (_("Died"), died),
            (_("Phone and e-mail"), [text(one.get("value")) for one in items(r.get("telecom"))]),
            (_("Address"), [_address(one) for one in items(r.get("address"))]),
            (_("Marital status"), concept(r.get("maritalStatus"))),
            (_("Languages"), languages),
            (_("People to call"), [person_name(c.get("name")) for c in items(r.get("contact"))]),
            (_("When"), period(r.get("period"))),
        ),
        # What identifies her elsewhere, and what extensions say, is for computers.
        well=not r.get("extension"),
    )  # fmt: skip


def _relation(r: Resource) -> str:
    return concepts(r.get("relationship"))


def _address(one: Resource) -> str:
    lines = one.get("line")
    parts = [*(lines if isinstance(lines, list) else []), one.get("city"), one.get("state"),
             one.get("postalCode"), one.get("country")]  # fmt: skip
    return text(one.get("text")) or ", ".join(filter(None, map(text, parts)))
