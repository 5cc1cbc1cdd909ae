"""What does not hold, where, in plain words."""

from __future__ import annotations

from typing import NamedTuple

from fhir_rs.models.audit import INSTALLATION

CHECKPOINTS, FORMER = "checkpoints", "former chain"


class Finding(NamedTuple):
    """`chain` is a record, INSTALLATION, CHECKPOINTS or FORMER; `number` is the first in it that
    does not hold."""

    chain: str
    number: int
    words: str

    def __str__(self) -> str:
        own = self.chain in (INSTALLATION, CHECKPOINTS, FORMER)
        return f"{self.chain if own else f'record {self.chain}'}: {self.words}"


def numbered(first: int, last: int) -> str:
    """`entry 4 is`, `entries 4 to 6 are`."""
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"
