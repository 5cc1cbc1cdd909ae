"""The shapes of R4: what each member of each resource, data type and backbone holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fhir_rs.definitions.structures import FHIR, Element, elements, value_of, written_out

_HL7 = "http://hl7.org/fhir/StructureDefinition/"
_PRIMITIVE = "http://hl7.org/fhirpath/"
_BACKBONES = frozenset({"BackboneElement", "Element"})
Shapes = dict[str, dict[str, str]]


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
