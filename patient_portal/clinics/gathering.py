"""Asks every clinic at the same time, and keeps the counts for a minute.

An answer is kept under what it depends on: the owner, her last change, the record and the
permissions themselves. A clinic that does not answer leaves its last known answer, marked so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from patient_portal.clinics.at_once import AtOnce
from patient_portal.clinics.clinic_memory import Answer, ClinicMemory
from patient_portal.clinics.question import Ask, Owner, question
from patient_portal.errors import ClinicDown
from patient_portal.policies.gathered import Gathering
from patient_portal.policies.granted import Granted
from patient_portal.policies.linked import Record
from patient_portal.policies.view import View


class Gatherer:
    """Previews of many records, in parallel, with a short memory."""

    def __init__(
        self, clock: Callable[[], datetime], *, parallel: int, deadline: float, max_age: int
    ) -> None:
        self._clock, self._max_age = clock, max_age
        self.at_once = AtOnce(parallel=parallel, deadline=deadline)
        self._memory = ClinicMemory()

    def views(
        self,
        owner: Owner,
        granted: dict[str, Granted],
        records: Sequence[Record],
        search: str = "",
    ) -> dict[str, View]:
        """For each party, what it would see; all clinics of all parties are asked at once."""
        asks = {
            party: [question(owner, record, party, answer, search) for record in records]
            for party, answer in granted.items()
        }
        flat = [ask for some in asks.values() for ask in some]
        got = self.at_once.run(owner.subject, self._answer, flat, late=self._last_known)
        answers = dict(zip(map(id, flat), got, strict=True))
        return {
            party: self._put_together([(ask, answers[id(ask)]) for ask in some])
            for party, some in asks.items()
        }

    def _answer(self, ask: Ask) -> tuple[Answer | None, datetime | None]:
        """The answer, and the moment it was known if the clinic is down now."""
        now = self._clock()
        kept = self._memory.recall(ask.fresh_key)
        if kept and (now - kept[1]).total_seconds() < self._max_age:
            return kept[0], None
        try:
            if ask.own is None:
                raise ClinicDown(ask.record.record)
            answer = ask.own.preview(ask.permissions, ask.tell, ask.search)
        except ClinicDown:
            return self._last_known(ask)
        self._memory.keep(ask.fresh_key, answer, now)
        if not ask.search:  # what was found for one search is not true of the next
            self._memory.keep(ask.last_key, answer, now)
        return answer, None

    def _last_known(self, ask: Ask) -> tuple[Answer | None, datetime]:
        """What the clinic said last, and when; nothing, now, when it never did."""
        last = self._memory.recall(ask.last_key)
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
