"""PURE: FHIR datatypes as words: concepts, dates, amounts, people, references (FHIR R4 2.24)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heart_reading import status_codes
from heart_ui.words import gettext as _

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


def part(value: Any, name: str) -> Any:
    """A member of an object, None when there is no object."""
    return value.get(name) if isinstance(value, Mapping) else None


def in_words(cell: str) -> str:
    """Codes as people write them, anything else as it is.

    >>> in_words("in-progress"), in_words("active, provisional"), in_words("Take 1 a day")
    ('In progress', 'Active, provisional', 'Take 1 a day')
    """
    if _CODES.fullmatch(cell) is None:
        return cell
    known = [status_codes.WORDS.get(code, code.replace("-", " ")) for code in cell.split(", ")]
    plain = ", ".join(map(_, known))
    return plain[:1].upper() + plain[1:]


def choice(resource: Resource, stem: str) -> Any:
    """The value of a choice element such as `value[x]`."""
    for name, value in resource.items():
        if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper():
            return value
    return None
