"""Making an invitation, showing it to its owner, and her yes to the one who came."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from as_server.errors import InvalidRequest, VersionConflict
from as_server.models import account as accounts
from as_server.models import client as clients
from as_server.models import invitation as invitations
from as_server.models import policy as policies
from as_server.models import unsealed_value
from as_server.models.invitation import Invitation
from as_server.models.policy import Policy
from as_server.models.token import hash_of
from as_server.owner_seal import OwnerSeals
from as_server.policy.model import SharingPolicy, Who, WhoLevel
from as_server.sharing import audit, policy_changes
from as_server.sharing.invited import names_nobody_yet
from as_server.sharing.person_summary import person_summary
from as_server.work import Work
from heart_uma.rfc3339 import print_seconds
from heart_uma.typed import readable, retyped

LIFETIME = 86_400
"""Seconds until the first use."""
TRIES = 5
CODE, PASSCODE = 12, 8
"""Letters of each."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an owner hands over: exists in the answer and nowhere else."""

    link: str
    code: str
    passcode: str


def drawn(seals: OwnerSeals, owner: str) -> Secrets:
    return Secrets(seals.new_value(owner), readable(CODE), readable(PASSCODE))


def make(
    work: Work,
    draft: Policy,
    said: Secrets,
    passcode_hash: str,
    *,
    lasts: int | None,
    client_id: str,
) -> Invitation:
    """Invite whoever has the link or the code and knows the passcode, in place of any before."""
    policy, db, ends = policies.read(draft.body), work.db, work.now + LIFETIME
    permits = policy is not None and policy.effect == "permit" and not policy.ask_me
    if not permits or not names_nobody_yet(draft):
        raise InvalidRequest("policy: must be the draft of a permit that names nobody yet.")
    code = hash_of(retyped(said.code))
    invitations.write(
        db,
        draft.owner,
        draft.id,
        link_hash=hash_of(said.link),
        code_hash=code,
        passcode_hash=passcode_hash,
        tries_left=TRIES,
        lasts=lasts,
        made_at=work.now,
        expires_at=ends,
        account_key=None,
        used_at=None,
        confirmed_at=None,
        opens_at=None,
    )
    unsealed_value.write_down(db, code, draft.owner, ends)
    audit.record(work, "invited", draft.owner, client_id=client_id, policy=draft.id)
    made = invitations.one(db, draft.owner, draft.id)
    if made is None:
        raise LookupError(draft.id)
    return made


def confirm(
    work: Work, draft: Policy, *, account: str, version: int, opens_at: str | None, client_id: str
) -> SharingPolicy:
    """Her yes: from here on, and not before, the share counts, for this account alone."""
    row, policy = invitations.one(work.db, draft.owner, draft.id), policies.read(draft.body)
    if row is None or policy is None or not names_nobody_yet(draft):
        raise InvalidRequest("Nobody waits for this.")
    end = policy.when.end
    if row.lasts is not None:
        end = work.at + timedelta(seconds=row.lasts)
    if end is not None and end <= work.at:
        raise InvalidRequest("when.until: is over.")
    with work.db.begin_nested():  # a share that is refused leaves the invitation as it was
        opens = opens_at if opens_at and _is_of_an_app(work.db, opens_at) else None
        if not invitations.confirm(work.db, row.owner, row.policy, account, work.now, opens):
            raise VersionConflict("Nobody waits for this, or somebody else.")
        wanted = replace(
            policy,
            version=version,
            state="on",
            who=Who(WhoLevel.PERSON, account),
            when=replace(policy.when, end=end),
        )
        policy_changes.check_names(work.db, row.owner, wanted, draft)
        return policy_changes.save(work, row.owner, wanted, draft, client_id=client_id)


def of_owner(work: Work, owner: str) -> list[dict[str, Any]]:
    """The invitations of drafts, newest first; what became a share is one."""
    pairs = [
        (row, policies.one(work.db, owner, row.policy))
        for row in invitations.of_owner(work.db, owner)
    ]
    return [shown(work, row, at) for row, at in pairs if at is not None and at.state == "draft"]


def shown(work: Work, row: Invitation, policy: Policy) -> dict[str, Any]:
    """One invitation as its owner reads it."""
    account = accounts.known(work.db, row.account_key) if row.account_key else None
    who = None if account is None else {**person_summary(account), "login": account.login}
    return {
        "policy": row.policy,
        "version": policy.version,
        "state": state(row, policy, work.now),
        "made_at": print_seconds(row.made_at),
        "expires_at": print_seconds(row.expires_at),
        "lasts": row.lasts,
        "who": who,
        "used_at": None if row.used_at is None else print_seconds(row.used_at),
        "opens_at": row.opens_at,
    }


def state(row: Invitation, policy: Policy, now: int) -> str:
    """Of an invitation that its owner lists: an ended draft ends it too."""
    if policy.state != "draft":
        return "ended" if policy.state == "ended" else "on"
    if row.account_key is not None:
        return "used"
    if row.expires_at <= now:
        return "ran_out"
    return "waiting" if row.tries_left > 0 else "locked"


def _is_of_an_app(db: Session, address: str) -> bool:
    """True for an address of the origin of an app that the operator listed: nobody is sent on to
    a place that only a caller knows."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or len(address) > 2048 or parts.username:
        return False
    origin = (parts.scheme, parts.netloc)
    known = (urlsplit(uri)[:2] for one in clients.listed(db) for uri in one.redirect_uris)
    return origin in known
