"""What each member of a shape must be, as HL7's own tables of R4 have it (data/r4/)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from fhir_rs.enforcement.tables import required_codes, shapes

RESOURCE, REFERENCE = "Resource", "Reference"
_NUMBER = (int, float)
_JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "decimal": _NUMBER,
    "integer": (int,),
    "positiveInt": (int,),
    "unsignedInt": (int,),
}


class Expected(NamedTuple):
    """One member: JSON type, shape of its own, codes, targets of a reference, list, narrative."""

    json: tuple[type, ...]
    shape: str | None = None
    codes: frozenset[str] | None = None
    targets: frozenset[str] | None = None
    repeats: bool = False
    xhtml: bool = False


_EXTENDED = Expected((dict,))
"""`_birthDate`: id and extensions of a primitive value, which the library checks."""


@lru_cache(maxsize=1024)
def expected_of(shape: str) -> Mapping[str, Expected]:
    """The members of `shape`; empty for a shape that R4 does not know."""
    found: dict[str, Expected] = {}
    for member, written in shapes().get(shape, {}).items():
        expected = found[member] = _expected(shape, member, written)
        if expected.shape is None:
            found[f"_{member}"] = _EXTENDED
    return found


def _expected(shape: str, member: str, written: str) -> Expected:
    typed, _, listed = written.partition(":")
    code = typed.rstrip("*")
    repeats = typed != code
    if code in shapes() or code == RESOURCE:
        return Expected(
            (dict,),
            code,
            targets=frozenset(listed.split(",")) if listed else None,
            repeats=repeats,
        )
    codes = required_codes().get(shape, {}).get(member)
    return Expected(
        _JSON_TYPES.get(code, (str,)),
        codes=frozenset(codes.split()) if codes else None,
        repeats=repeats,
        xhtml=code == "xhtml",
    )
