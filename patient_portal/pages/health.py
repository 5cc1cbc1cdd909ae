"""For operators: is the process up, can it serve, and (if wished) its figures (DESIGN 2)."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from patient_portal.context import current_portal
from patient_portal.db import reading
from patient_portal.errors import SharingServiceDown

bp = Blueprint("health", __name__)
AGAIN = {"Retry-After": "5"}


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    try:
        with reading() as db:
            db.execute(text("SELECT 1"))
        current_portal.issuer.metadata()
    except SQLAlchemyError:
        return {"status": "unavailable", "part": "database"}, 503, AGAIN
    except SharingServiceDown:
        return {"status": "unavailable", "part": "authorization server"}, 503, AGAIN
    return {"status": "ok"}


@bp.get("/metrics")
def figures() -> ResponseReturnValue:
    if not current_portal.settings.metrics:
        abort(404)
    return generate_latest(), 200, {"Content-Type": CONTENT_TYPE_LATEST}
