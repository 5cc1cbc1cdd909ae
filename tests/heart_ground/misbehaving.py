"""A server on loopback that misbehaves as told: drips, hangs, floods, packs bombs."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TypeVar

import httpx
from httpx._utils import URLPattern

OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"Content-Type: application/json\r\n"
Say = Callable[[bytes], None]
T = TypeVar("T")
PAUSE = 0.05
"""Seconds between two bytes of one who drips: far below every time-out of a single read."""


def drip_headers(say: Say) -> None:
    say(OK + b"X-a: ")
    while True:
        say(b"a")
        time.sleep(PAUSE)


def drip_body(say: Say) -> None:
    say(OK + JSON + b"Content-Length: 1000000\r\n\r\n")
    while True:
        say(b" ")
        time.sleep(PAUSE)


def silent(say: Say) -> None:
    time.sleep(30)


def endless_body(say: Say) -> None:
    say(OK + JSON + b"Connection: close\r\n\r\n")
    while True:
        say(b" " * 65_536)


@cache
def packed_bomb() -> bytes:
    return gzip.compress(b" " * 100_000_000)


def gzip_bomb(say: Say) -> None:
    head = OK + JSON + b"Content-Encoding: gzip\r\n"
    packed = packed_bomb()
    say(head + f"Content-Length: {len(packed)}\r\n\r\n".encode() + packed)


def long_header(say: Say) -> None:
    say(OK + b"X-a: ")
    for _ in range(1_000):
        say(b"a" * 10_000)
    say(b"\r\nContent-Length: 2\r\n\r\n{}")


def odd_coding(say: Say) -> None:
    say(OK + JSON + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}")


def broken_gzip(say: Say) -> None:
    say(OK + JSON + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")


def cut_gzip(say: Say) -> None:
    body = gzip.compress(b'{"a": "' + bytes(range(97, 120)) * 50 + b'"}')[:-12]
    say(OK + JSON + b"Content-Encoding: gzip\r\n" + f"Content-Length: {len(body)}\r\n\r\n".encode())
    say(body)


def hang_up(say: Say) -> None:
    say(OK + b"Content-Length: 1000\r\n\r\n{")


def well(say: Say) -> None:
    say(OK + JSON + b"Set-Cookie: a=b\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")


def packed(say: Say) -> None:
    body = gzip.compress(b'{"a": 1}')
    say(
        OK
        + JSON
        + b"Connection: close\r\nContent-Encoding: gzip\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
    )
    say(body)


WAYS: tuple[Callable[[Say], None], ...] = (
    drip_headers, drip_body, silent, endless_body, gzip_bomb, long_header, odd_coding,
    broken_gzip, cut_gzip, hang_up,
)  # fmt: skip


class Led(httpx.BaseTransport):
    """Calls to a service's name that go to a misbehaving server, through the caller's client."""

    def __init__(self, client: httpx.Client, peer: Server) -> None:
        self._inner, self._port = client._transport, peer.port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return self._inner.handle_request(request)


def client_of(service: str) -> httpx.Client:
    """A client as `service` makes it for itself."""
    made: httpx.Client = import_module(f"{service}.app").http_client()
    return made


def lead(http: httpx.Client, host: str, transport: httpx.BaseTransport) -> None:
    """From now on calls to `host` go through `transport`."""
    pattern = URLPattern(host)
    others = {one: way for one, way in http._mounts.items() if one != pattern}
    http._mounts = {pattern: transport, **others}


def in_time(seconds: float, call: Callable[[], T]) -> T:
    """What `call` gives, if it does so in time; a failed assertion, not a hung test, otherwise."""
    found: list[T] = []
    thread = threading.Thread(target=lambda: found.append(call()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"still waiting after {seconds} s"
    return found[0]


class Server:
    """Answers every request in the way that its path names, or else in the way it was told."""

    def __init__(self, way: Callable[[Say], None]) -> None:
        packed_bomb()  # while nobody waits for it
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.way = way
        self.heads: list[bytes] = []
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (part := connection.recv(65_536)):
                        return
                    head += part
                self.heads.append(head)
                self.way(connection.sendall)
        except OSError:
            pass

    def close(self) -> None:
        for one in (self._listener, *self._open):
            one.close()


@contextmanager
def server(way: Callable[[Say], None]) -> Iterator[Server]:
    made = Server(way)
    try:
        yield made
    finally:
        made.close()
