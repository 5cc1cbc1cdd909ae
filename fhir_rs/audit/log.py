"""The audit log: no disclosure without an entry on disk before it.

Each record has a chain, and its head is the lock of every appender, so several processes write
one. Requests of one process that arrive together share one transaction, hence one fsync (group
commit): on SQLite all of them, elsewhere those of one record.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from fhir_rs.audit.chain import Draft, Head, linked
from fhir_rs.audit.checkpointing import Checkpoints
from fhir_rs.audit.gathering import GatheringByRecord, Waiting
from fhir_rs.audit.ledger import Found, Ledger
from fhir_rs.audit.origin import origin
from fhir_rs.audit.own_ledger import OwnDriver, OwnLedger
from fhir_rs.audit.piped_ledger import piped, piped_in
from fhir_rs.audit.refused import AuditUnavailable, StaleProof
from fhir_rs.db import reading
from heart_ground import moments
from heart_ground.durable.write_turn import turn_of
from heart_ground.moments import Clock
from heart_uma.jose import KeySet

Outcome = AuditUnavailable | StaleProof | None
_log = logging.getLogger("fhir_rs.audit.log")


class AuditLog:
    """Appends entries. `keys` sign the checkpoints, `base` names this server in them.

    Where the database may be `put_back` to an earlier state, how far this process has written a
    chain is not held against it; what the database itself says still is.
    """

    keeps_entries = True
    """False for a log of which nothing is read again: then no entry need be put together."""

    def __init__(
        self, engine: Engine, keys: KeySet, base: str, clock: Clock, *, put_back: bool = False
    ) -> None:
        self.engine = engine
        self._clock = clock
        with reading(engine) as connection:
            self._origin = origin(connection)
        # The log's own transactions speak to the driver itself.
        driver: Any = engine.dialect.loaded_dbapi
        self._not_written = (SQLAlchemyError, driver.Error, OSError)
        turn = turn_of(engine)
        self._own = None if turn is None else OwnDriver(engine, turn)
        self.whole = True
        """False once a chain was found that lost its end, or whose last entry was changed."""
        self._gatherings = GatheringByRecord(self._write)
        self._checkpoints = Checkpoints(engine, keys, base, clock, self._origin, put_back=put_back)

    def append(self, draft: Draft) -> None:
        """Write one entry and return once it is on disk.

        Raise StaleProof when the owner's epoch is above the draft's (nothing is written then), and
        AuditUnavailable when the entry cannot be written, or the chain lost its end.
        """
        waiting = Waiting(draft, AuditUnavailable())
        self._gatherings.of(draft.record if self._own is None else "").written(waiting)
        if waiting.error is not None:
            raise waiting.error
        self.sign_if_due()

    def append_in(self, connection: Connection, draft: Draft) -> None:
        """Write one entry in the caller's transaction: the two stand or fall together.

        Raises as `append` does.
        """
        try:
            with self.joining(connection) as ledger:
                outcomes, _ = self._chain(ledger, draft.record, [draft])
        except self._not_written as error:
            raise AuditUnavailable from error
        if outcomes[0] is not None:
            raise outcomes[0]
        self._checkpoints.note(draft.record, None, 1)

    def sign_if_due(self) -> None:
        """Make a checkpoint if it is time for one; an entry is no worse for a signature that comes
        late."""
        try:
            self._checkpoints.make_if_due()
        except self._not_written as error:
            _log.error("the audit log cannot be signed: %s", type(error).__name__)

    def _ledger(self) -> AbstractContextManager[Ledger]:
        """A transaction of the log's own; on disk when the block ends."""
        return piped(self.engine) if self._own is None else self._own.transaction()

    def joining(self, connection: Connection) -> AbstractContextManager[Ledger]:
        """The ledger in somebody else's transaction."""
        if self._own is None:
            return piped_in(connection)
        driver = connection.connection.dbapi_connection
        return nullcontext(OwnLedger(driver, connection.dialect))

    def _write(self, batch: Sequence[Waiting[Draft]]) -> None:
        chains: dict[str, list[Waiting[Draft]]] = defaultdict(list)
        for waiting in batch:
            chains[waiting.draft.record].append(waiting)
        try:
            with self._ledger() as ledger:
                done = {
                    record: self._chain(ledger, record, [each.draft for each in waiting])
                    for record, waiting in chains.items()
                }
        except self._not_written as error:
            _log.error("the audit log cannot be written: %s", type(error).__name__)
            return
        for record, (outcomes, reached) in done.items():
            for waiting, outcome in zip(chains[record], outcomes, strict=True):
                waiting.error = outcome
            self._checkpoints.note(record, reached, outcomes.count(None))

    def _begun(self, ledger: Ledger, record: str) -> Found:
        """The end of the chain of `record`, which begins here if it has none."""
        found = ledger.look(record)
        if found.end.head is None and found.end.rows:
            # Nothing was held: somebody else may have begun it between the look at the head and
            # that at the rows.
            found = ledger.look(record)
        if found.end.is_new:
            ledger.begin(record, self._origin)
            found = ledger.look(record)
        return found

    def _chain(
        self, ledger: Ledger, record: str, drafts: Sequence[Draft]
    ) -> tuple[list[Outcome], Head | None]:
        """Append `drafts` to the chain of `record`, but for those whose proof is stale; what became
        of each, and where the chain ends."""
        found = self._begun(ledger, record)
        head = found.end.head
        whole = found.end.is_whole(self._origin, self._checkpoints.reached(record))
        if head is None or not whole:
            # What is missing must be found first.
            self.whole = False
            _log.error("the audit of record %s is not whole; nothing is added to it", record)
            return [AuditUnavailable() for _ in drafts], None
        outcomes: list[Outcome] = [
            None if draft.epoch in (None, found.epoch) else StaleProof() for draft in drafts
        ]
        good = [each for each, outcome in zip(drafts, outcomes, strict=True) if outcome is None]
        if good:
            rows, head = linked(head, good, moments.microseconds(self._clock()))
            ledger.append(rows, {each.event.digest: each.event.agents for each in good}, head)
        return outcomes, head
