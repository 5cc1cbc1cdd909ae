"""A body is taken in before a place to work is used; half of one is none."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pytest

from heart_ground import front
from heart_ground.database import own_driver
from heart_ground.engines import make_engine
from heart_ground.front import Front
from tests.world import World


class _Slow(io.RawIOBase):
    """A body that comes when the test lets it."""

    def __init__(self) -> None:
        self.goes, self.asked = threading.Event(), threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.asked.set()
        self.goes.wait(20)
        return b""


def _call(made: Front, body: Any, length: str = "9", address: str = "203.0.113.5") -> list[str]:
    told: list[str] = []
    environ = {"CONTENT_LENGTH": length, "wsgi.input": body, "REMOTE_ADDR": address}
    made(environ, lambda status, headers: told.append(status))
    return told


def _app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def test_a_body_that_waits_holds_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "SLOW", 0.0)
    monkeypatch.setattr(front, "SLOW_OF_ONE", 3)
    monkeypatch.setattr(front, "BODIES", 4)
    made = Front(_app, most=100, places=1)
    slow = [_Slow() for _ in range(4)]
    waits = [
        threading.Thread(target=_call, args=(made, body, "9", f"203.0.113.{n // 3}"), daemon=True)
        for n, body in enumerate(slow)
    ]
    for thread, body in zip(waits[:3], slow, strict=False):
        thread.start()
        body.asked.wait(10)
    # One address has three; another may still send, and what has no body always.
    assert _call(made, io.BytesIO(b"x" * 9), address="203.0.113.0") == ["503 Service Unavailable"]
    assert _call(made, io.BytesIO(b"x" * 9), address="203.0.113.9") == ["200 OK"]
    waits[3].start()
    slow[3].asked.wait(10)
    assert _call(made, io.BytesIO(b"x" * 9), address="203.0.113.9") == ["503 Service Unavailable"]
    assert _call(made, io.BytesIO(b""), "0") == ["200 OK"]
    for body in slow:
        body.goes.set()
    for thread in waits:
        thread.join(10)
    assert _call(made, io.BytesIO(b"x" * 9)) == ["200 OK"]


def test_all_bodies_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "BYTES", 150)
    made, slow = Front(_app, most=100), _Slow()
    wait = threading.Thread(target=_call, args=(made, slow, "90"), daemon=True)
    wait.start()
    slow.asked.wait(10)
    assert _call(made, io.BytesIO(b"x" * 90), "90") == ["503 Service Unavailable"]
    assert _call(made, io.BytesIO(b"x" * 9)) == ["200 OK"]
    slow.goes.set()
    wait.join(10)


def test_half_a_body_is_no_body() -> None:
    assert _call(Front(_app, most=100), io.BytesIO(b"x" * 8)) == ["400 Bad Request"]


def test_a_body_that_is_too_large_is_for_the_app_to_refuse() -> None:
    body = io.BytesIO(b"x" * 101)
    assert _call(Front(_app, most=100), body, "101") == ["200 OK"]


def test_it_stands_before_every_service(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    for service in ("as", "cedar", "portal", "requester"):
        assert isinstance(world.apps[service].wsgi_app, Front)


def test_what_a_thread_keeps_goes_with_its_place(tmp_path: Path) -> None:
    """Sixty threads with a connection and its cache each would be a gigabyte."""
    engine, used = make_engine(f"sqlite:///{tmp_path}/own.db"), list[int]()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        used.append(id(own_driver(engine)))
        return _app(environ, start_response)

    made = Front(app, most=100, places=2)
    threads = [threading.Thread(target=_call, args=(made, io.BytesIO(), "0")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(used), len(set(used)) <= 2) == (20, True)
    outside = own_driver(engine)
    assert outside is own_driver(engine) and id(outside) not in used
