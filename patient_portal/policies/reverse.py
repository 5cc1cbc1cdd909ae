"""PURE. Going back to how a share was, as a draft: nothing is so until she starts or saves it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from patient_portal.policies.change import HistoryVersion
from patient_portal.policies.draft_ids import Edit, for_edit, new_id
from patient_portal.policies.party import is_live
from patient_portal.policies.policy import Policy


def before_the_last(versions: Iterable[HistoryVersion], now: Policy) -> HistoryVersion | None:
    """The version that was in force before the last change; None where there was none."""
    past = [one for one in versions if one.version < (now.version or 0) and was_in_force(one)]
    return max(past, key=lambda one: one.version, default=None)


def version_of(versions: Iterable[HistoryVersion], named: str) -> HistoryVersion | None:
    """The version that she named; None for one that was never in force."""
    return next((v for v in versions if str(v.version) == named and was_in_force(v)), None)


def was_in_force(one: HistoryVersion) -> bool:
    return one.state in ("on", "paused") and one.policy is not None


def draft_of(now: Policy, then: Policy, moment: datetime) -> Policy:
    """A draft with the rules of an earlier version.

    Of a live share it is a change, which turns a paused one on where it was on then. What was
    stopped is over for good, so of an ended share it is a new one. An end that has passed since is
    asked for again, and never just left out: that would be no end at all.
    """
    start, until = then.when.start, then.when.until
    over = until is not None and until <= moment
    when = then.when.model_copy(
        update={
            "start": start if start and start > moment else None,
            "until": None if over else until,
        }
    )
    draft = then.changed(
        version=None,
        state="draft",
        paused_until=None,
        when=when,
        why=() if over else then.why,
    )
    if not is_live(now, moment):
        return draft.changed(id=new_id())
    turns_on = now.state == "paused" and then.state == "on"
    return draft.changed(id=for_edit(Edit(now.id, now.version or 0, turns_on)))
