"""Composition root of the requester app: settings, keys, database, pages, headers."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from flask import Response

from heart_ground import headers, logs
from heart_ground.browser import Sessions
from heart_ground.front import stand_before
from heart_ground.migrations import migrate_at_start
from heart_ground.moments import Clock, utc_now
from heart_ground.oauth_client import OAuthClient
from heart_ground.outbound import Outbound
from heart_ground.transport import guarded, http_client
from heart_ui.blueprint import bp as ui
from heart_uma.jose import KeySet
from requester_app import browser, error_pages, page_words
from requester_app.authorization_servers import AuthorizationServers
from requester_app.context import RequesterApp
from requester_app.db import make_engine
from requester_app.models.session import BrowserSession
from requester_app.pages import (
    ask,
    chart,
    claims,
    document,
    find,
    health,
    help,
    login,
    open,
    patients,
    requests,
    waiting,
)
from requester_app.settings import RequesterSettings
from requester_app.streams import Streams

MAX_FORM_BYTES = 64 * 1024
RECORD_CONNECTIONS = 256
PAGES = (
    *(login, patients, find, open, chart, claims, document),
    *(ask, requests, waiting, help, health),
)


def create_app(
    settings: RequesterSettings | None = None,
    *,
    clock: Clock = utc_now,
    http: httpx.Client | None = None,
) -> RequesterApp:
    """Build the app; tests give their own settings, clock and HTTP client."""
    logs.switch_on()
    app = RequesterApp(__name__)
    app.settings = settings or RequesterSettings()  # type: ignore[call-arg]
    app.clock = clock
    app.http = guarded(http or http_client())
    # Connections of their own: sources that hang keep nobody from the sharing service.
    records = guarded(http or http_client(connections=RECORD_CONNECTIONS))
    app.records = Outbound(
        records, app.settings.reach, app.settings.fetch_deadline, app.settings.max_answer_bytes
    )
    app.keys = KeySet.load(app.settings.key_file)
    client = OAuthClient(app.settings.client_id, app.keys.signing_key, clock)
    app.authorization_servers = AuthorizationServers(app.http, app.settings.issuers, client)
    app.engine = make_engine(app.settings.database_url, app.settings.connections)
    migrate_at_start(app.engine, "requester_app")
    app.sessions = Sessions(
        app.engine,
        BrowserSession,
        idle=app.settings.idle_seconds,
        absolute=app.settings.session_seconds,
    )
    app.streams = Streams()
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=200,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    browser.guard(app)
    error_pages.register(app)
    page_words.attach(app)
    app.register_blueprint(ui)
    for page in PAGES:
        app.register_blueprint(page.bp)
    app.after_request(_headers(app))
    stand_before(app, MAX_FORM_BYTES)
    return app


def _headers(app: RequesterApp) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        headers.complete(response, secure=app.settings.is_https)
        response.headers.add("Vary", "Cookie")
        return response

    return add
