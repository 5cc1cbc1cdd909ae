"""What the sharing service told of a request, as it is kept (sealed) and put together."""

from __future__ import annotations

from dataclasses import asdict, replace

from heart_uma.outcomes import NOTHING_SAID, Said
from heart_uma.sealing import SealError, open_sealed, seal
from requester_app.models.ask import AskedRecord
from requester_app.visit import Means


def seal_said(means: Means, said: Said) -> str:
    """What was told of a request, as it is kept."""
    return seal(means.secret, asdict(said))


def said_of(means: Means, records: list[AskedRecord]) -> Said:
    """What the owner answered, put together from all records: she answers once a service."""
    told = [one for record in records if (one := _said(means, record)) is not None and one.answer]
    yes = [one for one in told if one.answer != "no"]
    if not yes:
        return told[0] if told else NOTHING_SAID
    kinds = tuple(dict.fromkeys(kind for one in yes for kind in one.kinds))
    return replace(yes[0], kinds=kinds)


def _said(means: Means, record: AskedRecord) -> Said | None:
    if not record.said:
        return None
    try:
        kept = open_sealed(means.secret, record.said)
    except SealError:
        return None  # the secret was changed since
    return Said(**{**kept, "kinds": tuple(kept["kinds"])})
