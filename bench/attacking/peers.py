"""A stranger's server on loopback that answers as nobody should: a byte a second, or for ever."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

DRIP_SECONDS = 1.0
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Say = Callable[[bytes], None]


def drip(say: Say) -> None:
    """A header that never ends, a byte a second: no time-out of a single read is reached."""
    say(b"HTTP/1.1 200 OK\r\nX-a: ")
    while True:
        say(b"a")
        time.sleep(DRIP_SECONDS)


def flood(say: Say) -> None:
    """A body that never ends, as fast as it is read."""
    say(_HEAD + b"Connection: close\r\n\r\n")
    while True:
        say(b" " * 65_536)


def refuse(say: Say) -> None:
    """Nothing is here, said at once: what a peer that does no harm costs."""
    say(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


@contextmanager
def peer(way: Callable[[Say], None]) -> Iterator[str]:
    """Its origin, while the block runs; whoever still listens is hung up on at the end."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    open_ones: set[socket.socket] = set()

    def answer(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(65_536)
            way(connection.sendall)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                open_ones.add(connection)
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        for each in (listening, *open_ones):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
