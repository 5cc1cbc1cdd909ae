"""Asks every clinic at the same time, and keeps the counts for a minute.

An answer is kept under what it depends on: the owner, her last change, the record and the
permissions themselves. A clinic that does not answer leaves its last known answer, marked so.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Protocol, TypeVar

from heart_ground.durable import holding
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown
from patient_portal.policies.policy import Granted, Record
from patient_portal.policies.view import Gathering, View

KEEP = 2000
PAGES_OF_ONE = 3
"""Pages of one person that wait for clinics at the same time; the next shows what is known."""
SPARE = 0.5
"""Seconds beyond the deadline, in which the calls that end at it come home."""
Answer = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")


class Owner(Protocol):
    """Whose records are asked for, and her way to them."""

    @property
    def subject(self) -> str: ...
    @property
    def lasting(self) -> str:
        """Names her session and her last change in it: what was known before is not shown again."""

    def own(self, record: Record) -> OwnRecord | None: ...


@dataclass(frozen=True)
class Ask:
    """One question to one clinic: what would these permissions show?"""

    record: Record
    own: OwnRecord | None
    permissions: tuple[dict[str, Any], ...]
    tell: dict[str, Any] | None
    search: str
    fresh_key: str
    last_key: str


class Gatherer:
    """Previews of many records, in parallel, with a short memory."""

    def __init__(
        self, clock: Callable[[], datetime], *, parallel: int, deadline: float, max_age: int
    ) -> None:
        self._clock, self._max_age = clock, max_age
        self._parallel, self._deadline = parallel, deadline
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[Answer, datetime]] = OrderedDict()
        self._waiting: Counter[str] = Counter()

    def at_once(
        self, whose: str, work: Callable[[T], R], items: Iterable[T], *, late: Callable[[T], R]
    ) -> list[R]:
        """For one person, `work` for each item at the same time; `late` for what comes too late.

        Each page has threads of its own, and one person only a few pages that wait: a clinic that
        lets her wait holds up nobody else. They end by themselves, since every call they make does.
        """
        holding.refuse_to_wait()
        many = list(items)
        with self._lock:
            busy = self._waiting[whose] >= PAGES_OF_ONE
            self._waiting[whose] += not busy
        if busy:
            return [late(one) for one in many]
        try:
            return self._gather(work, many, late)
        finally:
            with self._lock:
                self._waiting[whose] -= 1
                self._waiting += Counter()  # forgets who waits for nothing

    def _gather(self, work: Callable[[T], R], many: list[T], late: Callable[[T], R]) -> list[R]:
        if self._parallel == 1 or len(many) < 2:
            until = time.monotonic() + self._deadline
            return [work(one) if time.monotonic() < until else late(one) for one in many]
        pool = ThreadPoolExecutor(min(self._parallel, len(many)), thread_name_prefix="clinic")
        try:
            running = [pool.submit(work, one) for one in many]
            wait(running, timeout=self._deadline + SPARE)
            return [
                future.result() if future.done() else late(one)
                for future, one in zip(running, many, strict=True)
            ]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def views(
        self,
        owner: Owner,
        granted: dict[str, Granted],
        records: Sequence[Record],
        search: str = "",
    ) -> dict[str, View]:
        """For each party, what it would see; all clinics of all parties are asked at once."""
        asks = {
            party: [self._ask(owner, record, party, answer, search) for record in records]
            for party, answer in granted.items()
        }
        flat = [ask for some in asks.values() for ask in some]
        got = self.at_once(owner.subject, self._answer, flat, late=self._last_known)
        answers = dict(zip(map(id, flat), got, strict=True))
        return {
            party: self._put_together([(ask, answers[id(ask)]) for ask in some])
            for party, some in asks.items()
        }

    def _ask(self, owner: Owner, record: Record, party: str, answer: Granted, search: str) -> Ask:
        got = next((one for one in answer.records if one.record == record.record), None)
        permissions = got.permissions if got else ()
        tell = got.tell if got else None
        # The end of a permission moves with the clock; the question stays the same.
        lasting = [{k: v for k, v in p.items() if k != "exp"} for p in permissions]
        said = json.dumps([lasting, tell, search], sort_keys=True)
        fresh = hashlib.sha256(f"{owner.lasting} {record.record} {said}".encode()).hexdigest()
        last = f"last {owner.subject} {record.record} {party}"
        return Ask(record, owner.own(record), permissions, tell, search, fresh, last)

    def _answer(self, ask: Ask) -> tuple[Answer | None, datetime | None]:
        """The answer, and the moment it was known if the clinic is down now."""
        now = self._clock()
        kept = self._recall(ask.fresh_key)
        if kept and (now - kept[1]).total_seconds() < self._max_age:
            return kept[0], None
        try:
            if ask.own is None:
                raise ClinicDown(ask.record.record)
            answer = ask.own.preview(ask.permissions, ask.tell, ask.search)
        except ClinicDown:
            return self._last_known(ask)
        self._keep(ask.fresh_key, answer, now)
        if not ask.search:  # what was found for one search is not true of the next
            self._keep(ask.last_key, answer, now)
        return answer, None

    def _last_known(self, ask: Ask) -> tuple[Answer | None, datetime]:
        """What the clinic said last, and when; nothing, now, when it never did."""
        last = self._recall(ask.last_key)
        return last or (None, self._clock())

    def _put_together(
        self, answers: list[tuple[Ask, tuple[Answer | None, datetime | None]]]
    ) -> View:
        gathering = Gathering()
        for ask, (answer, known_at) in answers:
            if answer is not None:
                gathering.add(ask.record.record, ask.record.rs, answer)
            if known_at is not None:
                gathering.down.append(ask.record.rs)
                if answer is None:
                    gathering.missing.append(ask.record.rs)
                else:
                    gathering.known_at = min(known_at, gathering.known_at or known_at)
        return gathering.view()

    def _recall(self, key: str) -> tuple[Answer, datetime] | None:
        with self._lock:
            return self._kept.get(key)

    def _keep(self, key: str, answer: Answer, now: datetime) -> None:
        with self._lock:
            self._kept[key] = (answer, now)
            self._kept.move_to_end(key)
            while len(self._kept) > KEEP:
                self._kept.popitem(last=False)
