"""`heart-uma import`: read FHIR into a resource server's database, with progress and claim codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Imported:
    """One patient's record at one source: its id, and the code that proves whose it is."""

    record: str
    code: str
