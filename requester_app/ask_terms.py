"""PURE: an ask as it goes over the wire: kinds as a query, terms beside the ticket, its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from heart_uma.kinds import TYPE_KINDS
from heart_uma.rfc3339 import written
from heart_uma.topics import TOPIC_BY_CODE
from requester_app.answers import Terms
from requester_app.wording import ASKABLE_KINDS, LENGTHS


def query_for(kinds: Iterable[str]) -> dict[str, str]:
    """The search parameters that ask a record for these kinds and no others."""
    wanted = [kind for kind in ASKABLE_KINDS if kind in set(kinds)]
    types = [name for name, may_be in TYPE_KINDS.items() if set(may_be) & set(wanted)]
    return {"_type": ",".join(types), "kind": ",".join(wanted)}


def until(length: str, now: datetime) -> str:
    """When the asked access would end, as RFC 3339."""
    return written(now + timedelta(days=LENGTHS[length][1]))


def terms_of(
    purpose: str, reason: str, requested_until: str, ask_id: str, topics: Iterable[str]
) -> Terms:
    """The parameters beside the ticket; a private topic is named as a scope."""
    scope = " ".join(TOPIC_BY_CODE[code].scope for code in topics)
    return Terms(purpose, reason, requested_until, ask_id, scope)
