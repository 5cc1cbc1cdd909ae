"""Security event tokens: who may raise an epoch, and that nothing else happens."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from heart_uma.jose import KeySet
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import Protected, bare, fake, site

__all__ = ["bare", "fake", "site"]


def push(
    site: Protected, event: str, content_type: str = "application/secevent+jwt"
) -> TestResponse:
    return site.client.post("/events", data=event, content_type=content_type)


def test_an_event_raises_the_epoch_and_calls_nobody(site: Protected) -> None:
    site.fake.line.cut = True
    answer = push(site, site.fake.event(12))
    assert answer.status_code == 202 and answer.data == b""
    assert site.link().epoch == 12
    assert site.fake.line.calls == []


def test_an_event_twice_or_late_changes_nothing(site: Protected) -> None:
    old, new = site.fake.event(3), site.fake.event(9)
    for event in (new, new, old):
        assert push(site, event).status_code == 202
    assert site.link().epoch == 9


def test_an_event_about_somebody_else_moves_nobody_here(site: Protected) -> None:
    event = site.fake.event(5, sub_id={"format": "iss_sub", "iss": "http://as.localhost:8400",
                                       "sub": "dora"})  # fmt: skip
    assert push(site, event).status_code == 202
    assert site.link().epoch == 0


@pytest.mark.attack("JWT-17")
@pytest.mark.parametrize(
    ("claims", "err"),
    [
        ({"aud": ["http://other.localhost/fhir"]}, "invalid_audience"),
        ({"aud": None}, "invalid_audience"),
        ({"iss": "http://evil.localhost"}, "invalid_issuer"),
        ({"keys": KeySet.generate("ES256")}, "invalid_key"),
        ({"kind": "access_token"}, "authentication_failed"),
        ({"kind": "id_token"}, "authentication_failed"),
        ({"iat": 1}, "authentication_failed"),
        ({"sub_id": {"format": "opaque", "id": "x"}}, "invalid_request"),
        ({"sub_id": {"format": "iss_sub", "iss": "http://evil.localhost", "sub": "alice-at-rs"}},
         "invalid_request"),
        ({"sub_id": None}, "invalid_request"),
        ({"events": {}}, "invalid_request"),
        ({"events": []}, "invalid_request"),
    ],
)  # fmt: skip
def test_an_event_that_is_not_for_us_or_not_from_them_is_refused(
    site: Protected, claims: dict[str, Any], err: str
) -> None:
    answer = push(site, site.fake.event(7, **claims))
    assert answer.status_code == 400 and answer.get_json()["err"] == err
    assert site.link().epoch == 0
    assert site.fake.line.calls == []


@pytest.mark.parametrize("epoch", ["12", None, True, -1, 2**62, 1.5, {}])
def test_an_epoch_must_be_a_whole_number(site: Protected, epoch: Any) -> None:
    assert push(site, site.fake.event(epoch)).status_code == 400
    assert site.link().epoch == 0


def test_a_signature_that_was_changed_is_refused(site: Protected) -> None:
    head, _, signature = site.fake.event(1).split(".")
    body = site.fake.event(99).split(".")[1]
    assert push(site, f"{head}.{body}.{signature}").status_code == 400
    assert site.link().epoch == 0


@pytest.mark.parametrize("body", ["", "x", "a.b.c", "{}", "a" * 20_000])
def test_garbage_is_refused(site: Protected, body: str) -> None:
    assert push(site, body).status_code == 400


def test_the_content_type_must_be_that_of_an_event(site: Protected) -> None:
    answer = push(site, site.fake.event(5), "application/jwt")
    assert answer.status_code == 400 and answer.get_json()["err"] == "invalid_request"
    assert site.client.get("/events").status_code == 405
    assert BASE.endswith("/fhir")
