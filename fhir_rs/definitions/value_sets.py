"""HL7's value sets -> the codes that required bindings allow (R4 terminologies 4.1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

from fhir_rs.definitions.structures import FHIR, Element, elements, value_of, written_out

_FILES = "org/hl7/fhir/r4/model/valueset/{}.xml"
Resources = dict[str, Element]


def _published(package: ZipFile) -> Resources:
    """Every value set and code system, by its address."""
    found = {}
    for name in ("valuesets", "v3-codesystems"):
        root = ElementTree.fromstring(package.read(_FILES.format(name)))  # noqa: S314
        for kind in ("ValueSet", "CodeSystem"):
            found.update({value_of(each, "url"): each for each in root.iter(f"{FHIR}{kind}")})
    return found


def _concepts(of: Element) -> Iterator[str]:
    for concept in of.findall(f"{FHIR}concept"):
        yield value_of(concept, "code")
        yield from _concepts(concept)


def _codes(published: Resources, address: str) -> set[str] | None:
    """The codes of a value set, None where HL7 does not list them all (MIME types, units)."""
    value_set = published.get(address.partition("|")[0])
    if value_set is None or value_set.find(f"{FHIR}compose/{FHIR}exclude") is not None:
        return None
    found: set[str] = set()
    for include in value_set.iterfind(f"{FHIR}compose/{FHIR}include"):
        part = _included(published, include)
        if part is None:
            return None
        found |= part
    return found or None


def _included(published: Resources, include: Element) -> set[str] | None:
    if include.find(f"{FHIR}filter") is not None:
        return None
    listed = set(_concepts(include))
    if listed:
        return listed
    others = [str(each.get("value")) for each in include.findall(f"{FHIR}valueSet")]
    if len(others) == 1:
        return _codes(published, others[0])
    system = published.get(value_of(include, "system"))
    if others or system is None or value_of(system, "content") != "complete":
        return None
    return set(_concepts(system))


def required_codes(package: ZipFile, defined: Iterable[Element]) -> dict[str, dict[str, str]]:
    """Shape -> member of type code -> the codes that it may have, a blank between them."""
    published = _published(package)
    found: dict[str, dict[str, str]] = {}
    for definition in defined:
        for shape, member, element in elements(definition):
            binding = element.find(f"{FHIR}binding")
            if binding is None or value_of(binding, "strength") != "required":
                continue
            codes = _codes(published, value_of(binding, "valueSet"))
            for name, type_ in written_out(member, element):
                if codes and value_of(type_, "code") == "code":
                    found.setdefault(shape, {})[name] = " ".join(sorted(codes))
    return found
