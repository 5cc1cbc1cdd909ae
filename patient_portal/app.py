"""The patient portal's composition root: settings, keys, database, HTTP, pages."""

from __future__ import annotations

import httpx
from flask import Flask

from heart_ground import logs
from heart_ground.browser import Sessions
from heart_ground.front import stand_before
from heart_ground.migrations import migrate_at_start
from heart_ground.moments import Clock, utc_now
from heart_ground.oauth_client import OAuthClient
from heart_ground.outbound import Outbound
from heart_ground.transport import guarded, http_client
from heart_ui.blueprint import bp as ui
from heart_uma.jose import KeySet
from patient_portal import error_pages, frame, guard, written
from patient_portal.clinics.gathering import Gatherer
from patient_portal.clinics.rs_api import MAX_BYTES as MAX_CLINIC_BYTES
from patient_portal.clinics.rs_api import Clinics
from patient_portal.context import PatientPortal
from patient_portal.db import make_engine
from patient_portal.models.session import PortalSession
from patient_portal.pages import (
    activity,
    activity_file,
    export,
    health,
    help,
    home,
    invitation,
    invitation_handover,
    login,
    look_question,
    my_settings,
    notice_settings,
    notices,
    people,
    record,
    record_charts,
    record_file,
    record_label,
    records,
    records_timeline,
    requests,
    share,
    share_check,
    share_invite,
    share_slip,
    share_stop,
    share_topics,
    share_undo,
    share_what,
    share_who,
    share_why,
    share_wizard,
    unknown_person,
    unlink,
)
from patient_portal.settings import PortalSettings
from patient_portal.signing_in.issuer import Issuer

MAX_FORM_BYTES = 256 * 1024
CLINIC_CONNECTIONS = 256
PAGES = (
    health,
    help,
    login,
    home,
    share_who,
    share_invite,
    invitation,
    invitation_handover,
    share_what,
    share_topics,
    share_why,
    share_wizard,
    share_check,
    share,
    share_slip,
    share_stop,
    share_undo,
    requests,
    activity,
    activity_file,
    unknown_person,
    look_question,
    notices,
    notice_settings,
    records,
    records_timeline,
    record_charts,
    record,
    record_file,
    record_label,
    unlink,
    people,
    my_settings,
    export,
)


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
    keys = KeySet.load(app.settings.key_file)
    client = OAuthClient(app.settings.client_id, keys.signing_key, clock)
    app.issuer = Issuer(app.http, app.settings.as_issuer, client)
    app.engine = make_engine(app.settings.database_url, app.settings.connections)
    migrate_at_start(app.engine, "patient_portal")
    app.sessions = Sessions(
        app.engine,
        PortalSession,
        idle=app.settings.session_idle,
        absolute=app.settings.session_absolute,
    )
    # Connections of their own: clinics that hang keep nobody from the sharing service.
    clinics = guarded(http or http_client(connections=CLINIC_CONNECTIONS))
    app.clinics = Clinics(
        Outbound(clinics, app.settings.reach, app.settings.clinic_deadline, MAX_CLINIC_BYTES)
    )
    app.gatherer = Gatherer(
        clock,
        parallel=app.settings.parallel,
        deadline=app.settings.clinic_deadline,
        max_age=app.settings.counts_max_age,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    _add_pages(app)
    stand_before(app, MAX_FORM_BYTES)
    return app


def _add_pages(app: Flask) -> None:
    app.register_blueprint(ui)
    guard.register(app)
    error_pages.register(app)
    frame.register(app)
    written.register(app)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
