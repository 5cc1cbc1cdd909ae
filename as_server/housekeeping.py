"""Forgetting what can no longer matter: spent codes, jtis, old sessions and tokens.

A few rows at a time and after the answer is settled: nobody's request waits for a minute's worth
of dead rows while it has the write turn.
"""

import logging
import threading

from flask import Response, g, request
from sqlalchemy.orm import Session

from as_server.context import AsServer, close_work, work
from as_server.full_disk import refuse_granting
from as_server.models import (
    authorization_code,
    authorization_request,
    persisted_claims,
    rpt_grant,
    ticket,
    token,
    unsealed_value,
    used_jti,
)
from as_server.models import session as sessions
from heart_ground.durable.ballast import Ballast
from heart_ground.durable.unavailable import is_outage

EVERY = 60
TOKENS_KEPT = 86_400
REQUESTS_KEPT = 3_600
SESSIONS_KEPT = 86_400
log = logging.getLogger("as_server")


def connect(app: AsServer) -> None:
    """Once a minute, after some POST and in a transaction of its own; with the next POST again
    while there is more."""
    app.ballast = Ballast(app.engine, app.settings.ballast_bytes, close_work)
    app.before_request(lambda: refuse_granting(app.ballast))
    lock = threading.Lock()
    due = 0

    @app.before_request
    def note() -> None:
        nonlocal due
        if request.method != "POST" or (at := work().now) < due:
            return
        with lock:
            g.tidies = at >= due
            due = at + EVERY if g.tidies else due

    @app.after_request
    def tidy(response: Response) -> Response:
        nonlocal due
        if g.get("tidies") and response.status_code < 500 and _purged_some():
            due = 0
        return response


def _purged_some() -> bool:
    """Forget a little; True when there is more."""
    try:
        more = purge(work().db, work().now)
        work().commit()
        return more
    except Exception as error:
        if not is_outage(error):
            raise
        # The answer is on disk already and stands.
        log.warning("nothing was forgotten this time: %s", type(error).__name__)
        close_work()
        return False


def purge(db: Session, at: int) -> bool:
    """Forget a little of everything; True when there is more of something."""
    more = (
        used_jti.purge(db, at),
        authorization_code.purge(db, at),
        ticket.purge(db, at),
        persisted_claims.purge(db, at),
        rpt_grant.purge(db, at - TOKENS_KEPT),
        token.purge(db, at - TOKENS_KEPT),
        unsealed_value.purge(db, at - TOKENS_KEPT),
        authorization_request.purge(db, at - REQUESTS_KEPT),
        sessions.purge(db, at - SESSIONS_KEPT),
    )
    return any(more)
