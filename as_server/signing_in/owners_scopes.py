"""What an account that came of an invitation may not let an app do: it has no records here."""

from collections.abc import Iterable
from typing import Final

from as_server.models.account import Account

OWNERS: Final = frozenset({"uma_protection", "uma_policy", "owner"})
"""Scopes of somebody whose records are linked here (FedAuthz 1.3; our policy interface)."""


def are_beyond(account: Account, scopes: Iterable[str]) -> bool:
    """True where an app asks an invited person for what only an owner has."""
    return account.by_invitation and not OWNERS.isdisjoint(scopes)
