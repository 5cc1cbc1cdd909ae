"""A call has one end: whatever the peer does, it is over at its deadline and bounded in size."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator

import httpx
import pytest

from heart_ground.network import Network
from heart_ground.outbound import Answer, Outbound
from heart_ground.public_address import is_public
from heart_ground.reach import Reach, Unreachable
from heart_ground.transport import http_client
from tests.heart_ground import misbehaving
from tests.heart_ground.misbehaving import Say, server

DEADLINE = 0.5
SPARE = 2.0
"""Seconds beyond it, for a busy machine; who drips would go on for minutes."""
LONG = 20.0
MOST = 100_000
HERE = Reach(loopback=True)
WHY = {
    "drip_headers": {"slow"},
    "drip_body": {"slow"},
    "silent": {"slow"},
    "endless_body": {"large"},
    "gzip_bomb": {"large"},
    "long_header": {"silent"},
    "odd_coding": {"unreadable"},
    "broken_gzip": {"unreadable"},
    "cut_gzip": {"unreadable"},
    "hang_up": {"silent"},
}


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with http_client() as made:
        yield made


@pytest.mark.parametrize("way", misbehaving.WAYS, ids=lambda way: way.__name__)
def test_a_call_is_over_at_its_deadline(http: httpx.Client, way: Callable[[Say], None]) -> None:
    why = WHY[way.__name__]
    # What does not end by its deadline has time: a busy machine is slow too.
    deadline = DEADLINE if "slow" in why else LONG
    outbound = Outbound(http, HERE, deadline, MOST)
    with server(way) as peer:
        tracemalloc.start()
        began = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            outbound.request("POST", peer.url, json={"a": "b" * 100_000})
        took = time.monotonic() - began
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert caught.value.why in why
    assert took < deadline + SPARE
    assert most < 5_000_000


@pytest.mark.parametrize("way", misbehaving.WAYS, ids=lambda way: way.__name__)
def test_so_is_every_call_of_a_plain_client(way: Callable[[Say], None]) -> None:
    """The clients of `heart_uma` take it as it is: no caller has to think of it."""
    with http_client(deadline=DEADLINE, max_bytes=MOST) as http, server(way) as peer:
        began = time.monotonic()
        with pytest.raises(httpx.HTTPError):
            http.get(peer.url)
        assert time.monotonic() - began < DEADLINE + SPARE


def test_a_stolen_second_is_not_given_back_by_the_next_call(http: httpx.Client) -> None:
    """Each call has its own deadline, over one and the same kept-alive client."""
    outbound = Outbound(http, HERE, LONG, MOST)
    with server(misbehaving.drip_headers) as slow, server(misbehaving.well) as well:
        for _ in range(2):
            with pytest.raises(Unreachable):
                outbound.request("GET", slow.url, deadline=DEADLINE)
            assert outbound.request("GET", well.url).content == b"{}"


def test_what_is_packed_is_unpacked(http: httpx.Client) -> None:
    outbound = Outbound(http, HERE, LONG, MOST)
    with server(misbehaving.packed) as peer:
        got = outbound.request("GET", peer.url, params={"a": "b"})
        assert (got.status, got.content) == (200, b'{"a": 1}')
        assert b"GET /?a=b HTTP/1.1" in peer.heads[0]
        assert http.get(peer.url).json() == {"a": 1}


def test_only_the_status_is_read_where_nothing_else_counts(http: httpx.Client) -> None:
    outbound = Outbound(http, HERE, LONG, max_bytes=0)
    with server(misbehaving.endless_body) as peer:
        assert outbound.request("GET", peer.url) == Answer(200, peer_headers(), b"")


def peer_headers() -> httpx.Headers:
    return httpx.Headers({"Content-Type": "application/json", "Connection": "close"})


def test_no_cookie_of_a_stranger_is_kept(http: httpx.Client) -> None:
    """One client serves everybody: a cookie would follow one person into another's request."""
    with server(misbehaving.well) as peer:
        for _ in range(2):
            Outbound(http, HERE, LONG, MOST).request("GET", peer.url)
    assert b"cookie" not in peer.heads[1].lower()


def test_the_checked_address_is_the_one_that_is_connected_to(http: httpx.Client) -> None:
    with server(misbehaving.well) as peer:
        url = f"http://name.that.is.looked-up.nowhere.example:{peer.port}/x"
        assert http.get(url, extensions={"address": "127.0.0.1"}).status_code == 200
        assert b"Host: name.that.is.looked-up.nowhere.example" in peer.heads[0]


def test_a_name_server_that_keeps_silent_holds_nobody(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: let_go.wait(20) and [])
    began = time.monotonic()
    for _ in range(10):
        with pytest.raises(Unreachable, match="slow"):
            Outbound(http, HERE, 0.1, MOST).request("GET", "https://a.example/")
    with pytest.raises(httpx.ConnectTimeout):
        http.get("https://a.example/", extensions={"deadline": 0.2})
    assert time.monotonic() - began < 1.2 + SPARE
    let_go.set()


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
     "2002:a00:1::1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "255.255.255.255"],
)  # fmt: skip
def test_an_address_that_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [("http://a.example/", True), ("https://u:p@a.example/", True), ("ftp://a.example/", True),
     ("https:///x", True), ("https://a.example:99999/", True), ("https://[::1", True),
     ("http://localhost/", False), ("https://127.0.0.1/", False), ("ftp://localhost/", True),
     ("https://inside.example/", True)],
)  # fmt: skip
def test_some_addresses_are_never_called(
    monkeypatch: pytest.MonkeyPatch, url: str, loopback: bool
) -> None:
    leads_to(monkeypatch, "93.184.216.34", "10.0.0.1")
    seen: list[httpx.Request] = []
    mock = httpx.Client(
        transport=httpx.MockTransport(lambda r: [seen.append(r), httpx.Response(200)][1])  # type: ignore[func-returns-value]
    )
    with pytest.raises(Unreachable, match="address"):
        Outbound(mock, Reach(loopback), DEADLINE, MOST).request("GET", url)
    assert seen == []


def test_a_private_host_of_the_operators_own_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "10.0.0.1")
    own = Reach(loopback=False, private_hosts=frozenset({"rs.example"}))
    assert own.address_of("https://rs.example/x", 1.0) == "10.0.0.1"


def test_the_deadline_holds_over_tls_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handshake that never ends is a phase of its own for httpx, and of the whole for us."""
    with server(misbehaving.silent) as peer, http_client(deadline=DEADLINE) as http:
        began = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            http.get(f"https://127.0.0.1:{peer.port}/")
        assert time.monotonic() - began < DEADLINE + SPARE


def test_the_transport_still_fits_the_library() -> None:
    """It replaces httpx's pool by one with its own network: an update of httpx must not undo it."""
    with http_client() as http:
        pool = http._transport._pool  # type: ignore[attr-defined]
        assert isinstance(pool._network_backend, Network)
