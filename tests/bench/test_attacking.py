"""The attackers of the benchmark: they misbehave as they say, and end when their block does."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

import pytest

from bench.attacking import attacks, peers


def listen(origin: str, least: int) -> bytes:
    parts = urlsplit(origin)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as caller:
        caller.sendall(b"GET /jwks HTTP/1.1\r\n\r\n")
        heard = b""
        while len(heard) < least:
            heard += caller.recv(65_536)
        return heard


def test_a_peer_that_drips_never_ends_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "DRIP_SECONDS", 0.01)
    with peers.peer(peers.drip) as origin:
        heard = listen(origin, 40)
    assert heard.startswith(b"HTTP/1.1 200 OK\r\nX-a: aa") and b"\r\n\r\n" not in heard


def test_a_peer_that_floods_sends_more_than_anybody_keeps() -> None:
    with peers.peer(peers.flood) as origin:
        assert len(listen(origin, 1_000_000)) >= 1_000_000


def test_a_peer_is_gone_with_its_block() -> None:
    with peers.peer(peers.drip) as origin:
        pass
    with pytest.raises(OSError):
        listen(origin, 1)


def test_an_attack_goes_on_whatever_comes_back_and_ends_with_its_block() -> None:
    went_on, before = threading.Event(), set(threading.enumerate())

    def act(number: int) -> None:
        if number > 5:
            went_on.set()
        raise OSError("refused")

    with attacks.kept_up(3, act, pause=0.001):
        assert went_on.wait(5)
    assert set(threading.enumerate()) <= before
