"""What a person told this server at its own page, for one authorization process (Grant 3.3.3)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class GatheredClaims:
    """`party` signed in at `at`, and said `purpose` and `reason` of herself; with `remember` she
    wants to be asked less the next time.

    They hang on one ticket and on those that follow it in its process, and on nothing else.
    """

    party: str
    at: int
    purpose: str | None = None
    reason: str | None = None
    remember: bool = False


def to_text(claims: GatheredClaims | None) -> str | None:
    """As it is stored with a ticket."""
    return None if claims is None else json.dumps(asdict(claims))


def from_text(stored: str | None) -> GatheredClaims | None:
    """What is stored with a ticket; None where nothing was gathered."""
    return None if stored is None else GatheredClaims(**json.loads(stored))
