"""Checking passwords with argon2id, a few at a time."""

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from as_server.settings import AsSettings

MAX_LENGTH = 128


class Passwords:
    """Hashes and checks; never more than `argon2_concurrency` at once, so memory stays bounded."""

    def __init__(self, settings: AsSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time_cost,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_parallelism,
            type=Type.ID,
        )
        self._slots = threading.BoundedSemaphore(settings.argon2_concurrency)
        # Unknown logins are checked against this, so that they take as long as known ones.
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        normal = _normal(password)
        if normal is None:
            raise ValueError(f"a password has 1 to {MAX_LENGTH} characters")
        with self._slots:
            return self._hasher.hash(normal)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; the same work for an account that does not exist."""
        normal = _normal(password)
        if normal is None:
            return False
        with self._slots:
            try:
                fits = self._hasher.verify(stored or self._nobody, normal)
            except (VerificationError, InvalidHashError):
                return False
        return fits and stored is not None

    def is_outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)


def _normal(password: str) -> str | None:
    """NFKC, so that one password typed on two keyboards is one; None if it cannot be one."""
    if not 0 < len(password) <= MAX_LENGTH or "\x00" in password:
        return None
    try:
        normal = unicodedata.normalize("NFKC", password)
        normal.encode()
    except UnicodeEncodeError:
        return None
    return normal
