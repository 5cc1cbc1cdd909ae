"""The resource server put together: settings, database, keys, rooms; and its map of addresses."""

from __future__ import annotations

import logging
import re
from functools import cache
from urllib.parse import urlsplit

import httpx
from flask import Response, request
from sqlalchemy import Engine
from werkzeug.routing import BaseConverter

from fhir_rs import db, errors, routes
from fhir_rs.answers import described, negotiation
from fhir_rs.answers.cursors import Cursors
from fhir_rs.audit.event import Site
from fhir_rs.audit.log import AuditLog
from fhir_rs.audit.switched_off import EpochCheckOnly
from fhir_rs.context import FhirRs, current_request, current_rs
from fhir_rs.enforcement.known_hints import KnownHints
from fhir_rs.enforcement.rules import hint_words
from fhir_rs.errors import Invalid
from fhir_rs.importing import describing
from fhir_rs.protection import refusals
from fhir_rs.protection.access import AuditTrail
from fhir_rs.protection.authorization_server import AuthorizationServers
from fhir_rs.protection.challenge_rate import ChallengeRate
from fhir_rs.protection.circuit import Circuit
from fhir_rs.protection.guard import Guard
from fhir_rs.protection.introspection import Introspection
from fhir_rs.protection.introspection_cache import IntrospectionCache
from fhir_rs.protection.pat import Pats
from fhir_rs.protection.registrar import Registrar
from fhir_rs.protection.ticket import Tickets
from fhir_rs.settings import Settings
from heart_ground import headers, logs
from heart_ground.front import stand_before
from heart_ground.migrations import migrate_at_start
from heart_ground.moments import Clock, utc_now
from heart_ground.transport import guarded, http_client
from heart_ui.blueprint import bp as heart_ui
from heart_uma.jose import KeySet

AS_TIMEOUT = 1.4
"""Seconds an authorization server gets to answer; a partition must show within 1.5."""
FORM_BYTES = 64 * 1024
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_log = logging.getLogger("fhir_rs")
_NOT_CANONICAL = re.compile(r"//|/\.{1,2}(?:/|\Z)|[\\;\x00-\x20\x7f-\U0010ffff]")
_ENCODED_TRICKS = re.compile(r"%(?:2[ef]|5c|00|3b|25)", re.IGNORECASE)
_OF_THE_INTERFACE = (
    ("Vary", "Authorization, Accept"),
    # Browser clients on another origin must be able to read the challenge.
    (
        "Access-Control-Expose-Headers",
        "WWW-Authenticate, Warning, Location, ETag, Last-Modified, Retry-After, Allow",
    ),
)
_UNDERSTOOD = (
    "Authorization, Content-Type, Accept, Category, Prefer, If-Match, If-None-Match, "
    "If-None-Exist, X-Request-Id"
)
"""The request headers that mean something here: a browser client may send no others."""
_PREFLIGHT_SECONDS = "600"


class _Name(BaseConverter):
    """A type, an id or a version in an address: never a word that FHIR keeps for itself.

    Else `GET {type}` would stand beside every operation, and `Allow` would name methods that are
    not there.
    """

    regex = r"(?!\$|(?:_search|_history|metadata|\.well-known)(?:/|\Z))[^/]+"
    part_isolating = True


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock = utc_now,
    http: httpx.Client | None = None,
) -> FhirRs:
    """Build the resource server; it refuses to start on settings that would not be safe."""
    logs.switch_on()
    app = FhirRs(__name__)
    app.settings = settings or Settings()  # type: ignore[call-arg]  # read from the environment
    app.clock = clock
    app.http = guarded(http or http_client(timeout=AS_TIMEOUT, deadline=AS_TIMEOUT))
    app.keys = KeySet.load(app.settings.key_file)
    app.engine = db.make_engine(app.settings.database_url, app.settings.connections)
    migrate_at_start(app.engine, "fhir_rs")
    _warn_of_waiting(app.engine)
    app.audit = _audit_log(app)
    _protect(app)
    app.known_hints = KnownHints(hint_words())
    app.cursors = Cursors(app.settings.secret.get_secret_value())
    app.config.update(MAX_CONTENT_LENGTH=app.settings.max_body_bytes, MAX_FORM_PARTS=100)
    # A redirect that "repairs" a path would be a second spelling of every address.
    app.url_map.merge_slashes = False
    app.url_map.converters = {**app.url_map.converters, "default": _Name}
    errors.register(app)
    app.before_request(_refuse_other_spellings)
    app.before_request(_bound_forms)
    app.before_request(_negotiate)
    app.after_request(_headers)
    app.after_request(_settle)
    app.after_request(_sign)
    root = urlsplit(app.settings.public_root).path
    app.register_blueprint(heart_ui, url_prefix=f"{root}/ui")
    routes.register(app, app.settings)
    origin = app.settings.public_root.removesuffix(root)
    app.openapi = cache(lambda: described.document(routes.every_route(app.settings), origin))
    stand_before(app, app.settings.max_body_bytes)
    return app


