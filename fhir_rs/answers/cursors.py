"""Paging cursors: sealed, and good only for whoever got them (R4 http, paging).

Sealed and not only signed: row numbers of two pages would count what is hidden between them.
"""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, urlsafe_b64encode
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fhir_rs.errors import Invalid
from heart_uma.sealing import open_sealed

_KEYS = 130
"""More characters than the keys of any row take: an id and two moments."""
_NONCE = 12
_DOTS = 4
"""In a compact JWE (RFC 7516 3.1): what a cursor was until November 2026. Whoever turned pages
while the server was upgraded goes on with one; to be removed with the next release.
"""
_AFTER_ALL = 2**62
"""Until November 2026 rows with equal keys always went from the first number to the last. Whoever
goes on with a cursor of then sees some of them again, and misses none."""


class Cursors:
    """Seals and opens the cursors of this server by AES-GCM; `secret` is the server's own."""

    def __init__(self, secret: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"paging cursor").derive(secret.encode())
        self._cipher = AESGCM(derived)
        self._older_secret = f"paging cursor {secret}"

    def seal(self, after: tuple[list[Any], int], bound_to: str) -> str:
        """A cursor behind a row, of which `after` has the sort keys (text or whole numbers) and
        the number, bound to a party and a question.
        """
        keys, row = after
        content: dict[str, Any] = {
            "for": _bound(bound_to), "keys": keys, "row": f"{row:020d}", "ties": True,
        }  # fmt: skip
        # All of one length, whatever the row and the keys.
        content["fill"] = " " * max(0, _KEYS - len(json.dumps(keys)))
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, json.dumps(content).encode(), None)
        return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, cursor: str, bound_to: str, *, backwards: bool = False) -> tuple[list[Any], int]:
        """What `seal` sealed; raise Invalid for anything else, one text for every reason.

        `backwards`: rows with equal keys go from the last number to the first.
        """
        try:
            content = self.content(cursor)
            if content["for"] != _bound(bound_to):
                raise ValueError
            row = int(content["row"])
            if backwards and not content.get("ties"):
                row = _AFTER_ALL
            return list(content["keys"]), row
        except (InvalidTag, ValueError, KeyError, TypeError) as error:
            raise Invalid("That page is not available; start the search again.") from error

    def content(self, cursor: str) -> dict[str, Any]:
        """What is in a cursor, whoever it is for; raise InvalidTag or ValueError for any text
        that this server did not seal.
        """
        if cursor.count(".") == _DOTS:
            return open_sealed(self._older_secret, cursor)
        sealed = b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        content: dict[str, Any] = json.loads(
            self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        )
        return content


def _bound(to: str) -> str:
    return hashlib.sha256(to.encode()).hexdigest()
