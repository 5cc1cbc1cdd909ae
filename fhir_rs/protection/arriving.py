"""A request as it comes in over HTTP -> what protection needs to know of it."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from urllib.parse import unquote, urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from fhir_rs.protection.access import Duty, ResourceRequest

_EMERGENCY = "http://terminology.hl7.org/CodeSystem/v3-ActReason#BTG"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_SECRET_PARAMETER = re.compile(r"(?i)\b(access_token|token|ticket)=[^&\s]*")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w.-]+", re.ASCII)


def resource_request(request: Request, moment: datetime) -> ResourceRequest:
    """What `request` bears, quotes and prefers; it came at `moment`."""
    # The gateway interface has put several headers of one name into one.
    request_id = request.headers.get("X-Request-Id", "")
    return ResourceRequest(
        moment=moment,
        authorization=request.headers.get("Authorization", "").strip(),
        emergency=_is_emergency(request.headers.get("Category", "")),
        prefer=request.headers.get("Prefer", "").replace(" ", ""),
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else "",
        text=partial(_text, request),
        duty=Duty(),
    )


def _is_emergency(category: str) -> bool:
    """True when the client breaks the glass by `Category` (R4 security labels)."""
    return any(each.split(";")[0].strip() == _EMERGENCY for each in category.split(","))


def _text(request: Request) -> str:
    """The request as the query entity records it (IHE BALP), without what could be a token."""
    text = request.full_path.rstrip("?")
    try:
        # What has no content type is no form.
        form = list(request.form.items(multi=True)) if request.mimetype else []
    except HTTPException:
        # Refused for its form: then the address has to do.
        form = []
    if form:
        text = f"{text}\n{urlencode(form)}"
    # Under any name, however it was spelled: a token never enters the audit.
    if _TOKEN.search(unquote(text)):
        text = _TOKEN.sub("-", unquote(text))
    return _without_secrets(text)[:4000]


def _without_secrets(text: str) -> str:
    # Beyond ASCII there are letters that are others in lower case.
    low = text.lower() if text.isascii() else "token="
    if "token=" not in low and "ticket=" not in low:
        return text
    return _SECRET_PARAMETER.sub(r"\1=-", text)
