"""The typed application of the patient portal and its current instance."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app

from heart_ground import moments

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Engine

    from heart_ground.browser import Sessions
    from heart_ground.moments import Clock
    from patient_portal.clinics.gathering import Gatherer
    from patient_portal.clinics.rs_api import Clinics
    from patient_portal.models.session import PortalSession
    from patient_portal.settings import PortalSettings
    from patient_portal.signing_in.issuer import Issuer


class PatientPortal(Flask):
    """What the pages may ask for: settings, database, clock, HTTP, the issuer, clinics."""

    settings: PortalSettings
    engine: Engine
    clock: Clock
    http: httpx.Client
    sessions: Sessions[PortalSession]
    issuer: Issuer
    clinics: Clinics
    gatherer: Gatherer

    def now(self) -> int:
        """The moment of this request in whole seconds since 1970."""
        return moments.seconds(moments.of_request(self.clock))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)

    @property
    def today(self) -> date:
        """The day it is where this portal's people read their times."""
        return self.clock().astimezone(self.zone).date()


current_portal = cast(PatientPortal, current_app)
