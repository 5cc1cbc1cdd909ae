"""HL7's StructureDefinitions: the types of R4, their elements, its profiles."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

FHIR = "{http://hl7.org/fhir}"
_PROFILES = "org/hl7/fhir/r4/model/profile/profiles-{}.xml"
Element = ElementTree.Element


def value_of(element: Element, name: str) -> str:
    """The value of the first `name` in `element`, "" where there is none."""
    found = element.find(f"{FHIR}{name}")
    return "" if found is None else str(found.get("value"))


def _published(package: ZipFile, file: str) -> Iterator[Element]:
    root = ElementTree.fromstring(package.read(_PROFILES.format(file)))  # noqa: S314
    return root.iter(f"{FHIR}StructureDefinition")


def definitions(package: ZipFile) -> Iterator[Element]:
    """The definitions of all types; a profile constrains a type, and is none."""
    for file in ("types", "resources"):
        for found in _published(package, file):
            kind, derivation = value_of(found, "kind"), value_of(found, "derivation")
            if kind in ("complex-type", "resource") and derivation != "constraint":
                yield found


def profiles(package: ZipFile) -> dict[str, list[str]]:
    """Resource type -> the profiles of R4 itself that constrain it, by their addresses."""
    found: dict[str, list[str]] = {}
    for profile in _published(package, "others"):
        if value_of(profile, "kind") == "resource":
            found.setdefault(value_of(profile, "type"), []).append(value_of(profile, "url"))
    return {type_: sorted(urls) for type_, urls in found.items()}


def elements(definition: Element) -> Iterator[tuple[str, str, Element]]:
    """(shape, member as HL7 writes it, element) for each element of a type but its root."""
    for element in definition.iterfind(f"{FHIR}snapshot/{FHIR}element"):
        shape, _, member = value_of(element, "path").rpartition(".")
        if shape:
            yield shape, member, element


def written_out(member: str, element: Element) -> Iterator[tuple[str, Element]]:
    """The members of JSON that an element is, each with its type: `value[x]` is many."""
    for type_ in element.findall(f"{FHIR}type"):
        code = value_of(type_, "code")
        yield f"{member[:-3]}{code[0].upper()}{code[1:]}" if "[x]" in member else member, type_
