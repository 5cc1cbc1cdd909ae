"""A policy as its owner writes it: read strictly, and completed where she leaves something open."""

from typing import Any

from sqlalchemy.orm import Session

from as_server.errors import InvalidRequest
from as_server.models import account as accounts
from as_server.policy.members import PolicyError
from as_server.policy.model import SharingPolicy
from as_server.policy.wire import from_wire


def read_policy(body: Any, policy_id: str | None, default_id: str = "") -> SharingPolicy:
    """The policy of this body; `default_id` is its id where it has none. Raise InvalidRequest."""
    try:
        if default_id and isinstance(body, dict):
            body = {"id": default_id, **body}
        return from_wire(body, policy_id=policy_id)
    except PolicyError as error:
        raise InvalidRequest(str(error)) from error


def with_tell(db: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Unless the owner says otherwise a clinician learns which kinds are incomplete, anyone else
    reads a neutral line: a layperson would ask what is hidden, a clinician has to know."""
    if body.get("tell") is not None:
        return body
    who = body.get("who")
    key = who.get("person") if isinstance(who, dict) else None
    account = accounts.known(db, key) if isinstance(key, str) else None
    clinician = account is not None and account.clinician
    return {**body, "tell": {"level": "kinds" if clinician else "neutral"}}
