"""What a page of the wire view shows: the messages around one step, and the way to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from markupsafe import Markup

from demo.wire.arrows import Arrow
from demo.wire.drawing import drawn
from demo.wire.inspected import Inspected, inspected

BEFORE, AFTER = 13, 4
"""Messages drawn before and after the current one: a thousand make no longer page than twenty."""


@dataclass(frozen=True)
class Scene:
    """`step` counts from 1; `kept` are the members of the address that every link keeps.

    `newest`: no step was asked for, so it is the last one, whichever that is.
    """

    arrows: Sequence[Arrow]
    step: int
    path: str
    kept: dict[str, str] = field(default_factory=dict)
    newest: bool = False

    @classmethod
    def at(cls, arrows: Sequence[Arrow], asked: str, path: str, kept: dict[str, str]) -> Scene:
        """At the step that the address asks for; at the last without one."""
        named = asked.isascii() and asked.isdecimal()
        step = min(int(asked[:9]), len(arrows)) if named else len(arrows)
        return cls(arrows, max(1, step), path, kept, not named)

    @property
    def count(self) -> int:
        return len(self.arrows)

    @property
    def first(self) -> int:
        """The number of the first message in view."""
        return max(1, min(self.step - BEFORE, self.count - BEFORE - AFTER))

    @property
    def shown(self) -> Sequence[Arrow]:
        return self.arrows[self.first - 1 : self.first + BEFORE + AFTER]

    @property
    def inspected(self) -> Inspected:
        return inspected(self.arrows[self.step - 1])

    def address(self, step: int | None = None, **more: str) -> str:
        """Of this page at a step; None: of the page as it is without one."""
        at = {} if step is None else {"step": str(step)}
        query = urlencode(self.kept | at | more)
        return f"{self.path}?{query}" if query else self.path

    @property
    def query(self) -> str:
        """What every link keeps, as it stands in an address; empty without anything."""
        return f"?{urlencode(self.kept)}" if self.kept else ""

    @property
    def drawing(self) -> Markup:
        return drawn(self.shown, self.step, self.address)

    def turned(self, name: str) -> str:
        """The address of the same step with one of its switches turned over."""
        kept = {key: one for key, one in self.kept.items() if key != name}
        other = kept if name in self.kept else kept | {name: "1"}
        turned = Scene(self.arrows, self.step, self.path, other)
        return turned.address(None if self.newest else self.step)
