"""PURE: measurements and panels in words: value, usual range, how it stands, parts (R4 Observation,
DiagnosticReport)."""

from __future__ import annotations

from heart_reading.any_value import chosen
from heart_reading.dates import when
from heart_reading.figures import is_rounded
from heart_reading.names import led_to, of_all, reference
from heart_reading.readings import DATES
from heart_reading.sheets.sheet import Known, Part, Said, facts
from heart_reading.usual import usual_words
from heart_reading.verdicts import of_parts, verdict
from heart_reading.words import Resource, concept, concepts, items, part, text
from heart_ui.words import gettext as _

MOST_IN_A_LINE = 4
"""Parts of a panel."""
_PRESSURE = ("8480-6", "8462-4")


def observation(r: Resource, known: Known) -> Said:
    parts = (*_components(r), *_members(r, known, "hasMember"))
    value = _value(r) or _pressure(r) or _all_parts(parts)
    return Said(
        title=concept(r.get("code")),
        value=value or _not_there(r),
        usual=usual_words(r),
        verdict=verdict(r) or of_parts([one.verdict for one in parts]),
        date=when(r, *DATES),
        facts=facts(
            (_("Exact value"), _exact(r)),
            (_("How"), concept(r.get("method"))),
            (_("Where on the body"), concept(r.get("bodySite"))),
            (_("Sample"), reference(r.get("specimen"), known, r)),
            (_("Device"), reference(r.get("device"), known, r)),
            (_("Measured by"), of_all(r.get("performer"), known, r)),
        ),
        parts=parts,
    )


def report(r: Resource, known: Known) -> Said:
    parts = _members(r, known, "result")
    told = text(r.get("conclusion")) or concepts(r.get("conclusionCode"))
    return Said(
        title=concept(r.get("code")) or concepts(r.get("category")),
        value=told or _all_parts(parts),
        verdict=of_parts([one.verdict for one in parts]),
        date=when(r, *DATES),
        facts=facts(
            (_("Kind of report"), concepts(r.get("category"))),
            (_("Conclusion"), told),
            (_("Found"), concepts(r.get("conclusionCode")) if text(r.get("conclusion")) else ""),
            (_("Sample"), of_all(r.get("specimen"), known, r)),
            (_("Reported by"), of_all(r.get("performer"), known, r)),
            (_("Read by"), of_all(r.get("resultsInterpreter"), known, r)),
        ),
        parts=parts,
    )


def specimen(r: Resource, known: Known) -> Said:
    taken = next(iter(items(r.get("collection"))), {})
    return Said(
        title=concept(r.get("type")),
        date=when(taken, "collectedDateTime", "collectedPeriod") or when(r, "receivedTime"),
        facts=facts(
            (_("Where on the body"), concept(taken.get("bodySite"))),
            (_("How"), concept(taken.get("method"))),
            (_("Taken by"), reference(taken.get("collector"), known, r)),
            (_("State"), concepts(r.get("condition"))),
        ),
    )


def _value(r: Resource) -> str:
    return chosen(r, "value")


def _pressure(r: Resource) -> str:
    """Blood pressure as people say it: `128/82 mmHg`."""
    found = {
        code.get("code"): component.get("valueQuantity")
        for component in items(r.get("component"))
        for code in items(part(component.get("code"), "coding"))
    }
    high, low = (found.get(code) for code in _PRESSURE)
    first, second = _value({"valueQuantity": high}), _value({"valueQuantity": low})
    return f"{first.partition(' ')[0]}/{second}" if first and second else ""


def _exact(r: Resource) -> str:
    value = part(r.get("valueQuantity"), "value")
    return str(value) if is_rounded(value) else ""


def _not_there(r: Resource) -> str:
    why = concept(r.get("dataAbsentReason"))
    return _("No value: %(why)s", why=why) if why else ""


def _components(r: Resource) -> tuple[Part, ...]:
    return tuple(
        Part(
            concept(one.get("code")),
            _value(one) or _not_there(one),
            usual_words(one),
            verdict(one),
        )
        for one in items(r.get("component"))
    )


def _members(r: Resource, known: Known, name: str) -> tuple[Part, ...]:
    """The results that a panel refers to, as far as they came along."""
    found = []
    for one in items(r.get(name)):
        inner = led_to(one, known, r)
        if inner is None:
            words = text(one.get("display"))
            found += [Part(words, "")] if words else []
            continue
        said = observation(inner, {}) if inner.get("resourceType") == "Observation" else None
        if said is not None:
            found.append(Part(said.title, said.value, said.usual, said.verdict))
    return tuple(found)


def _all_parts(parts: tuple[Part, ...]) -> str:
    """The first parts of a panel in one line."""
    said = [f"{one.name} {one.value}" for one in parts if one.value]
    more = "; …" if len(said) > MOST_IN_A_LINE else ""
    return "; ".join(said[:MOST_IN_A_LINE]) + more
