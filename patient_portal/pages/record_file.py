"""The files of one record: read here where that is safe, handed over otherwise.

What a file claims to be counts only where its bytes agree (`heart_reading/file_types.py`). It does
nothing in this origin: what is no page of ours is sandboxed (`heart_ground/headers.py`).
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from heart_reading.file_names import file_name, name_of_record
from heart_reading.file_types import PDF, Seen, seen
from patient_portal.clinics import files, found
from patient_portal.clinics.files import KeptFile
from patient_portal.clinics.found import Found
from patient_portal.visit import this_visit

bp = Blueprint("record_file", __name__, url_prefix="/records/one/<token>/<fhir_type>/<fhir_id>")


@bp.get("/file/<int:number>")
def show(token: str, fhir_type: str, fhir_id: str, number: int) -> ResponseReturnValue:
    """A page with the words or the picture of a file, and the way to save it."""
    at, kept = _kept(token, f"{fhir_type}/{fhir_id}", number)
    what = seen(kept.declared, kept.raw) if kept.raw is not None else None
    told = found.one(at, f"{fhir_type}/{fhir_id}") or abort(404)
    return render_template(
        "portal/record_file.html",
        told=told,
        row=told.row,
        record=at.record,
        kept=kept,
        number=number,
        what=what,
        is_pdf=what is not None and what.type == PDF,
        size=len(kept.raw or b""),
    )


@bp.get("/file/<int:number>/content")
def content(token: str, fhir_type: str, fhir_id: str, number: int) -> Response:
    """The bytes: a picture to be shown in its page, anything else to be saved."""
    _at, kept = _kept(token, f"{fhir_type}/{fhir_id}", number)
    if kept.raw is None:
        abort(404)
    what = seen(kept.declared, kept.raw)
    name = file_name(kept.resource, number, _named_as(kept, what))
    return _handed_over(kept.raw, what.type, name, shown=what.is_picture)


@bp.get("/whole")
def whole(token: str, fhir_type: str, fhir_id: str) -> Response:
    """The record as its clinic keeps it, for computers (FHIR R4 JSON)."""
    visit = this_visit()
    at = found.record(visit.service.records(), visit.clinics, token) or abort(404)
    resource = files.whole(at, f"{fhir_type}/{fhir_id}") or abort(404)
    text = json.dumps(resource, ensure_ascii=False, indent=2).encode()
    return _handed_over(text, "application/fhir+json", name_of_record(resource), shown=False)


def _kept(token: str, record_id: str, number: int) -> tuple[Found, KeptFile]:
    visit = this_visit()
    at = found.record(visit.service.records(), visit.clinics, token) or abort(404)
    kept: Any = files.fetch(at, record_id, number) or abort(404)
    return at, kept


def _named_as(kept: KeptFile, what: Seen) -> str:
    """The type that the name of a file tells of: what was found, or a claim that runs nowhere."""
    return what.type if what.type in (PDF, "text/plain") or what.is_picture else kept.declared


def _handed_over(raw: bytes, content_type: str, name: str, *, shown: bool) -> Response:
    answer = Response(raw, content_type=content_type)
    kind = "inline" if shown else "attachment"
    answer.headers["Content-Disposition"] = dump_options_header(kind, {"filename": name})
    return answer
