"""The paths of HL7's search parameters, as they are written in `data/r4/search_parameters.json`.

What the notation means is said where it is made (`fhir_rs/definitions/expressions.py`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from fhir_rs.enforcement.references import key_of_literal, type_of

_STEP = re.compile(r"(\w+)(?:\[(\w+)(?:=([\w-]+))?\])?")


class Step(NamedTuple):
    """One member on the way: only references to `type`, or only what has `equals` as it says."""

    member: str
    type: str = ""
    equals: tuple[str, str] | None = None

    def takes(self, value: Any) -> bool:
        """True for a value of the member that the path goes on with."""
        if self.equals is not None:
            name, wanted = self.equals
            return isinstance(value, dict) and value.get(name) == wanted
        return not self.type or _may_be(value, self.type)


def _may_be(value: Any, type_: str) -> bool:
    """True for a reference to a resource of `type_`, or to one whose type it does not say."""
    if not isinstance(value, dict):
        return False
    written = value.get("reference")
    found = type_of(key_of_literal(written)) if isinstance(written, str) else ""
    return (found or value.get("type") or type_) == type_


@cache
def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path.

    >>> [step.member for step in steps_of("telecom[system=email]")]
    ['telecom']
    """
    found = []
    for match in _STEP.finditer(path):
        member, name, wanted = match.groups()
        found.append(Step(member, "" if wanted else name or "", (name, wanted) if wanted else None))
    return tuple(found)


def asks(path: str) -> bool:
    """True for a path that asks whether something is there, and not what it is."""
    return path.endswith("?")
