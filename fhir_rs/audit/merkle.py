"""A Merkle tree: one hash that stands for a list of values (RFC 6962 2.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash of `leaves`; a leaf can not be taken for an inner node."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    # The largest power of two below their number.
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:middle]) + root(leaves[middle:])).digest()
