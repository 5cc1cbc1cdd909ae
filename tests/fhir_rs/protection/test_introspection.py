"""Cached answers and the owner's epoch: nothing from before a Stop is used after it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from fhir_rs.db import writing
from fhir_rs.models.epoch import raise_epoch
from fhir_rs.models.link import Link
from heart_uma.jose import KeySet
from tests.fhir_rs.fake_as import ISSUER
from tests.fhir_rs.protected import Protected, bare, fake, link_record, site, start

__all__ = ["bare", "fake", "site"]


def introspections(site: Protected) -> int:
    return site.fake.line.calls.count("/introspect")


def push(site: Protected, epoch: int) -> None:
    """What the events endpoint does."""
    with writing(site.app.engine) as connection:
        raise_epoch(connection, ISSUER, site.fake.sub, epoch)


def stop(site: Protected, token: str, *, pushed: bool = True) -> None:
    """The owner ends the share: the server's next answer is inactive, under a higher epoch."""
    site.fake.epoch += 1
    site.fake.answers[token] = {"active": False}
    if pushed:
        push(site, site.fake.epoch)


@pytest.mark.spec("F-122")
def test_an_answer_is_reused_for_its_few_seconds(site: Protected) -> None:
    token = site.grant()
    for _ in range(3):
        assert site.probe(token).status_code == 200
    assert introspections(site) == 1
    site.clock.advance(seconds=5)
    assert site.probe(token).status_code == 200
    assert introspections(site) == 2


def test_a_database_that_was_put_back_is_answered_from_at_once(site: Protected) -> None:
    site.fake.epoch = 1
    push(site, 1)
    token = site.grant()
    assert site.probe(token).status_code == 200
    with writing(site.app.engine) as connection:  # both servers go back to a moment before
        connection.execute(update(Link).values(epoch=0))
    site.fake.answers[token]["heart_uma_epoch"] = 0
    assert site.probe(token).status_code == 200
    assert introspections(site) == 2


@pytest.mark.spec("HO-113")
def test_an_answer_is_never_older_than_half_the_life_of_its_token(site: Protected) -> None:
    now = site.fake.seconds()
    token = site.fake.token(iat=now, exp=now + 6)
    site.fake.answers[token] = {**site.fake.answers[site.grant()], "exp": now + 6}
    site.probe(token)
    site.clock.advance(seconds=2)
    site.probe(token)
    assert introspections(site) == 1
    site.clock.advance(seconds=1)
    site.probe(token)
    assert introspections(site) == 2


@pytest.mark.spec("F-123")
def test_an_answer_never_outlives_its_permission_or_token(site: Protected) -> None:
    now = site.fake.seconds()
    permission = site.fake.permission("Observation", "results", "patient/Observation.read")
    token = site.fake.rpt([{**permission, "exp": now + 2}])
    assert site.probe(token).status_code == 200
    site.clock.advance(seconds=2)
    assert site.probe(token).status_code == 401
    short = site.fake.token(iat=now - 100, exp=now + 3)
    site.fake.answers[short] = site.fake.answers[site.grant()]
    assert site.probe(short).status_code == 200
    site.clock.advance(seconds=1)
    assert site.probe(short).status_code == 401


def test_max_age_zero_asks_every_time(site: Protected) -> None:
    site = site.restarted(introspection_max_age=0.0)
    token = site.grant()
    for _ in range(3):
        assert site.probe(token).status_code == 200
    assert introspections(site) == 3


def test_the_cache_is_per_token_and_record(site: Protected) -> None:
    first, second = site.grant(), site.grant()
    site.probe(first)
    site.probe(second)
    assert introspections(site) == 2


@pytest.mark.spec("HU-63")
def test_a_pushed_epoch_ends_a_cached_answer_at_once(site: Protected) -> None:
    token = site.grant()
    assert site.probe(token).status_code == 200
    stop(site, token)
    assert site.probe(token).status_code == 401


@pytest.mark.spec("F-123")
def test_without_the_push_a_cached_answer_ages_out(site: Protected) -> None:
    token = site.grant()
    assert site.probe(token).status_code == 200
    stop(site, token, pushed=False)
    assert site.probe(token).status_code == 200
    site.clock.advance(seconds=5)
    assert site.probe(token).status_code == 401


