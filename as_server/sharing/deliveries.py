"""Pushing events to resource servers in parallel, with one deadline for all (RFC 8935 2).

An RS is a stranger too: it is reached through `outbound`, nothing of its answer is read but the
status, and one that keeps a push waiting is not tried again before it lets go: it holds a thread.
"""

import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from heart_ground.durable import holding
from heart_ground.outbound import Outbound
from heart_ground.reach import Reach, Unreachable

CONTENT_TYPE = "application/secevent+jwt"
DEADLINE = 1.0
AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Push:
    """One event ready to send: built with the database, sent without it."""

    owner: str
    client_id: str
    epoch: int
    address: str
    token: str

    @property
    def origin(self) -> str:
        return urlsplit(self.address).netloc


class Deliveries:
    """The sender of one application."""

    def __init__(self, http: httpx.Client, reach: Reach) -> None:
        self.http = http
        self._reach = reach
        self._lock = threading.Lock()
        self._late: Counter[str] = Counter()

    def send(self, pushes: list[Push]) -> list[Push]:
        """Send them all; those that were taken in time.

        In threads of its own, so that servers of one owner that hang hold up nobody else's stop.
        """
        holding.refuse_to_wait()
        with self._lock:
            fit = [push for push in pushes if not self._late[push.origin]]
        if not fit:
            return []
        pool = ThreadPoolExecutor(min(AT_ONCE, len(fit)), thread_name_prefix="events")
        try:
            futures = {pool.submit(self._send, push): push for push in fit}
            done, late = wait(futures, timeout=DEADLINE)
            for future in late:
                if not future.cancel():
                    self._mark_late(future, futures[future].origin)
            return [futures[future] for future in done if future.result()]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _mark_late(self, future: Future[bool], origin: str) -> None:
        with self._lock:
            self._late[origin] += 1
        future.add_done_callback(lambda _: self._let_go(origin))

    def _let_go(self, origin: str) -> None:
        with self._lock:
            self._late[origin] -= 1
            if not self._late[origin]:
                del self._late[origin]

    def _send(self, push: Push) -> bool:
        """True when the RS took the event: 202 and nothing else (RFC 8935 2.2)."""
        headers = {"Content-Type": CONTENT_TYPE, "Accept": "application/json"}
        outbound = Outbound(self.http, self._reach, deadline=DEADLINE, max_bytes=0)
        try:
            answer = outbound.request("POST", push.address, headers=headers, content=push.token)
        except Unreachable:
            return False
        return answer.status == 202
