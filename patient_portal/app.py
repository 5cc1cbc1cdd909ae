"""The patient portal's composition root: settings, keys, database, HTTP, pages."""

from __future__ import annotations

import httpx
from flask import Flask
from flask_babel import Babel

from heart_ground import logs
from heart_ground.front import stand_before
from heart_ground.migrations import migrate_at_start
from heart_ground.moments import Clock, utc_now
from heart_ground.outbound import Outbound
from heart_ground.transport import guarded, http_client
from heart_ui.blueprint import bp as ui
from heart_uma.client_auth import ClientCredentials
from heart_uma.jose import KeySet
from patient_portal import errors
from patient_portal.clinics.gathering import Gatherer
from patient_portal.clinics.rs_api import MAX_BYTES as MAX_CLINIC_BYTES
from patient_portal.clinics.rs_api import Clinics
from patient_portal.context import PatientPortal
from patient_portal.db import make_engine
from patient_portal.pages import (
    activity,
    health,
    home,
    login,
    people,
    records,
    requests,
    share,
    share_check,
    share_stop,
    share_wizard,
)
from patient_portal.settings import PortalSettings
from patient_portal.signing_in import guard
from patient_portal.signing_in.issuer import Issuer
from patient_portal.words import page_words

MAX_FORM_BYTES = 256 * 1024


CLINIC_CONNECTIONS = 256


def create_app(
    settings: PortalSettings | None = None,
    *,
    clock: Clock = utc_now,
    http: httpx.Client | None = None,
) -> PatientPortal:
    """The portal as a WSGI application; `clock` and `http` are replaced in tests."""
    logs.switch_on()
    app = PatientPortal(__name__, static_folder=None)
    app.settings = settings or PortalSettings()  # type: ignore[call-arg]  # from the environment
    app.clock = clock
    app.http = guarded(http or http_client())
    app.credentials = ClientCredentials(
        app.settings.client_id, KeySet.load(app.settings.key_file), clock
    )
    app.engine = make_engine(app.settings.database_url, prepare=app.settings.database_prepare)
    migrate_at_start(app.engine, "patient_portal")
    app.issuer = Issuer(app)
    # Connections of their own: clinics that hang keep nobody from the sharing service.
    clinics = guarded(http or http_client(connections=CLINIC_CONNECTIONS))
    app.clinics = Clinics(
        Outbound(clinics, app.settings.reach, app.settings.clinic_deadline, MAX_CLINIC_BYTES)
    )
    app.gatherer = Gatherer(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    _add_pages(app)
    stand_before(app, MAX_FORM_BYTES)
    return app


def _add_pages(app: Flask) -> None:
    Babel(app)
    app.register_blueprint(ui)
    guard.register(app)
    errors.register(app)
    page_words.register(app)
    for pages in (
        health,
        login,
        home,
        share_wizard,
        share_check,
        share,
        share_stop,
        requests,
        activity,
        records,
        people,
    ):
        app.register_blueprint(pages.bp)
