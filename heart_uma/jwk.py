"""Keys of signatures: read, checked, generated, published (RFC 7517, RFC 7638)."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError as _LibraryError
from joserfc.jwk import ECKey, RSAKey, import_key

from heart_uma.strict_json import StrictJsonError, loads

_KEY_ALGORITHMS = {"RSA": ("RS256", "RS384", "PS256"), "P-256": ("ES256",), "P-384": ("ES384",)}
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_MATERIAL = _PRIVATE_MEMBERS | {"kty", "crv", "x", "y", "n", "e"}
RSA_BITS = range(2048, 8193)
MAX_KEYS = 100
"""Keys that a set of another server may hold."""


class JoseError(ValueError):
    """A key or a token was refused; the text names the reason and never the token."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a set: `kid`, its algorithms (the first one signs), and the key itself."""

    kid: str
    algorithms: tuple[str, ...]
    material: RSAKey | ECKey

    @property
    def private(self) -> bool:
        """True when the private half is held."""
        return self.material.is_private

    def public_jwk(self) -> dict[str, Any]:
        """The public JWK with `kid`, `kty`, `use` and `alg` (RFC 7517 4).

        A key of somebody else that named no algorithm is good for all of its type, and stays so.
        """
        public = dict(self.material.as_dict(private=False))
        public.update(kid=self.kid, use="sig")
        if self.private or len(self.algorithms) == 1:
            public["alg"] = self.algorithms[0]
        return public


class _NotForUs(JoseError):
    """A key that is nothing to us: of another type, for another use, or out of our ranges."""


def _import(jwk: Mapping[str, Any]) -> Key:
    """The key in `jwk`; raise `_NotForUs` when it cannot check signatures here."""
    named = {name: jwk[name] for name in _MATERIAL & set(jwk)}
    try:
        # Only what makes the key: odd `key_ops` or certificates beside it spoil nothing.
        material = import_key(named)
        thumbprint = material.thumbprint()
    except (_LibraryError, ValueError, TypeError, KeyError) as error:
        raise _NotForUs("the key cannot be read") from error
    if isinstance(material, RSAKey):
        if material.raw_value.key_size not in RSA_BITS:
            raise _NotForUs("an RSA key needs 2048 to 8192 bits")
        allowed = _KEY_ALGORITHMS["RSA"]
    elif isinstance(material, ECKey) and jwk.get("crv") in _KEY_ALGORITHMS:
        allowed = _KEY_ALGORITHMS[str(jwk["crv"])]
    else:
        raise _NotForUs("only RSA keys and EC keys on P-256 or P-384 are accepted")
    pinned, kid = jwk.get("alg"), jwk.get("kid", thumbprint)
    if pinned is not None and pinned not in allowed:
        raise _NotForUs("the key's algorithm is not accepted")
    if not isinstance(kid, str) or not 0 < len(kid) <= 256:
        raise _NotForUs("kid must be a short string")
    return Key(kid, (pinned,) if pinned else allowed, material)


def _public(jwk: Any) -> Key:
    """One member of a set that somebody else publishes."""
    if not isinstance(jwk, Mapping):
        raise JoseError("a key must be an object")
    # Whatever its type: what is secret was shown to everybody, and the set with it is not trusted.
    if _PRIVATE_MEMBERS & set(jwk):
        raise JoseError("a private or symmetric key may not be published")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list):
        raise _NotForUs("the key is not for signatures")
    if "verify" not in operations:
        raise _NotForUs("the key is not for signatures")
    return _import(jwk)


def _shared(keys: Iterable[Key]) -> frozenset[tuple[str, str]]:
    """Each (kid, algorithm) that more than one key claims: neither can be picked by a header."""
    claims = Counter((key.kid, algorithm) for key in keys for algorithm in key.algorithms)
    return frozenset(claim for claim, times in claims.items() if times > 1)


class KeySet:
    """An ordered set of keys; the first private key signs, all of them verify, so keys rotate."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys: tuple[Key, ...] = tuple(keys)
        if _shared(self.keys):
            raise JoseError("two keys share a kid")

    @classmethod
    def generate(cls, algorithm: str = "RS256") -> KeySet:
        """A new set with one private key; its kid is the RFC 7638 thumbprint."""
        material: RSAKey | ECKey
        if algorithm in _KEY_ALGORITHMS["RSA"]:
            material = RSAKey.generate_key(2048, private=True)
        else:
            curve = "P-384" if algorithm == "ES384" else "P-256"
            material = ECKey.generate_key(curve, private=True)
        return cls([Key(material.thumbprint(), (algorithm,), material)])

    @classmethod
    def load(cls, path: str | Path) -> KeySet:
        """Read a private JWK Set from a file; raise JoseError when it is not one."""
        try:
            document = loads(Path(path).read_bytes())
            return cls([_import(jwk) for jwk in document["keys"]])
        except (OSError, StrictJsonError, KeyError, TypeError) as error:
            raise JoseError(f"cannot read keys from {path}") from error

    @classmethod
    def from_jwks(cls, document: Any, *, limit: int = MAX_KEYS) -> KeySet:
        """Read a public JWK Set of at most `limit` keys.

        Keys that are nothing to us are passed over (RFC 7517 5): another type, curve or algorithm,
        a `use` or `key_ops` other than signatures, sizes out of range, two that no header can tell
        apart. Raise JoseError for a private or symmetric key, and when no usable key remains.
        """
        listed = document.get("keys") if isinstance(document, Mapping) else None
        if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
            raise JoseError("a JWK Set needs a non-empty `keys` array")
        if len(listed) > limit:
            raise JoseError("too many keys")
        found: list[Key] = []
        why = JoseError("two keys share a kid")
        for jwk in listed:
            try:
                found.append(_public(jwk))
            except _NotForUs as error:
                why = error
        shared = _shared(found)
        usable = [key for key in found if not shared & {(key.kid, name) for name in key.algorithms}]
        if not usable:
            raise JoseError(f"no usable key: {why}")
        return cls(usable)

    def save(self, path: str | Path) -> None:
        """Write the private JWK Set to `path`, readable by its owner only (0600)."""
        document = {
            "keys": [
                {**key.material.as_dict(private=True), "kid": key.kid, "alg": key.algorithms[0]}
                for key in self.keys
            ]
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file)

    def public_jwks(self) -> dict[str, Any]:
        """The public JWK Set for `jwks_uri` or registration."""
        return {"keys": [key.public_jwk() for key in self.keys]}

    @property
    def signing_key(self) -> Key:
        """The key that signs; raise JoseError when no private key is held."""
        for key in self.keys:
            if key.private:
                return key
        raise JoseError("no private key")

    def thumbprints(self) -> frozenset[str]:
        """RFC 7638 thumbprints, to notice a key that two clients share."""
        return frozenset(key.material.thumbprint() for key in self.keys)

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """The one key for a header: by `kid`, or, without one, the only key of that algorithm."""
        fitting = [key for key in self.keys if algorithm in key.algorithms]
        if kid is not None:
            fitting = [key for key in fitting if key.kid == kid]
        return fitting[0] if len(fitting) == 1 else None
