"""Pausing several shares at once, and saying of each what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from patient_portal.errors import NotReached, Refused, SharingServiceDown
from patient_portal.policies.change import Effect
from patient_portal.policies.policy import Policy
from patient_portal.sharing.as_api import SharingService


@dataclass
class Paused:
    """What became of each: paused, not paused, or nobody here can know."""

    done: list[str] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


def pause(service: SharingService, shares: Iterable[Policy]) -> Paused:
    """Pause each until she turns it on again; one that fails keeps no other from being paused."""
    became = Paused()
    for share in shares:
        if share.state == "paused" and share.paused_until is None:
            became.done.append(share.id)
            continue
        try:
            saved = service.save(share.changed(state="paused", paused_until=None))
        except (NotReached, Refused):
            became.not_done.append(share.id)
        except SharingServiceDown:
            became.unsure.append(share.id)
        else:
            became.done.append(share.id)
            became.effects.append(saved.effect)
    return became
