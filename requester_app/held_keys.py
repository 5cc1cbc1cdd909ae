"""What a person holds for a record: an RPT or a ticket, sealed, and what was told with it."""

from __future__ import annotations

from typing import Any

from heart_uma.outcomes import Told
from heart_uma.sealing import SealError, open_sealed
from requester_app.answers import Answer, Held
from requester_app.models import key as keys
from requester_app.models.key import Key
from requester_app.visit import Visit

TRY = "try"
"""The person pressed a button: start a process at the record on the next look."""


def held_by(visit: Visit, key: Key) -> Held:
    if not key.sealed:
        return Held(source=key.source)
    try:
        kept = open_sealed(visit.means.secret, key.sealed)
    except SealError:
        return Held(source=key.source)
    now = visit.means.now()
    return Held(
        rpt=str(kept.get("rpt", "")),
        refresh_token=str(kept.get("refresh_token", "")),
        ticket=str(kept.get("ticket", "")),
        issuer=str(kept.get("issuer", "")),
        live=key.expires > now,
        current=key.state != TRY and key.issued >= visit.began,
        source=key.source,
        # Keys of an earlier version were kept without what was told: the next one brings it.
        told=Told(
            tuple(kept.get("incomplete", ())),
            tuple(kept.get("other_places", ())),
            kept.get("until"),
        ),
    )


def kept_of(answer: Answer | Held) -> dict[str, Any]:
    """What is kept, sealed, of a key that opens a record, and what was told with it."""
    return {
        "rpt": answer.rpt,
        "refresh_token": answer.refresh_token,
        "issuer": answer.issuer,
        "incomplete": answer.told.incomplete,
        "other_places": answer.told.other_places,
        "until": answer.told.until,
    }


def held_ticket(visit: Visit, key: Key) -> Held:
    """The ticket at hand of a record that was tried."""
    return held_by(visit, key)


def held_rpt(visit: Visit, key: Key | None) -> Held:
    """The RPT at hand for a record, to send along when more is asked for (Grant 3.3.5.1)."""
    if key is None or key.state != keys.OPEN:
        return Held(source=key.source if key else "")
    return held_by(visit, key)
