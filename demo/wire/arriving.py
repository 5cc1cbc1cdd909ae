"""Where the services of the demo bring what they heard; nobody else has the secret."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, abort, current_app, request
from pydantic import BaseModel, ConfigDict, ValidationError

from demo.wire.kept import Kept

MOST_BYTES = 32 * 1024 * 1024

bp = Blueprint("arriving", __name__)


class Heard(BaseModel):
    """One edge's word on an exchange (demo.capture.redaction)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    side: str
    trace: str
    span: str
    alone: bool
    started: int
    ended: int
    method: str
    url: str
    status: int


class Parcel(BaseModel):
    """What one service heard of late, and how much of it was lost on the way."""

    service: str
    dropped: int
    messages: list[Heard]


@bp.post("/wire/messages")
def take() -> Response:
    secret = str(current_app.config["SECRET"])
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
        abort(401)
    request.max_content_length = MOST_BYTES
    try:
        parcel = Parcel.model_validate_json(request.get_data())
    except ValidationError:
        abort(400)
    kept: Kept = current_app.config["KEPT"]
    messages = [one.model_dump() for one in parcel.messages]
    kept.add(parcel.service, messages, parcel.dropped)
    return Response(status=204)
