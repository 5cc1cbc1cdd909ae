"""The PAT: renewed once for everybody, kept sealed, given up when refused."""

from __future__ import annotations

import threading

import pytest
from pydantic import SecretStr

from fhir_rs.models import lease
from fhir_rs.protection import pat
from fhir_rs.protection.pat import Pats
from heart_uma.jose import KeySet, sign
from tests.fhir_rs.fake_as import ISSUER
from tests.fhir_rs.protected import UNLINKED, Protected, bare, fake, link_record, site

__all__ = ["bare", "fake", "site"]


def token_calls(site: Protected) -> int:
    return site.fake.line.calls.count("/token")


@pytest.mark.spec("F-132")
def test_the_database_holds_no_readable_token(site: Protected) -> None:
    (current,) = site.fake.pats
    assert current not in site.link().tokens and "pat" not in site.link().tokens.split(".")[0]


@pytest.mark.spec("F-26")
def test_a_pat_about_to_end_is_renewed_silently(site: Protected) -> None:
    site.clock.advance(seconds=3580)
    assert site.probe().status_code == 401
    assert token_calls(site) == 1
    assert site.probe().status_code == 401
    assert token_calls(site) == 1


def test_a_refused_pat_is_renewed_once(site: Protected) -> None:
    site.fake.pats.clear()
    assert site.probe().status_code == 401
    assert token_calls(site) == 1 and site.link().connected


@pytest.mark.spec("F-27")
@pytest.mark.attack("F-8")
def test_a_pat_that_cannot_be_renewed_disconnects_the_owner(site: Protected) -> None:
    site.fake.pats.clear()
    site.fake.refresh_tokens.clear()
    token = site.grant()
    for answer in (site.probe(), site.probe(token)):
        assert answer.status_code == 403 and "Unreachable" in answer.headers["Warning"]
    assert not site.link().connected
    site.fake.line.calls.clear()
    assert site.probe().status_code == 403
    assert site.fake.line.calls == []


@pytest.mark.spec("F-27")
def test_a_new_pat_that_is_refused_too_disconnects_the_owner(site: Protected) -> None:
    class Nobody(set[str]):
        def __contains__(self, item: object) -> bool:
            return False

    real = site.fake.new_pat

    def refused() -> dict[str, object]:
        answer = real()
        site.fake.pats = Nobody()
        return answer

    site.fake.new_pat = refused  # type: ignore[method-assign]
    site.fake.pats = Nobody()
    assert site.probe().status_code == 403
    assert not site.link().connected and token_calls(site) == 1


def test_a_server_that_is_down_while_renewing_disconnects_nobody(site: Protected) -> None:
    site.clock.advance(seconds=3580)
    site.fake.line.cut = True
    assert site.probe().status_code == 403
    assert site.link().connected
    site.fake.line.cut = False
    assert site.probe().status_code == 401


def test_processes_that_renew_at_once_use_one_refresh_token(site: Protected) -> None:
    """Eight threads, each with PATs of its own on the same database."""
    site.clock.advance(seconds=3580)
    before, found, failed = site.link(), [], []
    app, now = site.app, site.fake.seconds()
    secret = app.settings.secret.get_secret_value()

    def renew() -> None:
        pats = Pats(app.engine, app.http, app.authorization_servers, app.circuit, app.clock, secret)
        try:
            found.append(pats.renewed(before, now).tokens)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and len(found) == 8
    assert len(set(found)) == 1 and token_calls(site) == 1
    assert not site.fake.family_dead


def test_another_secret_than_the_one_that_sealed_is_no_pat(site: Protected) -> None:
    site = site.restarted(secret=SecretStr("another secret that is long enough too"))
    assert site.probe().status_code == 403


def test_a_subject_that_changes_at_refresh_ends_the_link(site: Protected) -> None:
    site.fake.sub = "somebody-else"
    real = site.fake.new_pat

    def with_id_token() -> dict[str, object]:
        now = site.fake.seconds()
        claims = {"iss": ISSUER, "sub": site.fake.sub, "aud": "rs-1", "iat": now, "exp": now + 60}
        return {**real(), "id_token": sign("id_token", claims, site.fake.keys)}

    site.fake.new_pat = with_id_token  # type: ignore[method-assign]
    site.clock.advance(seconds=3580)
    assert site.probe().status_code == 403
    assert not site.link().connected


@pytest.mark.fault("1.8")
def test_a_rotated_key_costs_no_refresh_token(site: Protected) -> None:
    """However short ago the old keys were read, and without showing the spent token again."""
    real = site.fake.new_pat

    def with_id_token() -> dict[str, object]:
        now = site.fake.seconds()
        claims = {"iss": ISSUER, "sub": site.fake.sub, "aud": "rs-1", "iat": now, "exp": now + 60}
        return {**real(), "id_token": sign("id_token", claims, site.fake.keys)}

    site.fake.new_pat = with_id_token  # type: ignore[method-assign]
    site.clock.advance(seconds=3580)
    assert site.probe().status_code == 401
    for key in ("old", "older"):
        site.fake.keys = KeySet.generate("ES256")
        site.fake.pats.clear()
        assert site.probe().status_code == 401, key
    assert token_calls(site) == 3
    assert not site.fake.family_dead and site.link().connected


@pytest.mark.spec("F-17")
def test_the_records_of_one_owner_share_one_pat(site: Protected) -> None:
    first = site.link().tokens
    link_record(site.app, site.fake, record=UNLINKED)
    assert site.link().tokens != first
    assert site.probe().status_code == site.probe(record=UNLINKED).status_code == 401
    assert token_calls(site) == 0


def test_a_lease_of_a_crashed_process_runs_out(site: Protected) -> None:
    now = site.fake.seconds()
    crashed = lease.hold(site.app.engine, "pat:x", now, pat.LEASE_SECONDS)
    assert crashed.__enter__() is True
    with lease.hold(site.app.engine, "pat:x", now + 1, 10) as ours:
        assert ours is False
    with lease.hold(site.app.engine, "pat:x", now + 11, 10) as ours:
        assert ours is True
