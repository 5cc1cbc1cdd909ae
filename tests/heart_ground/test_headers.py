"""What a browser may do with an answer depends on who it is for, and on nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response

from heart_ground import headers

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HTML, JSON = "text/html", "application/json"


def answered(
    mimetype: str, own: dict[str, str] | None = None, *, away: bool = False, **options: Any
) -> dict[str, str]:
    with Flask("x").test_request_context():
        if away:
            headers.leads_away()
        made = Response(b"", mimetype=mimetype, headers=own)
        return dict(headers.complete(made, **{"secure": False, **options}).headers)


@pytest.mark.parametrize("mimetype", [HTML, JSON, "text/css"])
@pytest.mark.parametrize("away", [True, False])
@pytest.mark.parametrize("public", [True, False])
def test_what_every_answer_carries(mimetype: str, away: bool, public: bool) -> None:
    found = answered(mimetype, away=away, public=public)
    assert found.items() >= EVERYWHERE.items()
    policy = found["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "Strict-Transport-Security" not in found
    assert "max-age" in answered(mimetype, secure=True)["Strict-Transport-Security"]


def test_the_forms_of_a_page_stay_unless_they_are_said_to_leave() -> None:
    stays, leaves = answered(HTML), answered(HTML, away=True)
    assert stays["Content-Security-Policy"].endswith("; form-action 'self'")
    assert "form-action" not in leaves["Content-Security-Policy"]
    del stays["Content-Security-Policy"], leaves["Content-Security-Policy"]
    assert stays == leaves


def test_only_what_is_public_is_read_by_other_origins() -> None:
    for mimetype, public, read in [(JSON, True, True), (JSON, False, False), (HTML, True, False)]:
        found = answered(mimetype, public=public)
        assert found.get("Access-Control-Allow-Origin") == ("*" if read else None)
        assert found["Cross-Origin-Resource-Policy"] == ("cross-origin" if read else "same-origin")


def test_what_programs_get_runs_nothing() -> None:
    assert answered(JSON)["Content-Security-Policy"].endswith("; sandbox")


def test_what_an_endpoint_says_itself_stands_once() -> None:
    own = {"cache-control": "public, max-age=60", "Content-Security-Policy": "sandbox"}
    found = answered(JSON, own)
    assert found["cache-control"] == "public, max-age=60" and "Cache-Control" not in found
    assert found["Content-Security-Policy"] == "sandbox"