def _warn_of_waiting(engine: Engine) -> None:
    waiting = describing.waiting(engine)
    if waiting:
        _log.warning(
            "%d resources wait to be described by today's rules; until then only their owners see "
            "them: run heart-uma describe",
            waiting,
        )


def _protect(app: FhirRs) -> None:
    """What stands before the records: each part is made with what it needs, and no more."""
    settings, engine, http = app.settings, app.engine, app.http
    app.circuit = Circuit()
    app.introspections = IntrospectionCache()
    app.challenge_rate = ChallengeRate(engine, settings.challenges_per_second)
    servers = AuthorizationServers(settings, engine, http, app.keys, app.clock)
    app.authorization_servers = servers
    app.pats = Pats(
        engine, http, servers, app.circuit, app.clock, settings.secret.get_secret_value()
    )
    app.registrar = Registrar(engine, app.pats, settings)
    app.trail = AuditTrail(app.audit, Site(settings.base_url, settings.name))
    app.guard = Guard(
        engine,
        settings,
        Introspection(
            engine,
            servers,
            app.pats,
            app.introspections,
            audience=settings.base_url,
            max_age=settings.introspection_max_age,
        ),
        Tickets(engine, app.pats, app.registrar, settings.name),
        app.challenge_rate,
        app.trail,
    )


def _audit_log(app: FhirRs) -> AuditLog:
    if not app.settings.audit:
        _log.warning("RS_AUDIT is off: nothing that is shown is written down")
    kind = AuditLog if app.settings.audit else EpochCheckOnly
    return kind(
        app.engine,
        app.keys,
        app.settings.base_url,
        app.clock,
        put_back=app.settings.database_put_back,
    )


def _refuse_other_spellings() -> None:
    """One resource, one path: no `//`, dot segment, `;` or encoded slash (RFC 3986 6.2)."""
    environ = request.environ
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    # Not request.path: it has lost slashes by then.
    path = str(environ.get("PATH_INFO", ""))
    tricks = "%" in raw and _ENCODED_TRICKS.search(raw.partition("?")[0])
    if tricks or _NOT_CANONICAL.search(path):
        raise Invalid("The path is not in its canonical form.")


def _bound_forms() -> None:
    """A form of a million pairs is seconds of work; MAX_FORM_MEMORY_SIZE does not bound it."""
    if request.mimetype in _FORMS:
        request.max_content_length = FORM_BYTES


def _negotiate() -> None:
    base = urlsplit(current_rs.settings.base_url).path
    negotiation.check(request, base)


def _settle(response: Response) -> Response:
    """An answer that refuses a good token has its entry in the audit before it leaves."""
    if not refusals.is_owed(response):
        return response
    path = str(request.environ.get("PATH_INFO", ""))
    below = urlsplit(current_rs.settings.base_url).path + "/r/"
    record = path.removeprefix(below).partition("/")[0] if path.startswith(below) else ""
    room = request.blueprint or "request"
    return refusals.settled(current_rs.guard, current_request(), response, record, room)


def _sign(response: Response) -> Response:
    """What was entered in the transaction of a write is signed in time too."""
    current_rs.audit.sign_if_due()
    return response


def _headers(response: Response) -> Response:
    """Security headers of every answer, and what browser clients of the interface need."""
    settings = current_rs.settings
    of_the_interface = request.path.startswith(urlsplit(settings.base_url).path)
    secure = settings.base_url.startswith("https:")
    headers.complete(response, secure=secure, public=of_the_interface)
    if of_the_interface:
        response.headers.extend(_OF_THE_INTERFACE)
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = _UNDERSTOOD
            response.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
    return response
