"""Forgetting what can no longer matter: spent codes, jtis, old sessions and tokens (DOS-13)."""

import threading

from flask import request
from sqlalchemy.orm import Session

from as_server.context import AsServer, now
from as_server.db import close, session
from as_server.full_disk import refuse_granting
from as_server.models import authorization_code, rpt_grant, ticket, token, used_jti
from as_server.models import session as sessions
from heart_ground.durable.ballast import Ballast

EVERY = 60
TOKENS_KEPT = 86_400
REQUESTS_KEPT = 3_600
SESSIONS_KEPT = 86_400


def connect(app: AsServer) -> None:
    """Once a minute, with some POST, in its transaction: reads never pay for it."""
    app.ballast = Ballast(app.engine, app.settings.ballast_bytes, close)
    app.before_request(lambda: refuse_granting(app.ballast))
    lock = threading.Lock()
    due = 0

    @app.before_request
    def tidy() -> None:
        nonlocal due
        if request.method != "POST":
            return
        with lock:
            if now() < due:
                return
            due = now() + EVERY
        purge(session(), now())


def purge(db: Session, at: int) -> None:
    used_jti.purge(db, at)
    authorization_code.purge(db, at)
    ticket.purge(db, at)
    rpt_grant.purge(db, at - TOKENS_KEPT)
    token.purge(db, at - TOKENS_KEPT)
    sessions.purge(db, idle_before=at - SESSIONS_KEPT, asked_before=at - REQUESTS_KEPT)
