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
from patient_portal.policies.overview import Overview
from patient_portal.policies.view import View

IN_NUMBERS = "#"
"""What an answer in numbers is remembered under, before the key of the question."""
Said = tuple[Answer | None, datetime | None]
"""An answer, and the moment it was known if the clinic does not answer now."""


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
        own = [owner.own(record) for record in records]
        asks = {
            party: [
                question(owner, record, way, party, answer, search)
                for record, way in zip(records, own, strict=True)
            ]
            for party, answer in granted.items()
        }
        flat = [ask for some in asks.values() for ask in some]
        got = self.at_once.run(owner.subject, self._answer, flat, late=self._last_known)
        answers = dict(zip(map(id, flat), got, strict=True))
        return {
            party: self._put_together([(ask, answers[id(ask)]) for ask in some])
            for party, some in asks.items()
        }

    def overviews(
        self, owner: Owner, granted: dict[str, Granted], records: Sequence[Record]
    ) -> dict[str, Overview]:
        """For each party how much it would see, in numbers: one question to each clinic."""
        asks = [
            [question(owner, record, own, party, given) for party, given in granted.items()]
            for record, own in ((record, owner.own(record)) for record in records)
        ]
        got = self.at_once.run(owner.subject, self._numbers, asks, late=self._last_numbers)
        found = {party: Overview() for party in granted}
        for record, answers in zip(records, got, strict=True):
            for overview, (answer, known_at) in zip(found.values(), answers, strict=True):
                if answer is not None:
                    overview.add(record.record, record.rs, answer)
                if known_at is not None:
                    overview.without_answer(record.rs, known_at, known=answer is not None)
        return found

    def _numbers(self, asks: list[Ask]) -> list[Said]:
        """One clinic's answers of one moment; those that are fresh are not asked for again."""
        now = self._clock()
        kept = [self._fresh(IN_NUMBERS + ask.fresh_key, now) for ask in asks]
        wanted = [ask for ask, one in zip(asks, kept, strict=True) if one is None]
        if not wanted:
            return [(one, None) for one in kept]
        try:
            if wanted[0].own is None:
                raise ClinicDown(wanted[0].record.record)
            answers = iter(wanted[0].own.previews(wanted))
        except ClinicDown:
            return self._last_numbers(asks)
        found = [one or next(answers) for one in kept]
        for ask, one in zip(asks, found, strict=True):
            self._memory.keep(IN_NUMBERS + ask.fresh_key, one, now)
            self._memory.keep(IN_NUMBERS + ask.last_key, one, now)
        return [(one, None) for one in found]

    def _last_numbers(self, asks: list[Ask]) -> list[Said]:
        return [self._remembered(IN_NUMBERS + ask.last_key) for ask in asks]

    def _fresh(self, key: str, now: datetime) -> Answer | None:
        kept = self._memory.recall(key)
        return kept[0] if kept and (now - kept[1]).total_seconds() < self._max_age else None

    def _answer(self, ask: Ask) -> Said:
        """The answer, and the moment it was known if the clinic is down now."""
        now = self._clock()
        if kept := self._fresh(ask.fresh_key, now):
            return kept, None
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

    def _last_known(self, ask: Ask) -> Said:
        return self._remembered(ask.last_key)

    def _remembered(self, key: str) -> Said:
        """What the clinic said last, and when; nothing, now, when it never did."""
        return self._memory.recall(key) or (None, self._clock())

    def _put_together(self, answers: list[tuple[Ask, Said]]) -> View:
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
