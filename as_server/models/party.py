"""A requesting party as policies see it, made of a stored account (Grant 1.3)."""

from __future__ import annotations

from typing import Any

from as_server.policy.model import Party

MEMBERS = ("key", "name", "role", "role_code", "organization", "clinician")
"""The columns that `party_of` reads: each statement that reads a party takes these."""


def party_of(stored: Any) -> Party:
    """Of an account, or of a row with these columns of one; an empty claim is an absent one."""
    return Party(
        key=stored.key,
        role=stored.role_code or None,
        organization=stored.organization or None,
        name=stored.name,
        role_name=stored.role,
        clinician=stored.clinician,
    )
