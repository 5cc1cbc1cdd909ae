"""What a scenario expects of an answer, and how it says that it got another."""

from __future__ import annotations

from typing import Any

import httpx

from demo.scenarios.clinic_app import ClinicApp, ticket_of


class Unexpected(Exception):
    """A service answered otherwise than the scenario expects: one sentence."""


def expect(answer: httpx.Response, status: int, error: str = "") -> dict[str, Any]:
    """The members of an answer that has this status and this error code."""
    try:
        found = answer.json() if answer.content else {}
    except ValueError:
        found = {}
    members: dict[str, Any] = found if isinstance(found, dict) else {}
    if answer.status_code != status or (error and members.get("error") != error):
        got = f"{answer.status_code} {members.get('error', '')}".strip()
        wanted = f"{status} {error}".strip()
        asked = f"{answer.request.method} {answer.request.url.copy_with(query=None)}"
        raise Unexpected(f"{asked} answered {got} in place of {wanted}.")
    return members


def challenged(app: ClinicApp, record: str, rpt: str = "") -> str:
    """The ticket that a try of the record brings."""
    answer = app.read(record, rpt)
    expect(answer, 401)
    ticket = ticket_of(answer)
    if not ticket:
        raise Unexpected("The challenge had no ticket.")
    return ticket


def key_for(app: ClinicApp, record: str) -> str:
    """The RPT that today's rules give for the record."""
    issued = expect(app.trade(challenged(app, record)), 200)
    return str(issued["access_token"])
