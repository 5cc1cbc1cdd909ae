"""Many paths as one tree, so that a resource is walked once, however many look at it.

The walk follows what the resource has, not what it could have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fhir_rs.enforcement.paths import Step, steps_of


class Looks(NamedTuple):
    """Who looks along a path: the name of a search parameter, and how it compares."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """One step: who looks at what is there, and the steps behind it by member."""

    step: Step
    ends: list[Looks] = field(default_factory=list)
    beyond: dict[str, list[Branch]] = field(default_factory=dict)


Tree = dict[str, list[Branch]]


def planted(paths: Iterable[tuple[str, Looks]]) -> Tree:
    """The tree of these paths, each with who looks along it."""
    root: Tree = {}
    for path, looks in paths:
        tree = root
        branch: Branch | None = None
        for step in steps_of(path):
            branches = tree.setdefault(step.member, [])
            branch = next((each for each in branches if each.step == step), None)
            if branch is None:
                branch = Branch(step)
                branches.append(branch)
            tree = branch.beyond
        if branch is not None:
            branch.ends.append(looks)
    return root


def walked(value: Mapping[str, Any], tree: Tree) -> list[tuple[Looks, Any]]:
    """What stands at the paths of `tree` in `value`, lists walked, each with who looks at it."""
    found: list[tuple[Looks, Any]] = []
    _walk(value, tree, found)
    return found


def _walk(value: Mapping[str, Any], tree: Tree, found: list[tuple[Looks, Any]]) -> None:
    for name, inner in value.items():
        for branch in tree.get(name, ()):
            for item in inner if isinstance(inner, list) else (inner,):
                if item is not None and branch.step.takes(item):
                    found += [(looks, item) for looks in branch.ends]
                    if branch.beyond and isinstance(item, dict):
                        _walk(item, branch.beyond, found)
