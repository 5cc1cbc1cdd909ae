"""Addresses that strangers register: what the server fetches, sends, waits for (SSRF, DOS-20)."""

from __future__ import annotations

import gzip
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from as_server.app import create_app
from as_server.settings import AsSettings
from as_server.sharing import deliveries
from as_server.sharing.deliveries import Deliveries, Push
from heart_ground.reach import Reach
from heart_uma.jose import KeySet
from tests.as_server.person import App, keys_of
from tests.conftest import Clock

INSIDE = ["127.0.0.1", "10.0.0.1", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1"]
INSIDE += ["0.0.0.0", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "::"]


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def push(address: str = "https://rs.example/events") -> Push:
    return Push("alice", "rs", 7, address, "token")


class Servers:
    """Whoever is reached: how often, and what it does."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.blocked = threading.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if "slow" in request.headers["Host"]:
            self.blocked.wait(20)
        if "endless" in request.headers["Host"]:
            return httpx.Response(202, stream=Endless())
        return httpx.Response(202)


class Endless(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * 1_000_000


@pytest.mark.attack("REG-14")
@pytest.mark.attack("REG-10")
@pytest.mark.parametrize("address", INSIDE)
def test_no_event_goes_to_a_name_that_leads_inside(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    servers = Servers()
    http = httpx.Client(transport=httpx.MockTransport(servers))
    leads_to(monkeypatch, "93.184.216.34", address)
    assert Deliveries(http, Reach(loopback=True)).send([push()]) == []
    assert servers.seen == []


@pytest.mark.attack("REG-10")
def test_an_event_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = Servers()
    http = httpx.Client(transport=httpx.MockTransport(servers))
    leads_to(monkeypatch, "93.184.216.34")
    assert Deliveries(http, Reach(loopback=False)).send([push()]) == [push()]
    # The name stays: it is what the certificate must be for. Where to connect to is told beside it.
    assert str(servers.seen[0].url) == "https://rs.example/events"
    assert servers.seen[0].extensions["address"] == "93.184.216.34"
    leads_to(monkeypatch, "172.18.0.4")
    own = Deliveries(http, Reach(loopback=False, private_hosts=frozenset({"rs.example"})))
    assert own.send([push(), push("https://evil.example/events")]) == [push()]


@pytest.mark.attack("REG-14")
def test_a_public_server_sends_nothing_to_itself() -> None:
    servers = Servers()
    http = httpx.Client(transport=httpx.MockTransport(servers))
    public = Deliveries(http, Reach(loopback=False))
    for address in ("http://localhost:1/e", "https://127.0.0.1/e", "http://rs.example/e"):
        assert public.send([push(address)]) == []
    assert servers.seen == []


@pytest.mark.attack("DOS-02")
def test_an_answer_without_an_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    http = httpx.Client(transport=httpx.MockTransport(Servers()))
    leads_to(monkeypatch, "93.184.216.34")
    wanted = push("https://endless.example/events")
    assert Deliveries(http, Reach(loopback=False)).send([wanted]) == [wanted]


@pytest.mark.attack("DOS-20")
def test_a_server_that_keeps_events_waiting_holds_up_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliveries, "DEADLINE", 0.5)
    servers = Servers()
    http = httpx.Client(transport=httpx.MockTransport(servers))
    leads_to(monkeypatch, "93.184.216.34")
    sender, slow, honest = (
        Deliveries(http, Reach(loopback=False)),
        push("https://slow.example/e"),
        push(),
    )
    for _ in range(deliveries.AT_ONCE + 1):
        assert sender.send([slow, honest]) == [honest]
    assert sum("slow" in request.headers["Host"] for request in servers.seen) == 1
    servers.blocked.set()
    deadline = time.monotonic() + 5
    while not sender.send([slow]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sender.send([slow]) == [slow], "once it lets go it is told again"


@pytest.mark.fault("A2")
@pytest.mark.attack("DOS-20")
def test_servers_of_one_owner_that_hang_hold_up_nobody_elses_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliveries, "DEADLINE", 2.0)
    servers = Servers()
    http = httpx.Client(transport=httpx.MockTransport(servers))
    leads_to(monkeypatch, "93.184.216.34")
    sender = Deliveries(http, Reach(loopback=False))
    hers = [push(f"https://slow{number}.example/e") for number in range(deliveries.AT_ONCE)]
    other = threading.Thread(target=sender.send, args=(hers,), daemon=True)
    other.start()
    until = time.monotonic() + 5
    while len(servers.seen) < len(hers) and time.monotonic() < until:
        time.sleep(0.01)
    monkeypatch.setattr(deliveries, "DEADLINE", 0.5)
    told = sender.send([push()])
    servers.blocked.set()
    other.join(10)
    assert told == [push()]


class Keys:
    """A client's key address that looks, while it is asked, whether anybody can still write."""

    def __init__(self, settings: AsSettings) -> None:
        self._path = settings.database_url.removeprefix("sqlite:///")
        self.locked = False
        self.answer = httpx.Response(200, json=keys_of(0).public_jwks())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with sqlite3.connect(self._path, timeout=0, isolation_level=None) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            except sqlite3.OperationalError:
                self.locked = True
        return self.answer


def with_remote_keys(
    settings: AsSettings, clock: Clock, server_keys: KeySet
) -> tuple[Keys, App, Any]:
    keys = Keys(settings)
    http = httpx.Client(transport=httpx.MockTransport(keys))
    server = create_app(settings, clock=clock, http=http, key_set=server_keys)
    app = App(server, clock).register(jwks=None, jwks_uri="http://localhost:9000/jwks")
    return keys, app, server


@pytest.mark.attack("DOS-20")
@pytest.mark.parametrize("path", ["/token", "/revoke", "/introspect"])
def test_nobody_waits_while_a_strangers_keys_are_fetched(
    as_settings: AsSettings, clock: Clock, server_keys: KeySet, path: str
) -> None:
    keys, app, server = with_remote_keys(as_settings, clock, server_keys)
    clock.advance(minutes=2)  # housekeeping is due with this request, and writes
    form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x", **app.proof()}
    assert server.test_client().post(path, data=form).status_code in (200, 400)
    assert keys.locked is False


@pytest.mark.attack("REG-13")
@pytest.mark.attack("DOS-05")
def test_a_packed_key_set_is_not_unpacked(
    as_settings: AsSettings, clock: Clock, server_keys: KeySet
) -> None:
    keys, app, _ = with_remote_keys(as_settings, clock, server_keys)
    bomb = gzip.compress(b" " * 10_000_000)
    keys.answer = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb)
    )
    answer = app.token(grant_type="refresh_token", refresh_token="x")
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
