"""The authorization server as this client knows it: its metadata and keys, kept for a while."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from heart_ground.asked_once import AskedOnce
from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata, discover
from heart_uma.oidc_client import fetch_keys
from patient_portal.errors import SharingServiceDown

if TYPE_CHECKING:
    from patient_portal.context import PatientPortal

MAX_AGE = 600
"""Seconds metadata and keys are reused before they are fetched again."""
DOWN_FOR = 3.0
"""Seconds that a failure stands: who comes meanwhile hears of it at once."""
WAIT = 3.0
"""Seconds that a page waits for another's question."""


class Issuer:
    """Metadata and keys of the one issuer this portal trusts (settings, never from a request)."""

    def __init__(self, app: PatientPortal) -> None:
        self._app = app
        self._asked: AskedOnce[tuple[AsMetadata, KeySet]] = AskedOnce(
            time.monotonic, fresh=MAX_AGE, failed=DOWN_FOR, failures=(UmaError,), wait=WAIT
        )

    def metadata(self) -> AsMetadata:
        """The checked metadata document; raise SharingServiceDown when it cannot be had."""
        return self._known()[0]

    def keys(self) -> KeySet:
        """The issuer's public keys."""
        return self._known()[1]

    def fresh_keys(self) -> KeySet:
        """Its keys of this moment, for an answer in hand that no known key explains (rotation).

        When they cannot be had, those from before stand.
        """
        return self._known(max_age=0)[1]

    def forget(self) -> None:
        """Fetch again next time: its addresses may have changed."""
        self._asked.forget(self._app.settings.as_issuer)

    def _known(self, max_age: float | None = None) -> tuple[AsMetadata, KeySet]:
        try:
            return self._asked.get(self._app.settings.as_issuer, self._ask, max_age=max_age)
        except (UmaError, TimeoutError) as error:
            raise SharingServiceDown(str(error)) from error

    def _ask(self) -> tuple[AsMetadata, KeySet]:
        metadata = discover(self._app.http, self._app.settings.as_issuer)
        return metadata, fetch_keys(self._app.http, metadata)
