"""What the wire view shows at this moment, to take away: `GET /wire/files/har?after=120`."""

from __future__ import annotations

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from demo.exporting.files import FILES, download
from demo.wire.arrows import arrows
from demo.wire.pages import kept, wanted

bp = Blueprint("live_files", __name__)


@bp.get("/wire/files/<kind>")
def take_away(kind: str) -> Response:
    if kind not in FILES:
        abort(404)
    return download(kind, "What crossed the wire", "wire", arrows(wanted(kept().all())))
