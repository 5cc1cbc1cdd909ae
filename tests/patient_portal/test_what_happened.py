"""A page that failed says of her changes what is known, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from patient_portal.sharing import what_happened
from tests.patient_portal.conftest import Alice

BOB = "s-bob-0000000000000000"
COULD_NOT_SHOW = (
    "We could not show this. Your last change may have been saved: check Who can see what."
)
NOTHING = "Nothing was shared or changed."
SAVED = "Your last change may have been saved: check Who can see what."
UNKNOWN = "We do not know whether it worked. Check Who can see what before you try again."
Send = Callable[..., httpx.Response]


@pytest.fixture
def meddle(alice: Alice, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Puts something between the portal and the service: it gets the way there and the call."""
    send: Send = alice.portal.http.request

    def put(between: Callable[..., Any]) -> None:
        monkeypatch.setattr(
            alice.portal.http,
            "request",
            lambda method, url, **more: between(lambda: send(method, url, **more), method, url),
        )

    return put


def _pause(alice: Alice) -> str:
    return alice.sends(
        f"/share/{BOB}", {"how": "open", "version": "1"}, to=f"/share/{BOB}/pause"
    ).text


@pytest.mark.fault("C25")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ReadTimeout("late"), UNKNOWN),
        (httpx.RemoteProtocolError("cut"), UNKNOWN),
        (httpx.ConnectError("none"), NOTHING),
        (httpx.ConnectTimeout("none"), NOTHING),
    ],
)
def test_after_no_answer_nothing_is_promised(
    alice: Alice, meddle: Any, error: Exception, words: str
) -> None:
    def between(send: Send, method: str, _url: str) -> httpx.Response:
        if method == "PUT":
            raise error
        return send()

    meddle(between)
    assert words in _pause(alice)


@pytest.mark.fault("C1")
@pytest.mark.parametrize(("status", "words"), [(400, NOTHING), (409, NOTHING), (500, UNKNOWN)])
def test_an_answer_says_whether_it_was_done(
    alice: Alice, meddle: Any, status: int, words: str
) -> None:
    def between(send: Send, method: str, _url: str) -> httpx.Response:
        return httpx.Response(status, json={"error": "no"}) if method == "PUT" else send()

    meddle(between)
    assert words in _pause(alice)


@pytest.mark.fault("C1")
def test_a_page_after_a_change_does_not_say_that_nothing_was_changed(
    alice: Alice, meddle: Any
) -> None:
    def between(send: Send, method: str, url: str) -> httpx.Response:
        refused = httpx.Response(400, json={"error": "invalid_request"})
        return refused if url.endswith("/records") else send()

    meddle(between)
    html = _pause(alice)
    assert alice.service.policies[BOB]["state"] == "paused"
    assert NOTHING not in html and COULD_NOT_SHOW in html


def test_what_was_saved_stays_said(alice: Alice) -> None:
    with alice.portal.test_request_context("/", method="POST"):
        changes = what_happened.Changes()
        changes.note(what_happened.SAVED)
        changes.note(what_happened.UNKNOWN)
        assert changes.words("POST") == SAVED


def test_home_offers_to_try_again_and_not_to_go_to_home(alice: Alice, meddle: Any) -> None:
    def between(_send: Send, _method: str, _url: str) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    page = alice.opens("/people").text
    assert "Go to Home" not in page
    meddle(between)
    home = alice.opens("/").text
    assert 'href="/">Try again</a>' in home and "Go to Home" not in home
    other = alice.opens("/people").text
    assert 'href="/people">Try again</a>' in other and "Go to Home" in other
    assert COULD_NOT_SHOW in home


def test_a_form_that_cannot_be_read_changed_nothing(alice: Alice) -> None:
    answer = alice.browser.post("/share/new/who", data={"csrf_token": "wrong"})
    assert answer.status_code == 400
    assert NOTHING in answer.text
    assert NOTHING not in alice.opens("/nowhere").text
