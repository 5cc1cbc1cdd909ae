"""Taking away: what is left of a grant, and whether a change can take anything (Grant 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from as_server.policy.model import Entry, SharingPolicy, What, When, base_scopes
from heart_uma.resources import Limits


def intersect(issued: Iterable[Entry], now: Iterable[Entry]) -> tuple[Entry, ...]:
    """What of `issued` still stands `now`: by resource and policy, the narrower of the two.

    A policy that gives more today adds nothing, and what one policy issued is never kept by
    another: permissions of different policies are not merged.
    """
    today = {(entry.resource_id, entry.policy): entry for entry in now}
    left = []
    for entry in issued:
        current = today.get((entry.resource_id, entry.policy))
        if current is not None and (kept := _narrower(entry, current)) is not None:
            left.append(kept)
    return tuple(left)


def unite(old: Iterable[Entry], new: Iterable[Entry]) -> tuple[Entry, ...]:
    """The union of two grants of the same parties (Grant 3.3.5.1).

    Where both hold an entry of one policy on one resource, the scopes add up; the newer limits
    hold, since both were assessed and the newer one later.
    """
    united = {(entry.resource_id, entry.policy): entry for entry in old}
    for entry in new:
        key = (entry.resource_id, entry.policy)
        known = united.get(key)
        united[key] = entry if known is None else entry._replace(scopes=entry.scopes | known.scopes)
    return tuple(united.values())


def scopes_of(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """What was issued, to be asked for again: scopes by resource id, of all policies together."""
    asked: dict[str, set[str]] = {}
    for entry in entries:
        asked.setdefault(entry.resource_id, set()).update(entry.scopes)
    return asked


def can_narrow(before: SharingPolicy | None, after: SharingPolicy | None) -> bool:
    """True when replacing `before` by `after` may take access from somebody.

    Errs to True: a needless True costs one push, a needless False leaves access standing. Every
    change of a deny or of an ask-me rule in force counts, and of what a party is told.
    """
    if before == after:
        return False
    for policy in (before, after):
        if policy is not None and _in_force(policy) and _withholds(policy):
            return True
    if before is None or not _in_force(before):
        return False
    if after is None or after.state != "on":
        return True
    same_party = before.who == after.who and before.tell == after.tell
    return not (
        same_party
        and _what_covers(after.what, before.what)
        and _why_covers(after.why, before.why)
        and (before.say_why or not after.say_why)
        and _when_covers(after.when, before.when)
    )


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """An entry as it is stored with its grant."""
    stored: dict[str, Any] = {
        "resource_id": entry.resource_id,
        "scopes": sorted(entry.scopes),
        "policy": entry.policy,
    }
    if entry.limits:
        stored["limits"] = entry.limits.to_wire()
    if entry.exp is not None:
        stored["exp"] = entry.exp
    return stored


def entry_from_json(stored: Mapping[str, Any]) -> Entry:
    """Read a stored entry."""
    limits = stored.get("limits")
    return Entry(
        stored["resource_id"],
        frozenset(stored["scopes"]),
        stored["policy"],
        None if limits is None else Limits.from_wire(limits),
        stored.get("exp"),
    )


def _narrower(issued: Entry, current: Entry) -> Entry | None:
    scopes = issued.scopes & current.scopes
    if base_scopes(issued.scopes) and not base_scopes(scopes):
        return None
    limits = _narrower_limits(issued.limits, current.limits)
    if limits is not None and limits.only is not None and not limits.only:
        return None
    ends = [exp for exp in (issued.exp, current.exp) if exp is not None]
    return Entry(issued.resource_id, scopes, issued.policy, limits, min(ends, default=None))


def _narrower_limits(issued: Limits | None, current: Limits | None) -> Limits | None:
    if issued is None or current is None:
        stricter = issued or current
        # `also` only adds: it holds where both sides say it.
        return None if stricter is None else (replace(stricter, also=frozenset()) or None)
    only = issued.only
    if current.only is not None:
        only = current.only if only is None else only & current.only
    since = max((day for day in (issued.since, current.since) if day), default=None)
    until = min((day for day in (issued.until, current.until) if day), default=None)
    limits = Limits(
        only, issued.also & current.also, issued.except_ | current.except_, since, until
    )
    return limits or None


def _in_force(policy: SharingPolicy) -> bool:
    return policy.state in ("on", "paused")


def _withholds(policy: SharingPolicy) -> bool:
    return policy.effect == "deny" or policy.ask_me


def _what_covers(new: What, old: What) -> bool:
    return (
        (new.everything or (not old.everything and new.kinds >= old.kinds))
        # A kind that is named weighs more than everything, so it may not be dropped for it.
        and new.kinds >= old.kinds
        and new.topics >= old.topics
        and set(new.include) >= set(old.include)
        and set(new.exclude) <= set(old.exclude)
        and (new.since is None or (old.since is not None and new.since <= old.since))
        and (new.until is None or (old.until is not None and new.until >= old.until))
        and (new.write or not old.write)
        and (not new.places or (bool(old.places) and new.places >= old.places))
    )


def _why_covers(new: tuple[str, ...], old: tuple[str, ...]) -> bool:
    if not old:
        return not new
    return set(new) >= set(old) if new else not _names_emergency(old)


def _names_emergency(why: tuple[str, ...]) -> bool:
    return not {"ETREAT", "ERTREAT", "BTG"}.isdisjoint(why)


def _when_covers(new: When, old: When) -> bool:
    starts = new.start is None or (old.start is not None and new.start <= old.start)
    ends = new.end is None or (old.end is not None and new.end >= old.end)
    return starts and ends
