"""The way in of an invited person: the passcode, the one account, and what it waits for.

Nothing here gives access: that begins with the owner's yes (`invitation.confirm`).
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from as_server.models import account as accounts
from as_server.models import invitation as invitations
from as_server.models import policy as policies
from as_server.models import whose
from as_server.models.account import Account
from as_server.models.invitation import Invitation
from as_server.models.policy import Policy
from as_server.models.token import hash_of
from as_server.owner_seal import OwnerSeals
from as_server.policy.model import WhoLevel
from as_server.sharing import audit
from as_server.work import Work
from heart_uma.typed import retyped

Place = tuple[str, str]
"""Whose an invitation is, and the hash of its link or code as it was presented."""
Fits = Callable[[str | None, str], bool]
"""Whether a text is what a slow hash was made of; as slow, and no, where there is no hash."""


def presented(work: Work, seals: OwnerSeals, value: str) -> Place:
    """Of a link or a code, real or not."""
    return whose.owner_of(work.db, seals, value), hash_of(value)


def prove(work: Work, fits: Fits, place: Place, passcode: str) -> bool:
    """Whether this passcode opens an invitation that waits. Each call counts as a try, takes as
    long as any other, and says no more than yes or no."""
    owner, digest = place
    db, stored = work.db, None
    found = invitations.by_value(db, owner, digest)
    if found is not None and _still_waits(work, found):
        stored = found.passcode_hash
        if not invitations.claim_try(db, owner, digest, work.now):
            stored = None
    # The write lock must not be held while argon2 works; and the try is counted for good.
    work.commit()
    # An empty one is no password that can be compared.
    if not fits(stored, retyped(passcode) or " "):
        return False
    invitations.forgive_try(work.db, owner, digest)
    return True


def waiting(work: Work, place: Place) -> tuple[Account, Policy] | None:
    """Who invites, and to what, while nobody has come yet; else None."""
    found = invitations.by_value(work.db, *place)
    if found is None or not _still_waits(work, found):
        return None
    return _of(work.db, found)


def bind(work: Work, place: Place, account_key: str) -> bool:
    """Bind the invitation to this account, if nobody was before: once, whoever comes at once."""
    owner, digest = place
    if waiting(work, place) is None or account_key == owner:
        return False
    if not invitations.bind(work.db, owner, digest, account_key, work.now):
        return False
    found = invitations.by_value(work.db, owner, digest)
    policy = None if found is None else found.policy
    audit.record(work, "accepted", owner, party=account_key, policy=policy)
    return True


def bound_to(
    work: Work, place: Place, people: set[str]
) -> tuple[Invitation, Account, Policy] | None:
    """The invitation, if one of these people came by it; with who invites, and to what."""
    found = invitations.by_value(work.db, *place)
    if found is None or found.account_key not in people:
        return None
    of = _of(work.db, found)
    return None if of is None else (found, *of)


def _still_waits(work: Work, found: Invitation) -> bool:
    of = _of(work.db, found)
    open_still = found.account_key is None and found.expires_at > work.now and found.tries_left > 0
    return open_still and of is not None and names_nobody_yet(of[1])


def names_nobody_yet(policy: Policy) -> bool:
    """True for the draft that an invitation is for; one that names somebody invites nobody."""
    return policy.state == "draft" and policy.who_level == int(WhoLevel.NOBODY)


def _of(db: Session, found: Invitation) -> tuple[Account, Policy] | None:
    owner = accounts.by_key(db, found.owner)
    policy = policies.one(db, found.owner, found.policy)
    return None if owner is None or policy is None else (owner, policy)
