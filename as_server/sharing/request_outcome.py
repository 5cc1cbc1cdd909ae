"""What the asker is told of her request, and the owner of her answer as she gave it.

Example, beside `request_denied`: `"heart_uma_request": {"state": "answered", "answer": "no",
"reason": "Not now"}`; in a success answer: `{"state": "answered", "answer": "some", "kinds":
["conditions"], "until": 1767225600}`. The reason is there only if the owner chose to tell it
(an extension: Grant 3.3.6 knows the bare `request_denied`).
"""

from typing import Any

from sqlalchemy.orm import Session

from as_server.models import policy as policies
from as_server.models import policy_version
from as_server.models.submitted_request import SubmittedRequest
from as_server.policy.model import SharingPolicy
from as_server.sharing import submitted_request
from heart_uma.kinds import KIND_NAMES

UNASKABLE = "other"
"""The kind that is shared only together with everything: no rule can name it."""


def told(db: Session, row: SubmittedRequest, now: int) -> dict[str, Any]:
    """The member of a token answer that tells what became of a request; none while it waits."""
    if row.state_at(now) == "waiting":
        return {}
    member: dict[str, Any] = {"state": row.state_at(now)}
    if row.answer is not None:
        member["answer"] = row.answer
    if row.answer == "no" and row.tell_reason:
        member["reason"] = row.tell_reason
    given = as_given(db, row)
    if given is not None:
        member["kinds"] = given_kinds(row, given)
        if given.when.end is not None:
            member["until"] = int(given.when.end.timestamp())
    return {"heart_uma_request": member}


def withdrawn() -> dict[str, Any]:
    """The same for a request that its party took back just now, or that waits no more."""
    return {"heart_uma_request": {"state": "withdrawn"}}


def asked_kinds(row: SubmittedRequest) -> list[str]:
    """The kinds a request names that can be given one by one, in the order people see them."""
    asked = submitted_request.strings(row.kinds)
    return [kind for kind in KIND_NAMES if kind in asked and kind != UNASKABLE]


def as_given(db: Session, row: SubmittedRequest) -> SharingPolicy | None:
    """The policy that was the owner's yes, as it was when she gave it, whatever became of it."""
    if row.policy is None or row.answered_at is None:
        return None
    versions = policy_version.history(db, row.owner, row.policy)
    then = next((one for one in versions if one.at <= row.answered_at), None)
    return None if then is None else policies.read(then.body)


def given_kinds(row: SubmittedRequest, given: SharingPolicy) -> list[str]:
    """Which of the asked kinds the answer gave."""
    return [kind for kind in asked_kinds(row) if given.what.level_for(kind) is not None]
