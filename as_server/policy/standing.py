"""What still stands of what was granted, and what would be given today (Grant 3.3.4, 6.1).

Introspection, the upgrade of an RPT, withdrawal and the preview all ask here, so that they cannot
say different things of the same grant. A refresh never asks (Grant 3.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from as_server.policy.assessment import assess
from as_server.policy.model import (
    AccessRequest,
    Entry,
    Granted,
    Party,
    RequestedResource,
    SharingPolicy,
)
from as_server.policy.narrowing import intersect


def given(
    resources: Iterable[RequestedResource],
    party: Party,
    purpose: str | None,
    policies: Iterable[SharingPolicy],
    moment: datetime,
    *,
    limits_supported: bool,
    ignore_pause: bool = False,
) -> tuple[Entry, ...]:
    """What the policies give to this party of these resources; nothing, unless they give all of an
    answer without asking anybody anything."""
    request = AccessRequest(
        resources=tuple(resources),
        party=party,
        purpose=purpose,
        limits_supported=limits_supported,
    )
    found = assess(request, policies, moment, ignore_pause=ignore_pause)
    return found.entries if isinstance(found, Granted) else ()


def still_given(
    issued: Iterable[Entry],
    resources: Iterable[RequestedResource],
    party: Party,
    purpose: str | None,
    policies: Iterable[SharingPolicy],
    moment: datetime,
    *,
    limits_supported: bool,
    ignore_pause: bool = False,
) -> tuple[Entry, ...]:
    """What of `issued` the policies still give: by policy, so that nothing new slips in.

    `resources` are those of `issued` that are registered now, asked for with the scopes that were
    issued (`narrowing.scopes_of`). A pause takes nothing away for good: `ignore_pause`, where what
    is left will be all that there ever is.
    """
    today = given(
        resources,
        party,
        purpose,
        policies,
        moment,
        limits_supported=limits_supported,
        ignore_pause=ignore_pause,
    )
    return intersect(issued, today)
