"""The audit log that is switched off: it writes nothing, and still refuses a stale proof."""

from __future__ import annotations

from sqlalchemy import Connection

from fhir_rs.audit.chain import Draft
from fhir_rs.audit.log import AuditLog
from fhir_rs.audit.refused import StaleProof
from fhir_rs.models.epoch import epoch_of


class EpochCheckOnly(AuditLog):
    """The log that is switched off: it writes nothing, and still refuses a stale proof."""

    keeps_entries = False

    def append(self, draft: Draft) -> None:
        """Raise StaleProof as the real log would."""
        if draft.epoch is not None and epoch_of(self.engine, draft.record) != draft.epoch:
            raise StaleProof

    def append_in(self, connection: Connection, draft: Draft) -> None:
        """Raise StaleProof as the real log would."""
        with self.joining(connection) as ledger:
            epoch = ledger.look(draft.record).epoch
        if draft.epoch not in (None, epoch):
            raise StaleProof
