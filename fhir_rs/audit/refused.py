"""Why nothing is disclosed: no entry could be written, or the proof is too old."""

from __future__ import annotations

from fhir_rs.errors import Unavailable


class StaleProof(Exception):
    """The owner's epoch rose since the token was introspected: ask again before anything leaves."""


class AuditUnavailable(Unavailable):
    """The entry cannot be written, so nothing is disclosed."""

    text = "The audit log cannot be written, so nothing is shown."
