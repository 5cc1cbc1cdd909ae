"""HL7's mapping to the five Ws -> the members that say when a record happened (R4 fivews).

Where HL7 maps no date of a type, its search parameters over dates tell instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fhir_rs.definitions.structures import FHIR, Element, elements, value_of, written_out

# The most telling first: when it began, happened or is to happen, then when it was written down.
_ORDER = ("init", "done[x]", "planned", "context", "recorded")
_TYPES = frozenset({"date", "dateTime", "instant", "Period"})
# A birth or a death is no date of a record.
_UNDATED = frozenset({"Patient", "Person", "Practitioner"})
Ranked = tuple[str, str]


def _word(element: Element) -> str:
    for mapping in element.findall(f"{FHIR}mapping"):
        if value_of(mapping, "identity") == "w5":
            return value_of(mapping, "map").removeprefix("FiveWs.")
    return ""


def _dated(definition: Element) -> Iterator[Ranked]:
    """(word of the five Ws, member) for each member that holds a date (or "")."""
    for shape, member, element in elements(definition):
        for name, type_ in written_out(member, element) if "." not in shape else ():
            if value_of(type_, "code") in _TYPES:
                yield _word(element), name


def _in_order(found: Iterable[Ranked]) -> list[str]:
    ranked = list(found)
    words = {word for word, _ in ranked}
    # An end alone does not say when something began.
    order = [word for word in _ORDER if not (word == "done[x]" and "init" in words)]
    return [name for word in order for each, name in ranked if each == word]


def _searched(rows: Mapping[str, Any]) -> list[str]:
    paths = [path for row in rows.values() if row["type"] == "date" for path in row["paths"]]
    return [path for path in paths if "." not in path]


def dates(defined: Iterable[Element], searched: Mapping[str, Any]) -> dict[str, list[str]]:
    """Resource type -> its members that hold a date, in the order in which they count."""
    found = {}
    for definition in defined:
        type_ = value_of(definition, "type")
        if value_of(definition, "kind") == "resource" and type_ not in _UNDATED:
            found[type_] = _in_order(_dated(definition)) or _searched(searched.get(type_, {}))
    return {type_: names for type_, names in found.items() if names}
