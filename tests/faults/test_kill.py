"""kill -9 in the middle of everything: what was acknowledged is there, what was spent stays spent.

F-1, F-2, P-2, P-5, P-11: workers die between any two instructions while policies are written,
tickets are spent and records are read.
"""

from __future__ import annotations

import base64
import os
import random
import secrets
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from fhir_rs.db import make_engine
from fhir_rs.verification.audit import verify
from heart_uma.jose import KeySet
from tests.faults.site import Site
from tests.wire import Stranger, get_rpt, ticket_of, whole_record

pytestmark = pytest.mark.slow
SECONDS = float(os.environ.get("HEART_UMA_TEST_KILLING", "6"))
EVERY = min(1.5, SECONDS / 5)
"""Seconds from one kill to the next."""


class Assassin(threading.Thread):
    """Kills one worker after another until told to stop."""

    def __init__(self, site: Site, service: str, every: float) -> None:
        super().__init__(daemon=True)
        self.site, self.service, self.every = site, service, every
        self.over, self.killed = threading.Event(), 0
        self.rng = random.Random(7)

    def run(self) -> None:
        while not self.over.wait(self.every * self.rng.uniform(0.5, 1.5)):
            self._supervise()
            pids = self.site.worker_pids(self.service)
            if pids:
                try:
                    os.kill(self.rng.choice(pids), signal.SIGKILL)
                    self.killed += 1
                except ProcessLookupError:
                    continue

    def finish(self) -> int:
        self.over.set()
        self.join(40)
        deadline = time.monotonic() + 40
        while not self.site.answers(self.service):
            assert time.monotonic() < deadline, self.site.log(self.service).read_text()[-3000:]
            self._supervise()
            time.sleep(0.05)
        return self.killed

    def _supervise(self) -> None:
        """Workers that die in a row end the service; whoever supervises it starts it again."""
        if self.site.processes[self.service].poll() is not None:
            self.site.start(self.service)
            self.site.wait(self.service)


