"""What a person let her sharing services remember: sent along when she asks again, and kept anew
when it is exchanged (Grant 3.3.1, 3.3.5)."""

from __future__ import annotations

from collections.abc import Iterable

from heart_uma.sealing import SealError, open_sealed, seal
from requester_app.answers import Answer
from requester_app.models import persisted_claims
from requester_app.visit import Visit


def recalled(visit: Visit) -> dict[str, str]:
    """By sharing service, what it gave for it."""
    with visit.means.reading() as session:
        kept = persisted_claims.of(session, visit.person)
    found = {}
    for issuer, sealed in kept.items():
        try:
            found[issuer] = str(open_sealed(visit.means.secret, sealed)["pct"])
        except SealError:
            continue  # the secret was changed since
    return found


def keep(visit: Visit, answers: Iterable[Answer]) -> None:
    """Keep what came with new keys, instead of what was sent for them."""
    new = {answer.issuer: answer.pct for answer in answers if answer.pct}
    if not new:
        return
    with visit.means.writing() as session:
        for issuer, pct in new.items():
            sealed = seal(visit.means.secret, {"pct": pct})
            persisted_claims.keep(session, visit.person, issuer, sealed)
