"""Each one-time credential in each hand, fresh and spent: who may use it, and what a copy changes.

A credential that comes back from its own client ends what it gave: one of the two is a thief
(RFC 6749 4.1.2, RFC 9700 4.14.2, Grant 5.5). In a stranger's hand it changes nothing, spent or not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from as_server.context import AsServer
from as_server.models import refresh_rotation
from as_server.models.client import UMA_TICKET
from as_server.models.token import TOKEN, Token, hash_of
from as_server.models.token_revocation import revoke_family
from as_server.tokens.claims import ID_TOKEN_FORMAT
from tests.as_server.person import App, Person
from tests.as_server.uma import Uma, pid
from tests.conftest import Clock

GRACE = 31
"""Seconds after which a refresh token that was exchanged may not be repeated."""


@dataclass
class Credential:
    """One credential: `present` gives the answer to a hand, `alive` says what it gave still works.

    `body` is what its client got for it.
    """

    present: Callable[[str], Any]
    alive: Callable[[dict[str, Any]], bool]
    wait: Callable[[], None] = lambda: None

    def spend(self) -> dict[str, Any]:
        answer = self.present("right")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        self.wait()
        return body


@pytest.fixture
def ticket(uma: Uma) -> Credential:
    condition = uma.register(), "Condition"
    uma.policy()
    value = uma.ask(condition)
    claims = {name: uma.id_token("bob", name) for name in ("c1", "c2")}

    def present(hand: str) -> Any:
        client_id = "c2" if hand == "other" else "c1"
        form = {"grant_type": UMA_TICKET, "ticket": value, "claim_token": claims[client_id]}
        form["claim_token_format"] = ID_TOKEN_FORMAT
        proof = {"client_id": "c1"} if hand == "nobody" else uma.proof(client_id)
        return uma.wire.post("/token", data=form | proof)

    def alive(body: dict[str, Any]) -> bool:
        active = uma.introspect(body["access_token"])["active"]
        refreshed = uma.refresh(body["refresh_token"]).status_code == 200
        assert active is refreshed, "all that it gave lives, or nothing"
        return refreshed

    return Credential(present, alive)


def is_alive(app: App, body: dict[str, Any]) -> bool:
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    active = app.wire.get("/userinfo", headers=bearer).status_code == 200
    refreshed = app.refresh(body["refresh_token"]).status_code == 200
    assert active is refreshed, "all that it gave lives, or nothing"
    return refreshed


@pytest.fixture
def other(as_app: AsServer, clock: Clock) -> App:
    return App(as_app, clock, 1).register()


@pytest.fixture
def code(app: App, other: App, alice: Person) -> Credential:
    value = app.code_from(alice, scope="openid offline_access")
    verifier = app.verifier

    def present(hand: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": value,
            "redirect_uri": app.redirect_uri + ("/" if hand == "right, wrong address" else ""),
            "code_verifier": "w" * 64 if hand == "right, wrong verifier" else verifier,
        }
        if hand == "nobody":
            return app.wire.post("/token", data=form | {"client_id": app.client_id})
        return (other if hand == "other" else app).token(**form)

    return Credential(present, lambda body: is_alive(app, body))


@pytest.fixture
def refresh_token(app: App, other: App, alice: Person, clock: Clock) -> Credential:
    value = app.tokens(alice, "openid offline_access")["refresh_token"]

    def present(hand: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": value}
        if hand == "nobody":
            return app.wire.post("/token", data=form | {"client_id": app.client_id})
        return (other if hand == "other" else app).token(**form)

    return Credential(
        present, lambda body: is_alive(app, body), lambda: clock.advance(seconds=GRACE)
    )


KINDS = ("ticket", "code", "refresh_token")
STRANGERS = [
    *product(KINDS, ("other", "nobody")),
    *(("code", f"right, wrong {what}") for what in ("address", "verifier")),
]
# A ticket is the first presenter's, whoever that is (Grant 3.3.1).
NOT_YET = [(kind, hand) for kind, hand in STRANGERS if (kind, hand) != ("ticket", "other")]


@pytest.mark.fault("A6")
@pytest.mark.fault("2.5")
@pytest.mark.spec("G-193")
@pytest.mark.attack("TKT-08")
@pytest.mark.parametrize("kind", KINDS)
def test_its_own_client_presents_it_again_and_all_that_it_gave_ends(
    request: pytest.FixtureRequest, kind: str
) -> None:
    credential: Credential = request.getfixturevalue(kind)
    body = credential.spend()
    again = credential.present("right")
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert not credential.alive(body)


@pytest.mark.fault("A6")
@pytest.mark.fault("2.5")
@pytest.mark.parametrize(("kind", "hand"), STRANGERS, ids=str)
def test_a_spent_one_in_a_strangers_hand_changes_nothing(
    request: pytest.FixtureRequest, kind: str, hand: str
) -> None:
    credential: Credential = request.getfixturevalue(kind)
    body = credential.spend()
    for _ in range(2):
        answer = credential.present(hand)
        refused = (401, "invalid_client") if hand == "nobody" else (400, "invalid_grant")
        assert (answer.status_code, answer.json["error"]) == refused
    assert credential.alive(body)


@pytest.mark.fault("2.5")
@pytest.mark.parametrize(("kind", "hand"), NOT_YET, ids=str)
def test_a_fresh_one_in_a_strangers_hand_is_still_its_clients(
    request: pytest.FixtureRequest, kind: str, hand: str
) -> None:
    credential: Credential = request.getfixturevalue(kind)
    answer = credential.present(hand)
    refused = (401, "invalid_client") if hand == "nobody" else (400, "invalid_grant")
    assert (answer.status_code, answer.json["error"]) == refused
    assert credential.alive(credential.spend())


@pytest.mark.fault("A6")
def test_a_replayed_ticket_ends_what_came_of_it_since(uma: Uma) -> None:
    """Its RPT, those that were refreshed from it, and the servers hear of it."""
    condition = uma.register(), "Condition"
    uma.policy()
    value = uma.ask(condition)
    first = uma.trade(value).json
    second = uma.refresh(first["refresh_token"]).json
    apart = uma.rpt(condition)
    told = len(uma.servers.events)
    assert uma.trade(value).status_code == 400
    assert len(uma.servers.events) == told + 1
    for body in (first, second):
        assert uma.introspect(body["access_token"]) == {"active": False}
        assert uma.refresh(body["refresh_token"]).status_code == 400
    assert uma.introspect(apart["access_token"])["active"] is True, "of another ticket"
    # The rule stands: a fresh ticket is a fresh start.
    assert uma.introspect(uma.rpt(condition)["access_token"])["active"] is True


def test_a_ticket_that_gave_nothing_ends_nothing(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    first = uma.ask(condition)
    needed = uma.trade(first, None).json["ticket"]
    given = uma.trade(needed).json
    told = len(uma.servers.events)
    for value in (first, secrets.token_urlsafe(32), "x" * 600):
        assert uma.trade(value).json["error"] == "invalid_grant"
    assert len(uma.servers.events) == told
    assert uma.introspect(given["access_token"])["active"] is True


@pytest.mark.fault("2.5")
def test_a_public_client_without_the_verifier_ends_nothing(public_app: App, alice: Person) -> None:
    """Anybody can name a public client: what proves it is the verifier."""
    value = public_app.code_from(alice, scope="openid")
    form = {
        "grant_type": "authorization_code",
        "code": value,
        "redirect_uri": public_app.redirect_uri,
        "client_id": public_app.client_id,
    }
    own = form | {"code_verifier": public_app.verifier}
    token = public_app.wire.post("/token", data=own).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    for verifier in ("", "w" * 64):
        stolen = public_app.wire.post("/token", data=form | {"code_verifier": verifier})
        assert stolen.status_code == 400
        assert public_app.wire.get("/userinfo", headers=bearer).status_code == 200
    assert public_app.wire.post("/token", data=own).status_code == 400
    assert public_app.wire.get("/userinfo", headers=bearer).status_code == 401


@pytest.mark.fault("2.5")
def test_a_used_code_from_a_history_does_not_unlink_a_record(
    app: App, other: App, alice: Person
) -> None:
    """The consent of a resource server: whoever reads its old code may not end its PAT."""
    value = app.code_from(alice, scope="openid uma_protection offline_access")
    body = app.redeem(value).json
    other.verifier = "w" * 64
    assert other.redeem(value).json["error"] == "invalid_grant"
    assert is_alive(app, body)


def test_a_spent_code_is_known_for_as_long_as_what_it_gave(
    app: App, alice: Person, clock: Clock
) -> None:
    value = app.code_from(alice, scope="openid offline_access")
    body = app.redeem(value).json
    clock.advance(hours=23)
    assert app.redeem(value).status_code == 400
    assert app.refresh(body["refresh_token"]).status_code == 400


def test_a_replay_of_what_is_dead_already_tells_nobody(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    value = uma.ask(condition)
    uma.trade(value)
    uma.owner_call("DELETE", f"/policy/{pid('a')}")
    told = len(uma.servers.events)
    for _ in range(3):
        assert uma.trade(value).status_code == 400
    assert len(uma.servers.events) == told


def test_ending_a_family_writes_to_its_live_tokens_alone(app: App, alice: Person) -> None:
    """A family that was refreshed all day is ended as fast as a young one."""
    first = app.tokens(alice, "openid offline_access")["refresh_token"]
    token = first
    for _ in range(12):
        app.server.clock.advance(seconds=3_000)  # type: ignore[attr-defined]
        token = app.refresh(token).json["refresh_token"]
    assert app.refresh(first).status_code == 400
    assert app.refresh(token).status_code == 400
    with app.server.engine.connect() as connection:
        count = "SELECT count(*) FROM token WHERE revoked_at IS NOT NULL"
        # The last refresh token, and the two access tokens of the last hour.
        assert connection.exec_driver_sql(count).scalar_one() == 3


def test_a_refresh_token_that_ended_meanwhile_is_not_exchanged(app: App, alice: Person) -> None:
    """It was live when the request looked; another process ended its family since."""
    value = app.tokens(alice, "openid offline_access")["refresh_token"]
    digest, at = hash_of(value), int(app.clock().timestamp())
    with app.server.engine.begin() as connection:
        this = select(TOKEN).where(TOKEN.c.hash == digest)
        row = Token(**connection.execute(this).one()._mapping)
        revoke_family(connection, row.owner, row.family, at)
        assert refresh_rotation.rotate(connection, row, at) is False
    assert app.refresh(value).status_code == 400
