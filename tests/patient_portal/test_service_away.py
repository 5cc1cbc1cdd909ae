"""While the sharing service hangs: one question for all, its failure remembered, a page at once."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from tests.heart_ground.misbehaving import in_time, lead
from tests.patient_portal import fakes
from tests.patient_portal.conftest import Alice
from tests.patient_portal.test_what_happened import COULD_NOT_SHOW

HANGS = 0.6


class Hanging(httpx.BaseTransport):
    """A service that lets every caller wait, and how often it was called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        time.sleep(HANGS)
        raise httpx.ReadTimeout("silent", request=request)


@pytest.fixture
def hanging(visitor: Alice) -> Hanging:
    made = Hanging()
    lead(visitor.portal.http, fakes.ISSUER, made)
    return made


@pytest.mark.fault("B18")
def test_pages_do_not_wait_for_each_others_time_outs(visitor: Alice, hanging: Hanging) -> None:
    answers: list[int] = []

    def knock() -> None:
        answers.append(visitor.portal.test_client().post("/login").status_code)

    knocks = [threading.Thread(target=knock, daemon=True) for _ in range(8)]
    began = time.monotonic()
    for one in knocks:
        one.start()
    for one in knocks:
        one.join(10)
    assert answers == [503] * 8
    assert time.monotonic() - began < 4 * HANGS
    assert len(hanging.calls) == 1


@pytest.mark.fault("B18")
def test_a_failure_is_remembered_for_a_moment(visitor: Alice, hanging: Hanging) -> None:
    assert visitor.browser.post("/login").status_code == 503
    began = time.monotonic()
    assert [visitor.browser.post("/login").status_code for _ in range(3)] == [503] * 3
    assert visitor.opens("/readyz").status_code == 503
    assert time.monotonic() - began < HANGS
    assert len(hanging.calls) == 1


@pytest.mark.fault("B18")
def test_the_page_that_says_so_asks_nobody(alice: Alice, hanging: Hanging) -> None:
    page = in_time(10, lambda: alice.opens("/"))
    assert page.status_code == 503 and COULD_NOT_SHOW in page.text
    assert len(hanging.calls) == 1


@pytest.mark.fault("B18")
@pytest.mark.parametrize("path", ["/nothing", "/records/kind/nothing"])
def test_no_error_page_asks_anybody(alice: Alice, hanging: Hanging, path: str) -> None:
    assert alice.opens(path).status_code == 404
    assert hanging.calls == []
