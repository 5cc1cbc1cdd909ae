"""The keys this server signs with: the first of its algorithm signs, all verify."""

from datetime import datetime
from pathlib import Path
from typing import Any

from heart_uma.jose import Key, KeySet, Kind, decode_jwt, sign
from heart_uma.verified import Verified

ID_TOKEN_ALGORITHMS = ("RS256", "ES256")


class SigningKeys:
    """The signing keys and the algorithm in use."""

    def __init__(self, keys: KeySet, algorithm: str) -> None:
        fitting = [key for key in keys.keys if key.private and algorithm in key.algorithms]
        if not fitting:
            raise ValueError(f"AS_KEY_FILE holds no private {algorithm} key: run `heart-uma keys`")
        self._keys = keys
        self._verified = Verified()
        self.algorithm = algorithm
        # The first key of each algorithm, that of this server's own choice before the other.
        self._signers: dict[str, Key] = {algorithm: fitting[0]}
        for key in keys.keys:
            if key.private and key.algorithms[0] in ID_TOKEN_ALGORITHMS:
                self._signers.setdefault(key.algorithms[0], key)

    def public_jwks(self) -> dict[str, Any]:
        """Every key a verifier may need: next, active and retiring."""
        return self._keys.public_jwks()

    @property
    def id_token_algorithms(self) -> tuple[str, ...]:
        """What a client may register as `id_token_signed_response_alg`."""
        return tuple(self._signers)

    def sign(self, kind: Kind, claims: dict[str, Any], algorithm: str | None = None) -> str:
        """Sign with the key for `algorithm`, or with the one in use.

        That one stands in where there is no such key: an earlier version let clients register an
        algorithm without one, and a key file may have lost it since.
        """
        signer = self._signers.get(algorithm or self.algorithm, self._signers[self.algorithm])
        return sign(kind, claims, signer)

    def verify(
        self, kind: Kind, token: str, *, issuer: str, audience: str | None, now: datetime
    ) -> dict[str, Any]:
        """The claims of a token this server signed; raises `JoseError` for any other."""
        return decode_jwt(
            kind,
            token,
            self._keys,
            issuer=issuer,
            audience=audience,
            now=now,
            verified=self._verified,
        )


def load(path: Path | None, algorithm: str) -> SigningKeys:
    """Read the key file; refuse to start without one or with one that others can read."""
    if path is None or not path.is_file():
        raise ValueError("AS_KEY_FILE names no file: run `heart-uma keys` to make one")
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{path} can be read by others: chmod 600 it")
    return SigningKeys(KeySet.load(path), algorithm)


def rotate(path: Path, algorithm: str) -> KeySet:
    """Put a new key first and keep the old ones for verifying; an id is never used again."""
    older = KeySet.load(path).keys if path.is_file() else ()
    fresh = KeySet.generate(algorithm)
    keys = KeySet((*fresh.keys, *older))
    keys.save(path)
    return keys
