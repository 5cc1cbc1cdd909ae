"""A ticket and a token say whose they are to this server alone, and prove nothing by it."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import text

from as_server import owner_seal
from as_server.models import ticket as tickets
from as_server.models import token as tokens
from as_server.models import token_revocation, unsealed_value
from as_server.owner_seal import LENGTH, NO_OWNER, OwnerSeals, jti_of
from tests.as_server.uma import Uma

SEALS = OwnerSeals(b"a" * 32)
ALICE, DORA = "pTmyavbwvH_6JXx092f00w", "g_H7eQl-DsGdssRa1oG1eg"


def changed(value: str, place: int) -> str:
    other = "B" if value[place] == "A" else "A"
    return value[:place] + other + value[place + 1 :]


@pytest.mark.parametrize("owner", [ALICE, DORA, "", "x" * 24])
def test_a_seal_says_whose_it_is_and_its_length_says_nothing(owner: str) -> None:
    value = SEALS.new_value(owner)
    assert (SEALS.owner_of(value), len(value)) == (owner, LENGTH)


def test_an_owner_that_does_not_fit_has_no_seal() -> None:
    with pytest.raises(ValueError, match="too long"):
        SEALS.new_value("x" * 25)


def test_two_values_of_one_owner_have_nothing_in_common_but_the_key() -> None:
    raw = [base64.urlsafe_b64decode(SEALS.new_value(ALICE) + "==") for _ in range(2)]
    parts = ((0, 32), (36, 48), (48, 72), (72, 88))
    assert all(raw[0][begin:end] != raw[1][begin:end] for begin, end in parts)
    assert raw[0][32:36] == raw[1][32:36], "the id of the routing key"


@pytest.mark.parametrize("place", [0, 20, 48, 64, 80, 100, 116])
def test_a_value_that_was_changed_anywhere_is_nobodys(place: int) -> None:
    assert SEALS.owner_of(changed(SEALS.new_value(ALICE), place)) == NO_OWNER


def test_a_seal_fits_no_other_random_bits() -> None:
    one, other = (SEALS.new_value(owner) for owner in (ALICE, DORA))
    one_raw, other_raw = (base64.urlsafe_b64decode(value + "==") for value in (one, other))
    mixed = base64.urlsafe_b64encode(one_raw[:32] + other_raw[32:]).rstrip(b"=").decode()
    assert SEALS.owner_of(mixed) == NO_OWNER


@pytest.mark.parametrize("value", ["", "x", "." * LENGTH, "a.b.c", "é" * LENGTH, "a." + "A" * 200])
def test_what_has_no_seal_says_nothing(value: str) -> None:
    assert SEALS.owner_of(value) in (None, NO_OWNER)


def test_a_value_under_another_secret_says_nothing_here() -> None:
    """It is looked up by its hash, as those without a seal (test_changed_secret)."""
    assert OwnerSeals(b"b" * 32).owner_of(SEALS.new_value(ALICE)) is None


def test_every_ticket_and_token_carries_its_owner(uma: Uma) -> None:
    seals, alice = uma.app.issuer.seals, uma.key["alice"]
    condition = uma.register(), "Condition"
    uma.policy()
    ticket = uma.ask(condition)
    body = uma.trade(ticket).json
    pat, refresh = uma.pat(), uma.refresh_token("alice", "rs1", "uma_protection")
    values = [ticket, pat, refresh, body["access_token"], body["refresh_token"]]
    assert [seals.owner_of(value) for value in values] == [alice] * 5
    assert len(jti_of(body["access_token"])) == LENGTH
    bobs = uma.access_token("bob", "c1", "openid")
    assert seals.owner_of(bobs) == uma.key["bob"]


def test_a_leaked_routing_key_opens_nothing(uma: Uma) -> None:
    """Who has the key can make values that say they are Alice's; no row is under their hash."""
    condition = uma.register(), "Condition"
    uma.policy()
    ticket = uma.ask(condition)
    made = uma.app.issuer.seals.new_value(uma.key["alice"])
    assert uma.trade(made).status_code == 400
    assert uma.refresh(made).status_code == 400
    assert uma.introspect(made) == {"active": False}
    assert uma.call("GET", "/resource", made).status_code == 401
    assert uma.trade(ticket).status_code == 200


def test_a_wrong_owner_opens_nothing(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    ticket, pat = uma.ask(condition), uma.pat()
    dora = uma.key["dora"]
    with uma.app.engine.connect() as connection:
        assert tickets.before_spent(connection, dora, ticket, "c1", uma.now) is None
    with uma.app.engine.begin() as connection:
        assert tickets.spend(connection, dora, ticket, "c1", uma.now) is None
        assert token_revocation.revoke_one(connection, dora, tokens.hash_of(pat), uma.now) == set()
    assert uma.trade(ticket).status_code == 200
    assert uma.call("GET", "/resource", pat).status_code == 200


def test_a_changed_seal_is_an_unknown_token(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    ticket, body = uma.ask(condition), uma.rpt(condition)
    assert uma.trade(changed(ticket, 70)).status_code == 400
    assert uma.refresh(changed(body["refresh_token"], 70)).status_code == 400
    assert uma.trade(ticket).status_code == 200
    assert uma.refresh(body["refresh_token"]).status_code == 200


def test_values_without_a_seal_are_found_by_their_hash(
    uma: Uma, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were issued before there were seals, until they end: each is written down when
    the service first starts with seals."""

    def write_down() -> None:
        with uma.app.engine.begin() as connection:
            unsealed_value.write_down_all(connection)

    condition = uma.register(), "Condition"
    uma.policy()
    new_value = OwnerSeals.new_value
    monkeypatch.setattr(OwnerSeals, "new_value", lambda seals, owner: new_value(seals, owner)[:43])
    ticket = uma.ask(condition)
    uma.pats.clear()
    uma.pat()
    write_down()
    body = uma.trade(ticket).json
    refresh = uma.refresh_token("alice", "c1", "uma_protection")
    plain = uma.access_token("dora", "c1", "x", ["http://localhost:8401/fhir"])
    monkeypatch.undo()
    write_down()
    seals = uma.app.issuer.seals
    for value in (ticket, refresh, plain, uma.pat(), body["access_token"]):
        assert seals.owner_of(value) is None
    assert uma.introspect(body["access_token"])["active"] is True
    assert uma.refresh(refresh).status_code == 200
    with_key = uma.wire.post("/introspect", data={"token": plain, **uma.proof("rs1")})
    assert with_key.json["active"] is True
    with uma.app.engine.begin() as connection:
        connection.execute(text("DELETE FROM permission_ticket"))
    assert uma.trade(ticket).status_code == 400, "presented again, its row forgotten (Grant 5.5)"
    assert uma.introspect(body["access_token"]) == {"active": False}


def test_the_parts_of_a_value_fill_it() -> None:
    parts = ("RANDOM", "KEY_ID", "NONCE", "OWNER", "TAG")
    assert sum(getattr(owner_seal, part) for part in parts) == 88
