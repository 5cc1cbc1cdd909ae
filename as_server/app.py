"""The composition root of the authorization server: one function builds and connects everything."""

import logging
from functools import cache, partial

import httpx
from flask import abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from as_server import cli, context, db, error_answers, housekeeping, openapi_document, routes
from as_server.clients import keys as client_keys
from as_server.clients import static
from as_server.clients.authentication import ClientAuthentication
from as_server.clients.keys import ClientKeys
from as_server.context import AsServer
from as_server.models import routing_key
from as_server.settings import AsSettings
from as_server.sharing import mailings
from as_server.sharing.deliveries import Deliveries
from as_server.sharing.events import Announcements
from as_server.sharing.remembered_answers import RememberedAnswers
from as_server.signing_in.passwords import Passwords
from as_server.signing_in.rate_limit import RateLimits
from as_server.tokens import keys
from as_server.tokens.issuing import Issuer
from heart_ground import logs
from heart_ground.front import stand_before
from heart_ground.migrations import migrate_at_start
from heart_ground.moments import Clock, utc_now
from heart_ground.outbound import Outbound
from heart_ground.transport import guarded, http_client
from heart_ui.blueprint import bp as heart_ui
from heart_ui.words import gettext as _
from heart_uma.jose import KeySet

log = logging.getLogger("as_server")

MAX_BODY = 128 * 1024
MAX_FORM = 64 * 1024
NUL = (b"\x00", b"%00")


def create_app(
    settings: AsSettings | None = None,
    *,
    clock: Clock = utc_now,
    http: httpx.Client | None = None,
    key_set: KeySet | None = None,
) -> AsServer:
    """Build an authorization server; `key_set` replaces the key file (tests, embedding)."""
    logs.switch_on()
    app = AsServer("as_server", static_folder=None)
    # pydantic-settings fills the secret from the environment.
    app.settings = settings or AsSettings()  # type: ignore[call-arg]
    app.clock = clock
    app.http = guarded(http or http_client())
    app.keys = (
        keys.SigningKeys(key_set, app.settings.signing_algorithm)
        if key_set is not None
        else keys.load(app.settings.key_file, app.settings.signing_algorithm)
    )
    app.engine = db.make_engine(app.settings.database_url, app.settings.connections)
    app.group_commit = db.group_commit(app.engine)
    app.passwords = Passwords(app.settings)
    app.rate_limits = RateLimits(app.settings, lambda: clock().timestamp())
    app.remembered_answers = RememberedAnswers()
    app.client_keys = ClientKeys(
        Outbound(app.http, app.settings.reach, client_keys.TIMEOUT, client_keys.MAX_BYTES), clock
    )
    app.client_authentication = ClientAuthentication(app.settings, app.client_keys)
    app.deliveries = Deliveries(app.http, app.settings.reach)
    app.issuer = Issuer(app.keys, app.settings)
    _limit_bodies(app)
    _know_callers(app)
    migrate_at_start(app.engine, "as_server")
    routing_key.take_up(app.engine, app.issuer.seals.key_id)
    static.load(app.engine, app.settings, int(clock().timestamp()), app.keys.id_token_algorithms)
    housekeeping.connect(app)
    app.announcements = Announcements(app.issuer, app.deliveries, app.ballast, app.new_work)
    app.mailings = mailings.of(app.settings, app.new_work)
    _connect(app)
    cli.register(app)
    stand_before(app, MAX_BODY)
    return app


def page_words(settings: AsSettings) -> dict[str, object]:
    """What every page of this server shows."""
    return {
        "app_name": _("Sharing service"),
        "home_url": "/accounts",
        "help_url": "/help",
        "demo": settings.demo_mode,
    }


def _limit_bodies(app: AsServer) -> None:
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM
    app.config["MAX_FORM_PARTS"] = 100
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    # Before anything opens a transaction: a body that trickles in must not hold the write lock.
    app.before_request(_receive_body)


def _receive_body() -> None:
    """Take in the whole request, and refuse NUL: no text here holds one, PostgreSQL takes none."""
    body = request.get_data()
    # Only these bytes make one: most requests need no look at each of their parts.
    parts = (body, request.query_string, request.path.encode())
    if not any(nul in part for part in parts for nul in NUL):
        return
    sent = (request.path, *request.args.items(multi=True), *request.form.items(multi=True))
    if any("\x00" in text for part in sent for text in part):
        abort(400)


def _know_callers(app: AsServer) -> None:
    """Behind a proxy all callers would share one address, and with it one rate limit."""
    if app.settings.trusted_proxies:
        hops = app.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=0)  # type: ignore[method-assign]
    elif app.settings.is_https:
        log.warning(
            "AS_TRUSTED_PROXIES is 0: behind a proxy all callers count as one, and without a proxy "
            "that takes bodies in whole slow clients are cut off by nobody"
        )


def _connect(app: AsServer) -> None:
    app.routes, app.addresses = routes.register(app), routes.addresses()
    # Few ask for it, and making it is half of what it takes to build the application.
    app.openapi = cache(partial(openapi_document.document, routes.ROUTES, app.settings.issuer))
    app.register_blueprint(heart_ui)
    app.context_processor(lambda: page_words(app.settings))
    error_answers.register(app)
    # After-request functions run last registered first: the commit decides the status, then the
    # headers are set on whatever is really answered.
    app.after_request(context.set_headers)
    app.after_request(context.set_cookie)
    app.after_request(context.tell_rest)
    app.after_request(context.end_work)
    app.before_request(app.announcements.retries.look_once)
    if app.mailings is not None:
        app.before_request(app.mailings.retries.look_once)
    app.teardown_appcontext(context.close_work)
