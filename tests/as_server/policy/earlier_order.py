"""The order of rules of the version before, to compare with: a deny had to be as close."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from as_server.policy import assessment, granting, matching, weighing
from as_server.policy.model import RequestedResource, SharingPolicy, WhatLevel
from as_server.policy.weighing import NOTHING


def outweighs(
    withholder: SharingPolicy, level: WhatLevel, permit: SharingPolicy, permit_level: WhatLevel
) -> bool:
    if level != permit_level:
        return level > permit_level
    mine, theirs = withholder.who.level, permit.who.level
    return mine > theirs or (withholder.effect == "deny" and mine == theirs)


def named_kept(
    permit: SharingPolicy, resource: RequestedResource, withholders: Sequence[SharingPolicy]
) -> frozenset[str]:
    place = (resource.record, resource.fhir_type)
    named = permit.what.included.get(place, NOTHING) - permit.what.excluded.get(place, NOTHING)
    for withholder in withholders:
        taken = withholder.what.included.get(place, NOTHING) & named
        if taken and outweighs(withholder, WhatLevel.RECORD, permit, WhatLevel.RECORD):
            named -= taken
    return named


def fits_purpose(policy: SharingPolicy, purpose: str | None) -> bool:
    return purpose is None or matching.fits_purpose(policy, purpose)


@contextmanager
def in_use() -> Iterator[None]:
    """Decide by the earlier order meanwhile."""
    with (
        mock.patch.object(weighing, "outweighs", outweighs),
        mock.patch.object(granting, "named_kept", named_kept),
        mock.patch.object(assessment, "named_kept", named_kept),
        mock.patch.object(granting, "topics_overridden", lambda *_: False),
        mock.patch.object(assessment, "fits_purpose", fits_purpose),
    ):
        yield