def insist(call: Callable[[], httpx.Response], seconds: float = 20) -> httpx.Response | None:
    """The answer; None when the connection broke, so that nobody knows what happened."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return call()
        except httpx.ConnectError:
            time.sleep(0.05)
        except httpx.HTTPError:
            return None
    raise AssertionError("the service did not come back")


def draft(number: int) -> dict[str, Any]:
    return {
        "id": f"kill-test-{number:012d}", "version": 0, "state": "on", "effect": "permit",
        "ask_me": False, "who": {"role": "family_doctor"},
        "what": {"everything": False, "kinds": ["vitals"], "topics": [],
                 "records": {"include": [], "exclude": []}, "since": None, "until": None,
                 "write": False},
        "why": [], "when": {"from": None, "until": None}, "paused_until": None,
        "tell": {"level": "neutral", "note": None}, "label": {"name": f"n{number}", "detail": ""},
    }  # fmt: skip


class Alice:
    """The owner's app in a stranger's hands."""

    def __init__(self, stranger: Stranger) -> None:
        self.stranger = stranger
        tokens = stranger.login("alice", "openid uma_policy owner offline_access")
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        self.endpoint = stranger.metadata["policy_endpoint"]

    def call(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        return self.stranger.http.request(
            method, self.endpoint + path, headers=self.headers, **more
        )

    def states(self) -> dict[str, str]:
        return {p["id"]: p["state"] for p in self.call("GET").json()["policies"]}


@pytest.mark.attack("F-1")
@pytest.mark.attack("F-2")
@pytest.mark.attack("P-11")
def test_no_acknowledged_policy_or_stop_is_lost(site: Site) -> None:
    alice = Alice(site.stranger())
    assassin = Assassin(site, "as", EVERY)
    assassin.start()
    promised: dict[str, str] = {}
    open_ends = 0
    until, number = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        number += 1
        one = draft(number)
        path = f"/{one['id']}"
        for method, state, body in (("PUT", "on", {"json": one}), ("DELETE", "ended", {})):
            if method == "DELETE" and number % 2:
                continue
            answer = insist(lambda m=method, p=path, b=body: alice.call(m, p, **b))
            if answer is None:
                open_ends += 1
                promised.pop(one["id"], None)
                break
            assert answer.status_code < 300, answer.text
            promised[one["id"]] = state
    killed = assassin.finish()
    states = alice.states()
    lost = {id_ for id_, state in promised.items() if states.get(id_) != state}
    print(f"policies: {len(promised)} promised, {open_ends} unknown, {killed} kills")
    assert not lost
    assert killed >= 3 and len(promised) > 5


@pytest.mark.attack("F-1")
@pytest.mark.attack("P-2")
def test_a_spent_ticket_stays_spent(site: Site, base: str) -> None:
    stranger = site.stranger()
    tokens = stranger.login("bob", "openid profile")
    spent = [ticket_of(stranger.http.get(whole_record(base)))[1] for _ in range(4)]
    for ticket in spent:
        assert stranger.trade(ticket, tokens["id_token"]).status_code == 200
    site.kill("as")
    site.start("as")
    site.wait("as")
    for ticket in spent:
        again = stranger.trade(ticket, tokens["id_token"])
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.attack("F-1")
@pytest.mark.attack("P-2")
def test_a_ticket_has_one_winner_while_workers_die(site: Site, base: str) -> None:
    stranger = site.stranger()
    tokens = stranger.login("bob", "openid profile")
    tickets = [ticket_of(stranger.http.get(whole_record(base)))[1] for _ in range(12)]
    assassin = Assassin(site, "as", 0.3)
    assassin.start()
    wins: dict[str, int] = dict.fromkeys(tickets, 0)
    lock = threading.Lock()

    def redeem(order: list[str]) -> None:
        # A client of its own: connections are not shared with the others.
        mine = Stranger(lambda: httpx.Client(timeout=10, trust_env=False), site.layout.issuer)
        mine.client_id, mine.keys = stranger.client_id, stranger.keys
        for ticket in order:
            answer = insist(lambda t=ticket: mine.trade(t, tokens["id_token"]))
            if answer is not None and answer.status_code == 200:
                with lock:
                    wins[ticket] += 1

    threads = [
        threading.Thread(target=redeem, args=(random.Random(n).sample(tickets, 12),))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assassin.finish()
    assert all(count <= 1 for count in wins.values()), wins
    assert sum(wins.values()) >= 1


@pytest.mark.attack("F-2")
@pytest.mark.attack("P-5")
def test_every_disclosure_has_its_entry_and_the_chain_is_whole(site: Site, base: str) -> None:
    stranger = site.stranger()
    rpt = get_rpt(stranger, base, stranger.login("bob", "openid profile")["id_token"]).json()
    assassin = Assassin(site, "cedar", EVERY)
    assassin.start()
    url = f"{base}/Observation?_count=1"
    shown: list[str] = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        name = secrets.token_urlsafe(9)
        headers = {"Authorization": f"Bearer {rpt['access_token']}", "X-Request-Id": name}
        answer = insist(lambda h=headers: httpx.get(url, headers=h, timeout=10))
        if answer is not None and answer.status_code == 200:
            shown.append(name)
    killed = assassin.finish()
    site.kill("cedar")
    layout = site.layout
    engine = make_engine(layout.database("cedar"))
    with engine.connect() as connection:
        events = connection.exec_driver_sql("SELECT what FROM audit").scalars().all()
    written = "\n".join(events)
    missing = [name for name in shown if _encoded(name) not in written and name not in written]
    keys = KeySet.load(layout.key_file("cedar"))
    fault = verify(engine, keys, layout.fhir_base("cedar"), datetime.now(UTC))
    engine.dispose()
    print(f"disclosures: {len(shown)} shown, {len(events)} entries, {killed} kills")
    assert not missing and fault == []
    assert killed >= 3 and len(shown) > 5


def _encoded(name: str) -> str:
    return base64.b64encode(name.encode()).decode()


@pytest.mark.attack("F-2")
def test_one_worker_that_dies_is_replaced_and_nobody_waits(site: Site) -> None:
    before = site.worker_pids("as")
    os.kill(before[0], signal.SIGKILL)
    assert site.wait("as") < 2
    deadline = time.monotonic() + 15
    while len(set(site.worker_pids("as")) - {before[0]}) < len(before):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert site.processes["as"].poll() is None
