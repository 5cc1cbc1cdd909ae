"""A transaction Bundle: every write or none, then the reads (FHIR R4 http 3.1.0.11.2)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import Response

from fhir_rs import writing
from fhir_rs.db import in_transaction, session
from fhir_rs.errors import FhirError, Invalid, NotSupported, outcome_answer
from fhir_rs.protection.access import duty

_REFERENCE = re.compile(r'("reference"\s*:\s*)"(urn:uuid:[^"\\]*)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One entry of a Bundle: method, relative address, text of its resource, conditions."""

    method: str
    url: str
    text: str
    headers: dict[str, str]
    full_url: str = ""


Dispatch = Callable[[Call], Response]


def run(record: str, calls: Sequence[Call], dispatch: Dispatch) -> list[Response]:
    """Answer every call; raise the first error of a write, with nothing written."""
    answers: list[Response | None] = [None] * len(calls)
    writes = [place for place, call in enumerate(calls) if call.method in ("POST", "PUT")]
    if any(call.method not in ("GET", "HEAD", "POST", "PUT") for call in calls):
        raise NotSupported("A transaction here holds reads, creates and updates.")
    duty().interaction = "transaction"
    ids = {
        calls[place].full_url: f"{calls[place].url}/{uuid.uuid4()}"
        for place in writes
        if calls[place].method == "POST" and calls[place].full_url.startswith("urn:uuid:")
    }
    # Every write is authorised before the first is stored: the audit and the tokens come first.
    plans = [(place, _plan(record, _localized(calls[place], ids), ids)) for place in writes]
    try:
        for place, plan in plans:
            answers[place] = plan()
    except FhirError:
        if in_transaction():
            session().rollback()
        raise
    if writes and in_transaction():
        session().commit()
    for place, call in enumerate(calls):
        if answers[place] is None:
            answers[place] = dispatch(call)
    return [each if each is not None else outcome_answer(Invalid()) for each in answers]


def _localized(call: Call, ids: dict[str, str]) -> Call:
    """References to entries of the same Bundle, by the ids they are about to get."""

    def local(match: re.Match[str]) -> str:
        known = ids.get(match[2])
        return f'{match[1]}"{known}"' if known else match[0]

    return replace(call, text=_REFERENCE.sub(local, call.text))


def _plan(record: str, call: Call, ids: dict[str, str]) -> Callable[[], Response]:
    if "HTTP_IF_NONE_EXIST" in call.headers:
        raise NotSupported("ifNoneExist is for single requests and batches here.")
    type_, _, id_ = call.url.partition("/")
    if not call.text:
        raise Invalid("A create or update needs a resource.")
    new = writing.incoming(call.text.encode(), type_)
    if call.method == "POST":
        if id_:
            raise Invalid("A create is sent to its type.")
        access = writing.permitted(record, "create", new)
        chosen = ids.get(call.full_url, "").partition("/")[2] or None
        return lambda: writing.create(access, new, chosen)
    access = writing.permitted(record, "update", new)
    return lambda: writing.update(access, new, id_, call.headers.get("HTTP_IF_MATCH"))
