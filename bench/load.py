"""The load generator: keep-alive HTTP/1.1 over raw sockets, in a process of its own.

`python -m bench.load` reads a plan (JSON) from standard input and writes what it measured (JSON)
to standard output. One thread waits for all clients, so that it takes as little as possible of the
machine it shares with the servers.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from bench.plan import Plan, Step
from bench.processes import cpu_times, per_operation
from bench.timing import spread

TIMEOUT = 20.0
_PLACE = re.compile(r"\{([a-z_]+)\}")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


class UsedUp(Exception):
    """No input is left for another walk."""


class Request:
    """A step cut at its open places, so that filling it in is one join."""

    def __init__(self, step: Step) -> None:
        self.name, self.port, self.status = step.name, step.port, step.status
        self.take = [(name, re.compile(rule.encode())) for name, rule in step.take.items()]
        self._head = _PLACE.split(step.text())
        self._body = _PLACE.split(step.body)
        self._has_body = step.method != "GET"

    def fill(self, values: dict[str, str]) -> bytes:
        body = _filled(self._body, values)
        length = f"Content-Length: {len(body.encode())}\r\n" if self._has_body else ""
        return (_filled(self._head, values) + length + "\r\n" + body).encode()


def _filled(parts: list[str], values: dict[str, str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return "".join(values[part] if place % 2 else part for place, part in enumerate(parts))


@dataclass
class Tally:
    """What was seen inside the measured window; times in milliseconds."""

    walks: list[float] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=dict)
    wrong: int = 0
    sample: str = ""
    size: int = 0
    longest: float = 0.0
    """The longest wait for an answer, also for one that did not come."""

    def complain(self, text: str) -> None:
        self.wrong += 1
        self.sample = self.sample or text


class Client:
    """One client: a connection to each server, and a walk that it repeats."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sockets: dict[int, socket.socket] = {}
        self._values: dict[str, str] = {}
        self._at = 0
        self._answer = b""
        self._walk_began = self._began = 0.0
        self.idle = True

    def begin(self) -> None:
        """Start a walk, unless the time is up or the inputs are."""
        try:
            self._values = self._run.next_inputs()
        except UsedUp:
            self.idle = True
            return
        self.idle, self._at = False, 0
        self._walk_began = time.perf_counter()
        self._send()

    def _send(self) -> None:
        request = self._run.requests[self._at]
        if request.port not in self._sockets:
            self._sockets[request.port] = self._run.connect(request.port, self)
        self._answer = b""
        self._began = time.perf_counter()
        self._sockets[request.port].sendall(request.fill(self._values))

    def receive(self, connection: socket.socket) -> None:
        """Read what came; when the answer is whole, go on with the walk."""
        data = connection.recv(262_144)
        if not data:
            self._broken(connection)
            return
        self._answer += data
        head = whole(self._answer)
        if head is None:
            return
        now, request = time.perf_counter(), self._run.requests[self._at]
        self._run.saw(request, self._answer, now - self._began, now)
        if int(self._answer[9:12]) != request.status or not self._take(request):
            self.begin()
            return
        self._at += 1
        if self._at < len(self._run.requests):
            self._send()
            return
        self._run.walked(now - self._walk_began, now)
        self.begin()

    def _take(self, request: Request) -> bool:
        for name, rule in request.take:
            found = rule.search(self._answer)
            if found is None:
                self._run.tally.complain(f"{request.name}: no {name} in {self._answer[:300]!r}")
                return False
            self._values[name] = found[1].decode()
        return True

    def _broken(self, connection: socket.socket) -> None:
        self._run.tally.complain("the server closed a connection")
        self._run.forget(connection)
        self._sockets = {p: s for p, s in self._sockets.items() if s is not connection}
        if not self.idle:
            self.begin()


def whole(answer: bytes) -> int | None:
    """Where the body starts, once the whole answer is there."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = answer[: end + 2]
    if length := _LENGTH.search(head):
        return end + 4 if len(answer) >= end + 4 + int(length[1]) else None
    if _CHUNKED.search(head):
        return end + 4 if answer.endswith(b"0\r\n\r\n") else None
    return end + 4


class Run:
    """One plan being carried out."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.requests = [Request(step) for step in plan.steps]
        self.tally = Tally(steps={step.name: [] for step in plan.steps})
        self._selector = selectors.DefaultSelector()
        self._inputs: dict[str, Iterator[str]] = {
            **{name: cycle(values) for name, values in plan.again.items()},
            **{name: iter(values) for name, values in plan.inputs.items()},
        }
        self._start = self._end = 0.0
        self._finished = 0
        self._marks: list[tuple[dict[str, float], int]] = []

    def connect(self, port: int, client: Client) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ, client)
        return connection

    def forget(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()

    def next_inputs(self) -> dict[str, str]:
        if time.perf_counter() >= self._end:
            raise UsedUp
        try:
            return {name: next(values) for name, values in self._inputs.items()}
        except StopIteration:
            self._end = min(self._end, time.perf_counter())
            raise UsedUp from None

    def saw(self, request: Request, answer: bytes, seconds: float, now: float) -> None:
        self.tally.longest = max(self.tally.longest, seconds * 1000)
        if int(answer[9:12]) != request.status:
            self.tally.complain(f"{request.name}: {answer[:400].decode(errors='replace')}")
        elif self._start <= now <= self._end:
            self.tally.steps[request.name].append(seconds * 1000)
            self.tally.size = len(answer)

    def walked(self, seconds: float, now: float) -> None:
        self._finished += 1
        if self._start <= now <= self._end:
            self.tally.walks.append(seconds * 1000)

    def _mark(self) -> None:
        """Once when the window has opened and once when it has closed: CPU and walks so far."""
        if len(self._marks) > 1:
            return
        if time.perf_counter() >= (self._end if self._marks else self._start):
            self._marks.append((cpu_times(self.plan.watched), self._finished))

    def _cpu(self) -> dict[str, float]:
        if len(self._marks) < 2:
            return {}
        (first, before), (last, after) = self._marks
        return per_operation(first, last, after - before)

    def go(self) -> dict[str, Any]:
        began = time.perf_counter()
        self._start = began + self.plan.warm_up
        self._end = self._start + self.plan.seconds
        used = time.process_time()
        clients = [Client(self) for _ in range(self.plan.clients)]
        for client in clients:
            client.begin()
        while not all(client.idle for client in clients):
            if time.perf_counter() > began + self.plan.warm_up + self.plan.seconds + TIMEOUT:
                self.tally.complain("an answer did not come in time")
                self.tally.longest = max(self.tally.longest, TIMEOUT * 1000)
                break
            ready = self._selector.select(0.5)
            self._mark()
            for key, _ in ready:
                key.data.receive(key.fileobj)
        self._mark()
        return self._report(time.process_time() - used, time.perf_counter() - began)

    def _report(self, cpu: float, elapsed: float) -> dict[str, Any]:
        window, tally = max(self._end - self._start, 0.001), self.tally
        return {
            "count": len(tally.walks),
            "seconds": window,
            "rate": len(tally.walks) / window,
            "walk": spread(tally.walks),
            "steps": {name: spread(times) for name, times in tally.steps.items()},
            "wrong": tally.wrong,
            "sample": tally.sample[:600],
            "size": tally.size,
            "longest": tally.longest,
            "generator_cpu": cpu / elapsed,
            "cpu": self._cpu(),
        }


def main() -> None:
    plan = Plan.from_json(json.load(sys.stdin))
    json.dump(Run(plan).go(), sys.stdout)


if __name__ == "__main__":
    main()
