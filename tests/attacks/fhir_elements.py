"""Every place of R4 where text, a file or a reference may stand, from HL7's own table alone.

Nothing here asks the server what it reads: a place that its walk forgets is found by its tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

Table = dict[str, dict[str, str]]

NAMES = {
    "HumanName", "Address", "ContactPoint", "Identifier",
    "Quantity", "Age", "Count", "Distance", "Duration", "Money",
}  # fmt: skip
"""Names, addresses and identifiers must not label their bearer; a unit says what a number is."""
NO_TEXT = {
    ("Attachment", "hash"), ("Signature", "data"), ("SampledData", "data"), ("Meta", "security"),
    ("Reference", "reference"), ("Extension", "url"),
}  # fmt: skip
"""A digest, a signature, samples, labels (which are read as labels), addresses of the web."""
FREE_TEXT = {"string", "markdown", "xhtml", "base64Binary"}
NOT_FREE = {"code", "id", "uri", "url", "canonical", "oid", "uuid"}


class Place(NamedTuple):
    """One element: the type it is in, the members that lead to it, its own type in the table."""

    root: str
    path: tuple[str, ...]
    type: str
    targets: tuple[str, ...]
    left_out: bool

    def __str__(self) -> str:
        return ".".join((self.root, *self.path))

    def holding(self, value: Any) -> dict[str, Any]:
        """An otherwise empty resource with `value` in this place."""
        found = value
        for shape, member in reversed(self._steps()):
            found = {member: [found] if table()[shape][member].partition(":")[0][-1] == "*"
                     else found}  # fmt: skip
        return {"resourceType": self.root, **found}

    def _steps(self) -> list[tuple[str, str]]:
        steps, shape = [], self.root
        for member in self.path:
            steps.append((shape, member))
            shape = code_of(table()[shape][member])
        return steps


@cache
def table() -> Table:
    text = (files("fhir_rs") / "data" / "r4" / "elements.json").read_text(encoding="utf-8")
    found: Table = json.loads(text)
    return found


def code_of(written: str) -> str:
    return written.partition(":")[0].rstrip("*")


def resource_types() -> list[str]:
    """Every type with an id and a meta of its own, the abstract ones apart."""
    abstract = {"Resource", "DomainResource"}
    return sorted(
        name for name, members in table().items()
        if members.get("meta") == "Meta" and "implicitRules" in members and name not in abstract
    )  # fmt: skip


def places(root: str, wanted: Callable[[str], bool], again: int = 2) -> Iterator[Place]:
    """The places below `root` whose type is wanted; a shape comes back `again` times on one path.

    Extensions and contained resources are not entered: they have tests of their own.
    """
    return _places(root, root, (), wanted, again, [root], False)


def _places(
    root: str, shape: str, path: tuple[str, ...], wanted: Callable[[str], bool], again: int,
    above: list[str], out: bool,
) -> Iterator[Place]:  # fmt: skip
    for member, written in table()[shape].items():
        code, _, listed = written.partition(":")
        code = code.rstrip("*")
        here, left = (*path, member), out or (shape, member) in NO_TEXT
        if wanted(code):
            yield Place(root, here, code, tuple(filter(None, listed.split(","))), left)
        entered = code in table() and code not in ("Extension", "Resource")
        if entered and above.count(code) < again:
            below = left or code in NAMES
            yield from _places(root, code, here, wanted, again, [*above, code], below)


def shapes() -> Iterator[Place]:
    """One place for every shape of the table that a resource can hold."""
    seen: set[str] = set()
    for root in resource_types():
        for place in places(root, lambda code: code in table(), again=1):
            if place.type not in seen and not place.left_out and place.type != "Resource":
                seen.add(place.type)
                yield place
