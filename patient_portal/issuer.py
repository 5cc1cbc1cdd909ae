"""The authorization server as this client knows it: its metadata and keys, kept for a while."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata, discover
from heart_uma.oidc_client import fetch_keys
from patient_portal.errors import SharingServiceDown

if TYPE_CHECKING:
    from patient_portal.context import PatientPortal

MAX_AGE = 600
"""Seconds metadata and keys are reused before they are fetched again."""


class Issuer:
    """Metadata and keys of the one issuer this portal trusts (settings, never from a request)."""

    def __init__(self, app: PatientPortal) -> None:
        self._app = app
        self._lock = Lock()
        self._metadata: AsMetadata | None = None
        self._keys: KeySet | None = None
        self._until = 0

    def metadata(self) -> AsMetadata:
        """The checked metadata document; raise SharingServiceDown when it cannot be had."""
        return self._known()[0]

    def keys(self) -> KeySet:
        """The issuer's public keys."""
        return self._known()[1]

    def forget(self) -> None:
        """Fetch again next time: after a signature no key explains (key rotation)."""
        self._until = 0

    def _known(self) -> tuple[AsMetadata, KeySet]:
        with self._lock:
            if self._metadata is None or self._keys is None or self._app.now() >= self._until:
                try:
                    self._metadata = discover(self._app.http, self._app.settings.as_issuer)
                    self._keys = fetch_keys(self._app.http, self._metadata)
                except UmaError as error:
                    raise SharingServiceDown(str(error)) from error
                self._until = self._app.now() + MAX_AGE
            return self._metadata, self._keys
