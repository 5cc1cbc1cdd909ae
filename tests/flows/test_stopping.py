"""Stop takes effect, at once or within five seconds, and nothing old is revived (Grant 6.1)."""

from __future__ import annotations

import pytest

from tests.conftest import Clock
from tests.wire import Stranger, get_rpt, ticket_of, whole_record
from tests.world import Owner, World


class Reader:
    """Dr. Chen in the middle of his work: an RPT for Cedar Valley, used a moment ago."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stranger: Stranger = world.stranger()
        self.tokens = self.stranger.login("bob", "openid profile offline_access")
        answer = get_rpt(self.stranger, world.bases["cedar"], self.tokens["id_token"])
        assert answer.status_code == 200, answer.text
        self.rpt = answer.json()
        assert self.read() == 200

    def read(self, query: str = "") -> int:
        answer = self.stranger.http.get(
            whole_record(self.world.bases["cedar"], query),
            headers={"Authorization": f"Bearer {self.rpt['access_token']}"},
        )
        if answer.status_code == 401:
            ticket_of(answer)
        return answer.status_code

    def count(self, query: str = "") -> int:
        answer = self.stranger.http.get(
            whole_record(self.world.bases["cedar"], query),
            headers={"Authorization": f"Bearer {self.rpt['access_token']}"},
        )
        assert answer.status_code == 200
        return int(answer.json()["total"])


def end(alice: Owner, name: str = "Dr. Bob Chen") -> dict[str, object]:
    policy = alice.policies()[name]
    answer = alice.call("DELETE", f"/{policy['id']}")
    assert answer.status_code == 200, answer.text
    effect: dict[str, object] = answer.json()["effect"]
    return effect


@pytest.mark.spec("G-205")
@pytest.mark.spec("HFU-31")
def test_stop_is_effective_when_it_says_so(world: World) -> None:
    bob, alice = Reader(world), Owner(world)
    effect = end(alice)
    assert effect["status"] == "effective"
    assert bob.read() == 401


@pytest.mark.spec("HU-63")
def test_with_the_event_path_cut_nothing_starts_after_five_seconds(
    world: World, clock: Clock
) -> None:
    bob, alice = Reader(world), Owner(world)
    world.cut |= {("as", source) for source in ("cedar", "harbor", "home")}
    effect = end(alice)
    assert effect["status"] == "pending"
    clock.advance(seconds=5.1)
    assert bob.read() == 401


@pytest.mark.spec("G-156")
@pytest.mark.spec("HU-44")
@pytest.mark.attack("POL-07")
def test_the_refresh_token_dies_with_the_policy(world: World) -> None:
    bob, alice = Reader(world), Owner(world)
    end(alice)
    refreshed = bob.stranger.token(
        grant_type="refresh_token", refresh_token=bob.rpt["refresh_token"]
    )
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")


@pytest.mark.attack("POL-08")
def test_a_narrower_policy_subtracts_for_good(world: World) -> None:
    bob, alice = Reader(world), Owner(world)
    before = bob.count()
    policy = alice.policies()["Dr. Bob Chen"]
    everything = policy["what"]
    kinds = [
        *("about", "medicines", "allergies", "results", "vitals"),
        *("vaccines", "visits", "procedures", "documents"),
    ]
    alice.put({**policy, "what": {**everything, "everything": False, "kinds": kinds}})
    narrowed = bob.count()
    assert narrowed < before
    alice.put({**alice.policies()["Dr. Bob Chen"], "what": everything})
    assert bob.count() == narrowed, "the old RPT never widens again"
    answer = get_rpt(bob.stranger, world.bases["cedar"], bob.tokens["id_token"])
    bob.rpt = answer.json()
    assert bob.count() == before, "a fresh ticket reaches what is permitted again"


def test_pause_suspends_and_resume_revives(world: World) -> None:
    bob, alice = Reader(world), Owner(world)
    alice.put({**alice.policies()["Dr. Bob Chen"], "state": "paused"})
    assert bob.read() == 401
    alice.put({**alice.policies()["Dr. Bob Chen"], "state": "on"})
    assert bob.read() == 200


def test_stop_then_the_same_rule_again_revives_no_old_key(world: World) -> None:
    bob, alice = Reader(world), Owner(world)
    policy = alice.policies()["Dr. Bob Chen"]
    end(alice)
    alice.put({**policy, "id": "bob-again-0123456789abcd", "version": 0, "state": "on"})
    assert bob.read() == 401
    assert len(world.seen_by("bob")) == 159
