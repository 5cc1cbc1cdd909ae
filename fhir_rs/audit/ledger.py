"""What whoever appends to a chain asks of its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from fhir_rs.audit.chain import End, Head, Row


class Found(NamedTuple):
    """The end of a chain, and the epoch of its record's owner (None: the record is not linked);
    both held until the transaction ends."""

    end: End
    epoch: int | None


class Ledger(Protocol):
    """The tables of the chains, inside one transaction."""

    def look(self, record: str) -> Found:
        """Where the chain of `record` ends now."""

    def begin(self, record: str, origin: Head) -> None:
        """Give a new chain its head; another process may have been faster."""

    def append(self, rows: Sequence[Row], agents: Mapping[bytes, str], head: Head) -> None:
        """Add `rows`, all of one record, with the agents that they name; `head` is its end now."""
