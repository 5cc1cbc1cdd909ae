"""Paging cursors: sealed, and good only for whoever got them (R4 http, paging).

Sealed and not only signed: row numbers of two pages would count what is hidden between them.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from fhir_rs.errors import Invalid
from heart_uma.sealing import SealError, open_sealed, seal

_KEYS = 130
"""More characters than the keys of any row take: an id and two moments."""


class Cursors:
    """Seals and opens the cursors of this server; `secret` is its own."""

    def __init__(self, secret: str) -> None:
        self._secret = f"paging cursor {secret}"

    def seal(self, after: tuple[list[Any], int], bound_to: str) -> str:
        """A cursor behind a row, of which `after` has the sort keys (text or whole numbers) and
        the number, bound to a party and a question.
        """
        keys, row = after
        content: dict[str, Any] = {"for": _bound(bound_to), "keys": keys, "row": f"{row:020d}"}
        # All of one length, whatever the row and the keys.
        content["fill"] = " " * max(0, _KEYS - len(json.dumps(keys)))
        return seal(self._secret, content)

    def open(self, cursor: str, bound_to: str) -> tuple[list[Any], int]:
        """What `seal` sealed; raise Invalid for anything else, one text for every reason."""
        try:
            content = open_sealed(self._secret, cursor)
            if content["for"] != _bound(bound_to):
                raise ValueError
            return list(content["keys"]), int(content["row"])
        except (SealError, ValueError, KeyError, TypeError) as error:
            raise Invalid("That page is not available; start the search again.") from error


def _bound(to: str) -> str:
    return hashlib.sha256(to.encode()).hexdigest()
