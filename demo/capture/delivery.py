"""What was heard goes to the stage, cut and cleaned; no request of a person ever waits for it.

Exchanges queue in the service's own memory. What does not fit, or finds no stage, is dropped and
counted, and the stage shows the count: a gap is a gap.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, Full, Queue
from typing import Any

import httpx

from demo.capture.exchange import Exchange
from demo.capture.published import PublishedKeys
from demo.capture.redaction import Redaction
from demo.capture.settings import CaptureSettings

WAITING = 2_000
"""Exchanges that may wait in a service."""
AT_ONCE = 50
GATHER = 0.05
"""Seconds between the first exchange of a parcel and its way."""
TRIES = 4
PATH = "/wire/messages"

Send = Callable[[dict[str, Any]], None]
"""Hands a parcel over; raises httpx.HTTPError when it was not taken."""


class Delivery:
    """One service's queue and the thread that empties it."""

    def __init__(
        self, service: str, redaction: Redaction, send: Send, *, room: int = WAITING
    ) -> None:
        self._service, self._redaction, self._send = service, redaction, send
        self._queue: Queue[Exchange] = Queue(room)
        self._dropped = 0
        self._lock = threading.Lock()
        self._started = False

    @classmethod
    def to_the_stage(cls, settings: CaptureSettings) -> Delivery:
        http = httpx.Client(trust_env=False, timeout=2)
        secret = settings.secret.get_secret_value()

        def send(parcel: dict[str, Any]) -> None:
            headers = {"Authorization": f"Bearer {secret}"}
            http.post(settings.stage + PATH, json=parcel, headers=headers).raise_for_status()

        redaction = Redaction(settings.issuer, secret, PublishedKeys(settings.issuer))
        return cls(settings.service, redaction, send)

    def keep(self, exchange: Exchange) -> None:
        """Take it if there is room, and be gone."""
        if not self._started:
            self._start()
        try:
            self._queue.put_nowait(exchange)
        except Full:
            self._drop(1)

    def _start(self) -> None:
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._deliver, name="capture", daemon=True).start()

    def _deliver(self) -> None:
        while True:
            self.deliver_once(self._queue.get())

    def deliver_once(self, first: Exchange) -> None:
        """Send `first` and whatever comes close behind it."""
        exchanges, until = [first], time.monotonic() + GATHER
        while len(exchanges) < AT_ONCE:
            try:
                exchanges.append(self._queue.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                break
        messages = [shown for one in exchanges if (shown := self._shown(one)) is not None]
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        parcel = {"service": self._service, "dropped": dropped, "messages": messages}
        if not self._sent(parcel):
            self._drop(dropped + len(messages))

    def _shown(self, exchange: Exchange) -> dict[str, Any] | None:
        try:
            return self._redaction.shown(exchange)
        except Exception:  # whatever a stranger sent: the next one still has to be shown
            self._drop(1)
            return None

    def _sent(self, parcel: dict[str, Any]) -> bool:
        for number in range(TRIES):
            try:
                self._send(parcel)
            except httpx.HTTPError:
                time.sleep(GATHER * 4**number)
            else:
                return True
        return False

    def _drop(self, count: int) -> None:
        with self._lock:
            self._dropped += count
