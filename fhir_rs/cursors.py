"""Paging cursors: sealed, and good only for whoever got them (FH-64, FH-66, FH-68).

Sealed and not only signed: row numbers of two pages would count what is hidden between them.
"""

from __future__ import annotations

import hashlib
from typing import Any

from fhir_rs.context import current_rs
from fhir_rs.errors import Invalid
from heart_uma.sealing import SealError, open_sealed, seal


def _secret() -> str:
    return f"paging cursor {current_rs.settings.secret.get_secret_value()}"


def _bound(to: str) -> str:
    return hashlib.sha256(to.encode()).hexdigest()


def seal_cursor(after: tuple[Any, int], bound_to: str) -> str:
    """A cursor behind `after`, bound to a party and a question."""
    key, row = after
    content = {"for": _bound(bound_to), "key": key, "row": f"{row:020d}"}
    # All of one length, whatever the row and the key.
    content["fill"] = " " * max(0, 70 - len(str(key)))
    return seal(_secret(), content)


def open_cursor(cursor: str, bound_to: str) -> tuple[Any, int]:
    """What `seal_cursor` sealed; raise Invalid for anything else, one text for every reason."""
    try:
        content = open_sealed(_secret(), cursor)
        if content["for"] != _bound(bound_to):
            raise ValueError
        return content["key"], int(content["row"])
    except (SealError, ValueError, KeyError) as error:
        raise Invalid("That page is not available; start the search again.") from error
