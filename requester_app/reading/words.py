"""PURE: FHIR datatypes as words: concepts, dates, amounts, people, references (FHIR R4 2.24)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from heart_ui import months

Resource = Mapping[str, Any]
_CODES = re.compile(r"[a-z]+(?:-[a-z]+)*(?:, [a-z]+(?:-[a-z]+)*)*")


def text(value: Any) -> str:
    """A string on one line, '' for anything else."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def items(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, or of a single object."""
    found = value if isinstance(value, list) else [value]
    return [item for item in found if isinstance(item, Mapping)]


def concept(value: Any) -> str:
    """A CodeableConcept (or the first of several) in words: its text, a display, else a code."""
    for one in items(value):
        codings = items(one.get("coding"))
        shown = [text(c.get("display")) for c in codings] + [text(c.get("code")) for c in codings]
        for words in (text(one.get("text")), *shown):
            if words:
                return words
    return ""


def concepts(value: Any) -> str:
    """Several CodeableConcepts in one line."""
    return ", ".join(filter(None, (concept(one) for one in items(value))))


def codes(value: Any) -> set[str]:
    """Every code of a CodeableConcept or a list of them."""
    return {
        coding["code"]
        for one in items(value)
        for coding in items(one.get("coding"))
        if isinstance(coding.get("code"), str)
    }


def when(resource: Resource, *names: str) -> str:
    """The first date among elements: a date, or the start of a period."""
    for name in names:
        value = resource.get(name)
        if isinstance(value, Mapping):
            value = value.get("start") or value.get("end")
        if isinstance(value, str) and value[:4].isdigit():
            return value
    return ""


def spoken(value: str) -> str:
    """A FHIR date as people write it: `14 Mar 1979`, `Mar 1979`, `1979`.

    >>> spoken("1979-03-14T09:00:00Z"), spoken("1979-03"), spoken("")
    ('14 Mar 1979', 'Mar 1979', '')
    """
    parts = value[:10].split("-")
    try:
        if len(parts) == 3:
            return f"{int(parts[2])} {months.short(int(parts[1]))} {int(parts[0]):04d}"
        if len(parts) == 2:
            return f"{months.short(int(parts[1]))} {int(parts[0]):04d}"
    except (ValueError, IndexError):
        return ""
    return value[:4]


def day(value: str) -> date | None:
    """The day of a FHIR date that has one."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def number(value: Any) -> float | None:
    """A JSON number that can be drawn."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def figure(value: Any) -> float | None:
    """The number of a Quantity."""
    return number(value.get("value")) if isinstance(value, Mapping) else None


def part(value: Any, name: str) -> Any:
    """A member of an object, None when there is no object."""
    return value.get(name) if isinstance(value, Mapping) else None


def amount(value: Any) -> str:
    """A Quantity in words: `134 mmHg`, `<5 mg/L`."""
    if not isinstance(value, Mapping):
        return ""
    figure = value.get("value")
    if number(figure) is None:
        return ""
    unit = text(value.get("unit")) or text(value.get("code"))
    joined = f"{text(value.get('comparator'))}{figure}"
    return f"{joined} {unit}" if unit else joined


def in_words(cell: str) -> str:
    """Codes as people write them, anything else as it is.

    >>> in_words("in-progress"), in_words("active, provisional"), in_words("Take 1 a day")
    ('In progress', 'Active, provisional', 'Take 1 a day')
    """
    if _CODES.fullmatch(cell) is None:
        return cell
    plain = cell.replace("-", " ")
    return plain[:1].upper() + plain[1:]


def person_name(value: Any) -> str:
    """The official HumanName, else the first one."""
    named = items(value)
    named.sort(key=lambda name: name.get("use") != "official")
    for name in named:
        if text(name.get("text")):
            return text(name["text"])
        given = name.get("given")
        words = [text(g) for g in given] if isinstance(given, list) else []
        full = " ".join(filter(None, (*words, text(name.get("family")))))
        if full:
            return full
    return ""


def reference(value: Any, known: Mapping[str, Resource], inside: Resource | None = None) -> str:
    """What a Reference points to, in words: its display, or the name of what came along."""
    for one in items(value):
        if text(one.get("display")):
            return text(one["display"])
        target = one.get("reference")
        if not isinstance(target, str):
            continue
        if target.startswith("#") and inside is not None:
            held = [c for c in items(inside.get("contained")) if c.get("id") == target[1:]]
            found: Resource | None = held[0] if held else None
        else:
            found = known.get("/".join(target.split("/_history/")[0].split("/")[-2:]))
        if found is not None and name_of(found):
            return name_of(found)
    return ""


def name_of(resource: Resource) -> str:
    """The name of a person, place or medicine."""
    name = resource.get("name")
    if isinstance(name, str):
        return text(name)
    return person_name(name) or concept(resource.get("code"))


def choice(resource: Resource, stem: str) -> Any:
    """The value of a choice element such as `value[x]`."""
    for name, value in resource.items():
        if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper():
            return value
    return None
