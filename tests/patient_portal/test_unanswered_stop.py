"""A stop that got no answer is kept, asked for again, and shown as under way."""

from __future__ import annotations

import httpx
import pytest

from tests.heart_ground.misbehaving import lead
from tests.patient_portal import fakes
from tests.patient_portal.conftest import Alice

DANA = "s-dana-000000000000000"
SILENT = "We can not reach your sharing service"


class Deaf(httpx.BaseTransport):
    """A sharing service that carries out what it is asked, or nothing, and answers no stop."""

    def __init__(self, alice: Alice, *, carries_out: bool) -> None:
        self.real = httpx.WSGITransport(alice.service.app())
        self.carries_out = carries_out
        self.deaf = True
        self.all = False
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.method)
        if self.deaf and (self.all or request.method == "DELETE"):
            if self.carries_out:
                self.real.handle_request(request)
            raise httpx.ReadTimeout("silent", request=request)
        return self.real.handle_request(request)


@pytest.fixture(params=[True, False], ids=["carried out", "lost"])
def deaf(request: pytest.FixtureRequest, alice: Alice) -> Deaf:
    made = Deaf(alice, carries_out=request.param)
    lead(alice.portal.http, fakes.ISSUER, made)
    return made


@pytest.mark.fault("A11")
def test_a_stop_without_an_answer_is_under_way(alice: Alice, deaf: Deaf) -> None:
    page = alice.sends(f"/share/{DANA}/stop")
    assert "Sharing is being stopped" in page.text
    assert "we do not know if the stop counts" in page.text
    assert "You stopped sharing" not in page.text
    home = alice.opens("/").text
    assert "There is no answer yet, so it may not count." in home
    again = alice.sends(f"/share/{DANA}/stopped")
    assert "Sharing is being stopped" in again.text


@pytest.mark.fault("A11")
def test_it_is_asked_for_again_with_the_next_page(alice: Alice, deaf: Deaf) -> None:
    alice.sends(f"/share/{DANA}/stop")
    deaf.deaf = False
    assert "no answer yet" not in alice.opens("/").text
    assert alice.service.policies[DANA]["state"] == "ended"
    assert "You stopped sharing with Dana Fox, LCSW" in alice.opens(f"/share/{DANA}/stopped").text


@pytest.mark.fault("C25")
def test_she_waits_once_for_a_service_that_hangs(alice: Alice, deaf: Deaf) -> None:
    before = len(deaf.asked)
    assert "Sharing is being stopped" in alice.sends(f"/share/{DANA}/stop").text
    assert deaf.asked[before:].count("DELETE") == 1
    alice.opens(f"/share/{DANA}/stopped")
    assert deaf.asked[before:].count("DELETE") == 2


@pytest.mark.fault("A11")
def test_it_outlives_the_session(alice: Alice, deaf: Deaf) -> None:
    alice.sends(f"/share/{DANA}/stop")
    deaf.deaf = False
    alice.sends("/", to="/logout")
    alice.opens("/people")
    alice.signs_in()
    alice.opens("/")
    assert alice.service.policies[DANA]["state"] == "ended"


@pytest.mark.fault("A11")
def test_while_nothing_answers_the_page_says_that_the_stop_may_not_count(
    alice: Alice, deaf: Deaf
) -> None:
    alice.sends(f"/share/{DANA}/stop")
    deaf.all = True
    page = alice.opens("/")
    assert page.status_code == 503
    assert SILENT in page.text
    assert "You asked to stop a share, and there is no answer yet: it may not count." in page.text
    assert "Nothing was shared or changed." not in page.text


def test_a_stop_that_is_refused_is_not_kept_for_ever(alice: Alice, deaf: Deaf) -> None:
    alice.sends(f"/share/{DANA}/stop")
    deaf.deaf = False
    del alice.service.policies[DANA]
    assert "no answer yet" not in alice.opens("/").text


def test_nobody_elses_stop_is_shown(alice: Alice, deaf: Deaf) -> None:
    alice.sends(f"/share/{DANA}/stop")
    deaf.deaf = False
    alice.service.subject = "dora"
    alice.sends("/", to="/logout")
    alice.service.subject = "dora"
    alice.opens("/people")
    deaf.deaf = True
    alice.signs_in()
    assert "no answer yet" not in alice.opens("/").text
