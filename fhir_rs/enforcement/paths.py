"""The paths of HL7's search parameters, as they are written in `data/r4/search_parameters.json`.

What the notation means is said where it is made (`fhir_rs/definitions/expressions.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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


def values_at(value: Any, path: str) -> Iterator[Any]:
    """The values at a path, lists walked."""
    return _values(value, steps_of(path), 0)


def _values(value: Any, steps: tuple[Step, ...], at: int) -> Iterator[Any]:
    step = steps[at]
    found = value.get(step.member) if isinstance(value, dict) else None
    for item in found if isinstance(found, list) else (found,):
        if item is not None and step.takes(item):
            if at + 1 < len(steps):
                yield from _values(item, steps, at + 1)
            else:
                yield item


def is_there(value: Any, paths: tuple[str, ...]) -> bool | None:
    """Whether anything stands at one of `paths` and is not false; None if they do not ask that."""
    asking = [path for path in paths if path.endswith("?")]
    if not asking:
        return None
    return any(each is not False for path in asking for each in values_at(value, path))
