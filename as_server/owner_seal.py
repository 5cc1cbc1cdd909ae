"""Whose a ticket or a token is, sealed into its value: which owner's rows it is looked up in.

A value is 32 random bytes and, beside them, its owner, encrypted under a routing key. Only who has
the key can tell whose a value is, and two values of one owner have nothing in common. The seal
proves nothing else: what a value is worth is in the row under its SHA-256, and nowhere else.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RANDOM, KEY_ID, NONCE, OWNER, TAG = 32, 4, 12, 24, 16
"""Bytes of the parts of a value, in their order; the owner and its tag are one ciphertext."""
LENGTH: Final = 4 * -(-(RANDOM + KEY_ID + NONCE + OWNER + TAG) // 3) - 2
"""Characters of a value, whoever its owner is: base64url without padding."""
NO_OWNER: Final = "?"
"""Whose a value is that was changed: no owner has such a key, so there is no such row."""


class OwnerSeals:
    """The seals under the routing key of one secret of the service."""

    def __init__(self, secret: bytes) -> None:
        made = HKDF(SHA256(), 32 + KEY_ID, salt=None, info=b"heart-uma owner seal").derive(secret)
        self._cipher, self._key_id = AESGCM(made[:32]), made[32:]
        self.key_id = self._key_id.hex()
        """Which key it is; it tells nothing of the key."""

    def new_value(self, owner: str) -> str:
        """A value that nobody can guess, and that says whose it is to who has the key."""
        plain = owner.encode()
        if len(plain) > OWNER:
            raise ValueError("the key of an owner is too long")
        random, nonce = secrets.token_bytes(RANDOM), secrets.token_bytes(NONCE)
        sealed = self._cipher.encrypt(nonce, plain.ljust(OWNER, b"\0"), random)
        value = random + self._key_id + nonce + sealed
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    def owner_of(self, presented: str) -> str | None:
        """Whose a value is, or a JWT by its `jti`; None for one that does not say so: a value of
        before, or of another secret. `NO_OWNER` for one that was changed."""
        value = jti_of(presented) if "." in presented else presented
        if len(value) != LENGTH:
            return None
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-LENGTH % 4))
        except ValueError:
            return NO_OWNER
        random, key_id, rest = raw[:RANDOM], raw[RANDOM:][:KEY_ID], raw[RANDOM + KEY_ID :]
        if key_id != self._key_id:
            return None
        try:
            return self._cipher.decrypt(rest[:NONCE], rest[NONCE:], random).rstrip(b"\0").decode()
        except (InvalidTag, ValueError):
            return NO_OWNER


def jti_of(token: str) -> str:
    """The `jti` that a JWT says it has, of which nothing is verified; "" where there is none."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        found = claims["jti"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""
