"""A checkpoint: a signature over the ends of all chains.

It signs the Merkle root over the ends of those that moved, and the checkpoint before it. So the
newest stands for the ends of all, and none can be left out: neither a chain nor a checkpoint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from fhir_rs.audit import merkle
from heart_uma.jose import KeySet, sign

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
NONE = ""
"""In place of the checkpoint before the first."""


class ChainEnd(NamedTuple):
    """Where the chain of a record ended; `hash` in hexadecimal digits."""

    record: str
    seq: int
    hash: str


class Checkpoint(NamedTuple):
    """As it is kept in audit_checkpoint."""

    number: int
    at: int
    ends: str
    signed: str


def claims(number: int, at: int, ends: Sequence[ChainEnd], before: str) -> dict[str, object]:
    """What is signed beside the name of the server; `before` is the signed checkpoint before."""
    leaves = [_ENCODER.encode(end).encode() for end in ends]
    return {
        "iat": at,
        "number": number,
        "root": merkle.root(leaves).hex(),
        "before": hashlib.sha256(before.encode()).hexdigest(),
    }


def signed(
    number: int, at: int, ends: Sequence[ChainEnd], before: str, base: str, keys: KeySet
) -> Checkpoint:
    """The checkpoint of this number, signed by the server at `base`."""
    said = {"iss": base, **claims(number, at, ends, before)}
    return Checkpoint(number, at, _ENCODER.encode(ends), sign("audit_checkpoint", said, keys))


def ends_of(text: str) -> list[ChainEnd]:
    """The ends that a checkpoint keeps."""
    return [ChainEnd(*each) for each in json.loads(text)]
