"""A submitted request as its owner reads it, as JSON (our extension)."""

from typing import Any

from sqlalchemy.orm import Session

from as_server.models import account as accounts
from as_server.models import client as clients
from as_server.models.submitted_request import SubmittedRequest
from as_server.sharing import request_outcome, submitted_request
from as_server.sharing.person_summary import person_summary
from as_server.work import Work
from heart_uma.rfc3339 import print_moment, print_seconds


def shown(work: Work, row: SubmittedRequest) -> dict[str, Any]:
    """The members of one request, with the answer if there is one."""
    account = accounts.known(work.db, row.party)
    client = clients.by_id(work.db, row.client_id)
    return {
        "id": row.id,
        "state": row.state_at(work.now),
        "who": person_summary(account) if account is not None else _nobody(row.party),
        "client": {
            "client_id": row.client_id,
            "name": "" if client is None else client.name,
            "dynamic": True if client is None else client.dynamic,
        },
        "is_a_try": row.is_a_try,
        "kinds": request_outcome.asked_kinds(row),
        "other": request_outcome.UNASKABLE in submitted_request.strings(row.kinds),
        "topics": _topics(row),
        "purpose_of_use": row.purpose,
        "reason": row.reason,
        "requested_until": row.requested_until,
        "asked_at": print_seconds(row.asked_at),
        "runs_out_at": print_seconds(row.runs_out_at),
        "records": submitted_request.strings(row.records),
        "answer": None if row.answer is None else _answered(work.db, row),
    }


def _answered(db: Session, row: SubmittedRequest) -> dict[str, Any]:
    """The answer as the owner gave it, whatever became of the policy since."""
    given = request_outcome.as_given(db, row)
    return {
        "answer": row.answer,
        "at": print_seconds(row.answered_at),
        "by": row.answered_by,
        "policy": row.policy,
        "kinds": [] if given is None else request_outcome.given_kinds(row, given),
        "topics": [] if given is None else sorted(given.what.topics & set(_topics(row))),
        "until": None if given is None else print_moment(given.when.end),
        "told_reason": row.tell_reason,
    }


def _topics(row: SubmittedRequest) -> list[str]:
    return submitted_request.strings(row.topics)


def _nobody(key: str) -> dict[str, Any]:
    """Who asked, and is not known here any more: the request is still there to be answered."""
    return {"key": key, "name": "", "disabled": True}
