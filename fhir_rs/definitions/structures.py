"""HL7's StructureDefinitions -> the shapes of R4: what each member of each of them holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

FHIR = "{http://hl7.org/fhir}"
_PROFILES = "org/hl7/fhir/r4/model/profile/profiles-{}.xml"
_HL7 = "http://hl7.org/fhir/StructureDefinition/"
_PRIMITIVE = "http://hl7.org/fhirpath/"
_BACKBONES = frozenset({"BackboneElement", "Element"})
Element = ElementTree.Element
Shapes = dict[str, dict[str, str]]


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


def _type(path: str, type_: Element) -> str:
    """The code of one type; a backbone is named by its own path, a reference with its targets."""
    code = value_of(type_, "code")
    if code.startswith(_PRIMITIVE):
        return "id" if path.endswith(".id") else "string"
    if code in _BACKBONES:
        return path
    if code == "Reference":
        urls = [str(each.get("value")) for each in type_.findall(f"{FHIR}targetProfile")]
        targets = sorted(url.removeprefix(_HL7) for url in urls if url != f"{_HL7}Resource")
        return f"Reference:{','.join(targets)}" if targets else "Reference"
    return code


def _members(definition: Element) -> Iterator[tuple[str, str, str]]:
    """(shape, member, type) for each member of JSON, choices written out (`valueString`)."""
    for shape, member, element in elements(definition):
        many = "" if value_of(element, "max") == "1" else "*"
        same_as = value_of(element, "contentReference")
        if same_as:
            yield shape, member, f"{same_as.rpartition('#')[2]}{many}"
        for name, type_ in written_out(member, element):
            kind, colon, targets = _type(f"{shape}.{member}", type_).partition(":")
            yield shape, name, f"{kind}{many}{colon}{targets}"


def shapes(defined: Iterable[Element]) -> Shapes:
    """Every shape of R4 (resource, data type, backbone): member -> type.

    A type is a code, the name of another shape, or `Reference:Target,Target`; `*` says that the
    member is a list.
    """
    found: Shapes = {}
    for definition in defined:
        for shape, member, type_ in _members(definition):
            found.setdefault(shape, {})[member] = type_
    return {name: dict(sorted(members.items())) for name, members in sorted(found.items())}
