"""A scenario: what is told about it, and the play itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo.scenarios.actors import Actors


@dataclass(frozen=True, slots=True)
class Scenario:
    """`play` drives real services; `fails` says that what is shown is a refusal."""

    key: str
    title: str
    minutes: int
    people: str
    learn: str
    sections: str
    notes: tuple[str, ...]
    """What a speaker says, in order."""
    play: Callable[[Actors], None]
    fails: bool = False
