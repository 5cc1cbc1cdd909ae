"""Does a policy speak about this party, purpose and time? Permits need proof, denies do not."""

from __future__ import annotations

from datetime import datetime

from as_server.policy.model import Party, SharingPolicy, Who, WhoLevel
from heart_uma.purposes import subsumes

EMERGENCY_PURPOSES = frozenset({"ETREAT", "ERTREAT", "BTG"})


def is_live(policy: SharingPolicy, now: datetime, *, ignore_pause: bool = False) -> bool:
    """True while the policy is in force: on, inside its dates, and not paused.

    `ignore_pause` counts a paused permit as on, for deciding what is taken away for good: a pause
    only suspends. A paused deny stays out, or a pause of it would take away for good as well.
    """
    if policy.state == "paused":
        resumed = policy.paused_until is not None and policy.paused_until <= now
        suspended_only = ignore_pause and policy.effect == "permit" and not policy.ask_me
        if not (resumed or suspended_only):
            return False
    elif policy.state != "on":
        return False
    start, end = policy.when.start, policy.when.end
    return (start is None or start <= now) and (end is None or now < end)


def names_party(who: Who, party: Party | None) -> bool:
    """True when the party's proven claims satisfy `who`: exact match, nothing else."""
    if party is None or who.level is WhoLevel.NOBODY:
        return False
    if who.level is WhoLevel.ANYONE:
        return True
    return who.value == _claim(who.level, party)


def may_name_party(who: Who, party: Party | None) -> bool:
    """As `names_party`, but an absent claim matches: a deny is not escaped by saying less."""
    if who.level is WhoLevel.NOBODY:
        return False
    if party is None or who.level is WhoLevel.ANYONE:
        return True
    claim = _claim(who.level, party)
    return claim is None or who.value == claim


def missing_claim(who: Who, party: Party | None) -> str | None:
    """The claim (wire name) without which `who` cannot be judged; None when none is missing."""
    if who.level is WhoLevel.NOBODY:
        return None
    if party is None:
        return "sub"
    if who.level is WhoLevel.ROLE and party.role is None:
        return "role"
    if who.level is WhoLevel.ORGANIZATION and party.organization is None:
        return "organization"
    return None


def fits_purpose(policy: SharingPolicy, purpose: str | None) -> bool:
    """True when the declared purpose is inside `why`; an undeclared purpose blocks nothing but a
    permit for emergencies alone, which somebody has to call one.

    An emergency purpose has to be named by the policy, even by one that restricts no other
    purpose. A deny that restricts no purpose covers the emergency ones too.
    """
    if purpose is None:
        withholds = policy.effect == "deny" or policy.ask_me
        return withholds or not policy.why or not EMERGENCY_PURPOSES.issuperset(policy.why)
    if not policy.why:
        return policy.effect == "deny" or purpose not in EMERGENCY_PURPOSES
    return any(subsumes(named, purpose) for named in policy.why)


def _claim(level: WhoLevel, party: Party) -> str | None:
    if level is WhoLevel.PERSON:
        return party.key
    return party.role if level is WhoLevel.ROLE else party.organization
