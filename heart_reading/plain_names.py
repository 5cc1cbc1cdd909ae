"""PURE: names of terminologies as people read them: no tags, no bare codes (SNOMED CT, LOINC)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from heart_reading.words import Resource, in_words, items, text

# The semantic tag at the end of a fully specified name of SNOMED CT.
_TAG = re.compile(
    r"\s*\((?:procedure|disorder|finding|situation|event|substance|product|medicinal product|"
    r"clinical drug|qualifier value|observable entity|regime/therapy|body structure|specimen|"
    r"physical object|occupation|person|morphologic abnormality|environment|context-dependent "
    r"category|record artifact|social concept|attribute|foundation metadata concept)\)"
)
# What a name of LOINC says of how something was measured, in brackets.
_PROPERTY = re.compile(
    r"\s*\[(?:[#A-Za-z]+(?: or [#A-Za-z]+)?/[^\]]+|Presence|Score|Reported[^\]]*|Percentile|"
    r"Susceptibility|Identifier|Interpretation|Type|Volume|Length|Mass|Temperature)\]"
)
_ONE_WORD = re.compile(r"\S+")
DEEPEST = 30
"""Objects within objects that are looked into."""


def plain(words: str) -> str:
    """A name without what only terminologies need.

    >>> plain("Viral sinusitis (disorder)"), plain("dietary"), plain("Weight (kg)")
    ('Viral sinusitis', 'Dietary', 'Weight (kg)')
    >>> plain("Hemoglobin [Mass/volume] in Blood"), plain("Assessment [ADHD]")
    ('Hemoglobin in Blood', 'Assessment [ADHD]')
    """
    return in_words(_PROPERTY.sub("", _TAG.sub("", words)))


def begun(name: str) -> str:
    """A name as it stands at the head of a page.

    >>> begun("latex allergy"), begun("pH of blood"), begun("")
    ('Latex allergy', 'pH of blood', '')
    """
    first = name.partition(" ")[0]
    return name[:1].upper() + name[1:] if first.isalpha() and first.islower() else name


def is_bare_code(words: str, resource: Resource) -> bool:
    """True where `words` is a code of the resource that has no name anywhere in it."""
    if not _ONE_WORD.fullmatch(words):
        return False
    named = [has_name for code, has_name in _codes(resource, DEEPEST) if code == words]
    return bool(named) and not any(named)


def _codes(value: Any, left: int) -> Iterator[tuple[str, bool]]:
    """Each code with whether it has a name; what the concept around it is called counts too."""
    if isinstance(value, list):
        for each in value:
            yield from _codes(each, left)
    elif isinstance(value, dict) and left:
        called = text(value.get("text"))
        for coding in items(value.get("coding")):
            if "code" in coding:
                yield text(coding["code"]), bool(called or text(coding.get("display")))
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from _codes(inner, left - 1)