def test_an_answer_in_flight_while_the_owner_stops_is_thrown_away(site: Protected) -> None:
    token = site.grant()

    def stopped_meanwhile(request: httpx.Request) -> None:
        assert request.url.path == "/introspect"
        stop(site, token)

    site.fake.line.before_answer = stopped_meanwhile
    assert site.probe(token).status_code == 401
    assert introspections(site) == 2
    assert [entry.outcome for entry in site.audited()] == []


def test_a_narrowed_answer_in_flight_is_asked_for_again(site: Protected) -> None:
    token = site.grant()

    def narrowed(request: httpx.Request) -> None:
        site.fake.epoch = 4
        site.fake.answers[token] = {**site.fake.answers[token], "heart_uma_epoch": 4}
        push(site, 4)

    site.fake.line.before_answer = narrowed
    assert site.probe(token).status_code == 200
    assert introspections(site) == 2 and site.link().epoch == 4


def test_a_server_that_lags_behind_its_own_event_gives_no_proof(site: Protected) -> None:
    token = site.grant()
    push(site, 9)
    answer = site.probe(token)
    assert answer.status_code == 403 and "Unreachable" in answer.headers["Warning"]


def test_a_higher_epoch_in_an_answer_is_learned(site: Protected) -> None:
    site.fake.epoch = 7
    assert site.probe(site.grant()).status_code == 200
    assert site.link().epoch == 7


def test_the_epoch_is_checked_again_in_the_audit_transaction(site: Protected) -> None:
    token, runs = site.grant(), []

    def stopped_during() -> None:
        runs.append(1)
        if len(runs) == 1:
            stop(site, token)

    site.app.config["DURING"] = stopped_during
    answer = site.probe(token)
    assert answer.status_code == 401 and len(runs) == 1
    assert b"CNRY" not in answer.data and site.audited() == []


def test_a_change_that_takes_nothing_away_costs_one_more_question(site: Protected) -> None:
    token, runs = site.grant(), []

    def changed_during() -> None:
        runs.append(1)
        if len(runs) == 1:
            site.fake.answers[token]["heart_uma_epoch"] = 3
            push(site, 3)

    site.app.config["DURING"] = changed_during
    assert site.probe(token).status_code == 200
    assert len(runs) == 2 and introspections(site) == 2
    assert [entry.outcome for entry in site.audited()] == ["shown"]


def test_an_epoch_that_never_stands_still_gives_nothing(site: Protected) -> None:
    token, epoch = site.grant(), [0]

    def always_changing() -> None:
        epoch[0] += 1
        site.fake.answers[token]["heart_uma_epoch"] = epoch[0]
        push(site, epoch[0])

    site.app.config["DURING"] = always_changing
    assert site.probe(token).status_code == 403
    assert site.audited() == []


@pytest.mark.parametrize("epoch", ["7", True, -1, 2**70, 1.5])
def test_an_epoch_that_is_no_number_is_no_proof(site: Protected, epoch: Any) -> None:
    assert site.probe(site.grant(heart_uma_epoch=epoch)).status_code == 403


def test_a_server_without_epochs_works_without_them(site: Protected) -> None:
    token = site.grant()
    del site.fake.answers[token]["heart_uma_epoch"]
    assert site.probe(token).status_code == 200


@pytest.mark.attack("F-10")
def test_an_unknown_kid_is_looked_up_once_in_thirty_seconds(site: Protected) -> None:
    old, site.fake.keys = site.fake.keys, KeySet.generate("ES256")
    site.clock.advance(seconds=31)
    assert site.probe(site.grant()).status_code == 200
    site.fake.line.calls.clear()
    for _ in range(3):
        assert site.probe(site.fake.token(keys=KeySet.generate("ES256"))).status_code == 401
    assert site.fake.line.calls.count("/jwks") == 0
    assert site.probe(site.fake.token(keys=old)).status_code == 401


def test_a_record_linked_anew_does_not_honour_the_old_owners_tokens(site: Protected) -> None:
    token = site.grant()
    assert site.probe(token).status_code == 200
    site.fake.sub = "somebody-else"
    link_record(site.app, site.fake)
    site.fake.answers[token] = {"active": False}
    assert site.probe(token).status_code == 401


def test_two_apps_in_one_process_are_independent(tmp_path: Any, site: Protected) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    other = start(folder, site.clock, site.fake)
    assert other.introspections is not site.app.introspections
    assert other.test_client().get("/fhir/r/x/Probe").status_code == 404
    other.engine.dispose()
