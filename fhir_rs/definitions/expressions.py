"""An expression of a search parameter -> the paths of JSON that it looks at.

The expressions of R4 are a small part of FHIRPath: paths, unions, `as`, `where`, and one that asks
whether something is there. A path is written as JSON has it, choices written out:

- `component.code`: members, lists walked;
- `subject[Patient]`: a reference to that type only (`where(resolve() is Patient)`);
- `telecom[system=email]`: only what has that value;
- `deceasedDateTime?`: true where it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_rs.definitions.shapes import Shapes

_AS = re.compile(r"\(?([A-Za-z.]+)(?: as |\.as\()([A-Za-z]+)\)(.*)")
_EXISTS = re.compile(r"([A-Za-z.]+)\.exists\(\) and \1 != false")
_STEP = re.compile(r"([A-Za-z]+)(?:\.where\(([^()]*(?:\(\))?[^()]*)\))?(?:\.|$)")
_IS = re.compile(r"resolve\(\) is ([A-Za-z]+)")
_EQUALS = re.compile(r"([a-z]+)='([^']+)'")


def _choices(shapes: Shapes, shape: str, member: str) -> Iterator[str]:
    """The members of JSON that `member` is: itself, or each of its choices."""
    members = shapes[shape]
    if member in members:
        yield member
    else:
        choice = re.compile(rf"{member}[A-Z]")
        yield from (
            each
            for each, type_ in members.items()
            if choice.match(each)
            and each[len(member) :].lower() == type_.partition(":")[0].rstrip("*").lower()
        )


def _walked(shapes: Shapes, shape: str, path: str, read: set[str]) -> Iterator[str]:
    """Every path of JSON that `path` of HL7's is, below `shape`."""
    step = _STEP.match(path)
    if step is None:
        return
    asked, rest = step[2] or "", path[step.end() :]
    is_a, equals = _IS.search(asked), _EQUALS.search(asked)
    only = f"[{is_a[1]}]" if is_a else f"[{equals[1]}={equals[2]}]" if equals else ""
    for member in _choices(shapes, shape, step[1]):
        type_ = shapes[shape][member].partition(":")[0].rstrip("*")
        if rest:
            yield from (f"{member}{only}.{each}" for each in _walked(shapes, type_, rest, read))
        elif type_ in read:
            yield f"{member}{only}"


def paths(shapes: Shapes, type_: str, expression: str, read: set[str]) -> list[str]:
    """The paths of an expression that begin at `type_`; none for what is not understood."""
    found: dict[str, None] = {}
    for part in map(str.strip, expression.split("|")):
        there = _EXISTS.fullmatch(part)
        cast = _AS.fullmatch(part)
        if there:
            part = there[1]
        elif cast:
            part = f"{cast[1]}{cast[2][0].upper()}{cast[2][1:]}{cast[3]}"
        head, dot, rest = part.partition(".")
        if dot and head != type_:
            continue
        made = _walked(shapes, type_, rest or part, {*read, "dateTime"} if there else read)
        found.update(dict.fromkeys(f"{each}?" if there else each for each in made))
    return list(found)
