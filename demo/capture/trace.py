"""Which call belongs to which: the `traceparent` header (W3C Trace Context 3.2)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "traceparent"
_FORM = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """One exchange within a trace."""

    trace: str
    span: str

    def below(self) -> Place:
        """The place of a call that is made here."""
        return Place(self.trace, secrets.token_hex(8))

    @property
    def header(self) -> str:
        return f"00-{self.trace}-{self.span}-01"


_here: ContextVar[Place | None] = ContextVar("place_in_a_trace", default=None)


def fresh() -> Place:
    return Place(secrets.token_hex(16), secrets.token_hex(8))


def read(header: str) -> Place | None:
    found = _FORM.fullmatch(header.strip())
    return Place(found[1], found[2]) if found else None


def here() -> Place | None:
    """Where this thread is; None outside every exchange, as in a thread of a pool."""
    return _here.get()


@contextmanager
def at(place: Place) -> Iterator[None]:
    """What is sent inside belongs to `place`."""
    before = _here.set(place)
    try:
        yield
    finally:
        _here.reset(before)
