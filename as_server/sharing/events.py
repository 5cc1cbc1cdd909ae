"""Telling resource servers at once that an owner's rules changed (RFC 8417, RFC 8935, CAEP).

After the commit the latest epoch is pushed to every resource server of the owner in parallel, with
one deadline for all; who does not answer stays in the outbox and is tried again. A pushed event
carries a number and nothing else: an RS that reads it knows only that its cache is old.
"""

import logging
import secrets
import threading
import weakref
from typing import Any
from urllib.parse import urlsplit

from flask import Response, g

from as_server import db as database
from as_server.context import AsServer, current_as, now
from as_server.db import session, transaction
from as_server.models import client as clients
from as_server.models import outbox, resource
from as_server.models.client import Client
from as_server.models.outbox import Outbox
from as_server.policy.members import print_moment
from as_server.sharing.deliveries import Push
from as_server.sharing.withdrawal import UNTOLD
from as_server.tokens.issuing import subject_of
from heart_ground.durable.ballast import has_kept_a_part
from heart_ground.durable.unavailable import is_outage
from heart_uma.loopback import is_loopback_url

EVENT = "https://schemas.openid.net/secevent/caep/event-type/token-claims-change"
RETRY_EVERY = 2.0
RETRY_AT_LEAST = 60.0
"""Seconds between two tries while the database does not answer; each pause is twice the last."""
log = logging.getLogger("as_server")


class Retries:
    """A thread that lives while something waits to be told, and no longer than its application."""

    def __init__(self, app: AsServer) -> None:
        self._app = weakref.ref(app)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked = False

    def look_once(self) -> None:
        """With the first request of a worker: did an earlier process leave something untold?"""
        if not self._looked:
            with database.reader() as connection:
                waits = outbox.something_waits(connection)
            self._looked = True
            if waits:
                self.wake()

    def wake(self) -> None:
        """Something waits."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="events")
                self._thread.start()

    def _run(self) -> None:
        pause, failures = threading.Event(), 0
        while True:
            pause.wait(min(RETRY_EVERY * 2**failures, RETRY_AT_LEAST))
            app = self._app()
            if app is None:
                return
            with app.app_context():
                try:
                    if self._is_done():
                        return
                    failures = 0
                except Exception as error:  # it must outlive a locked or restarting database
                    if not failures:
                        log.warning("events wait to be told: %s", type(error).__name__)
                    failures = min(failures + 1, 8)
            del app

    def _is_done(self) -> bool:
        retry_due()
        with self._lock, database.reader() as connection:
            if outbox.something_waits(connection):
                return False
            self._thread = None
            return True


def connect(app: AsServer) -> None:
    """Retry what is undelivered, in a thread."""
    retries = Retries(app)
    app.extensions["heart_events"] = retries
    app.before_request(retries.look_once)


def announce(owner: str) -> dict[str, Any]:
    """Push what waits for this owner and say how it went: the `effect` of an answer.

    Call it after `db.commit()`: an RS may use its next introspection before this returns. What was
    changed is on disk by then, so a database that fails from here on fails nothing: it is pending.
    """
    changed = owner in g.get(UNTOLD, ())
    g.get(UNTOLD, set()).discard(owner)
    for _ in range(2):
        try:
            return _announce(owner, changed=changed)
        except Exception as error:
            if not is_outage(error):
                raise
            database.close()
            if not current_as.ballast.helps(error):
                break
    log.warning("an owner's change is on disk; who was told of it could not be noted")
    current_as.extensions["heart_events"].wake()
    return {"status": "pending", "at": print_moment(current_as.clock()), "resource_servers": []}


def _announce(owner: str, *, changed: bool) -> dict[str, Any]:
    holding = set(resource.servers_of(session(), owner))
    waiting = outbox.untold(session(), owner)
    newest = max((row.epoch for row in waiting), default=0)
    # A server that holds nothing of hers any more is told of the change that took it away, and is
    # no part of the proof of a later one.
    concerned = holding | {row.client_id for row in waiting if changed and row.epoch == newest}
    current = {row.client_id for row in waiting if row.changed_at > _outdated()}
    late = (concerned & current) - _push(waiting)
    names = {client_id: _server(client_id) for client_id in concerned}
    return {
        "status": "pending" if late else "effective",
        "at": print_moment(current_as.clock()),
        "resource_servers": [
            {
                "name": "" if server is None else server.name,
                "base": "" if server is None else server.rs_base or "",
                "status": "pending" if client_id in late else "effective",
            }
            for client_id, server in sorted(names.items())
        ],
    }


def announce_rest(response: Response) -> Response:
    """After-request: tell of what was taken away on the way to an error (a copied token, say)."""
    # What was rolled back is nobody's news.
    if response.status_code < 500 or has_kept_a_part():
        for owner in sorted(g.get(UNTOLD, ())):
            announce(owner)
    return response


def retry_due() -> None:
    """Try again what is due, inside the current application context, and end what is over."""
    outbox.end(transaction(), _outdated())
    _push(outbox.untold(session(), due=now()))


def address_of(server: Client | None) -> str | None:
    """Where events of this RS go; None where nothing may be sent.

    Only to the origin it registered its base under, over https, or over http between services of
    one machine: the address comes from a stranger, and must not reach our own network (SSRF).
    """
    declared = (server.resource_server or {}) if server is not None and not server.disabled else {}
    base, address = declared.get("base"), declared.get("events_endpoint")
    if not isinstance(base, str) or not isinstance(address, str):
        return None
    try:
        at, home = urlsplit(address), urlsplit(base)
    except ValueError:
        return None
    if (at.scheme, at.netloc) != (home.scheme, home.netloc) or at.username or at.fragment:
        return None
    if is_loopback_url(address):
        return address if is_loopback_url(current_as.settings.issuer) else None
    return address if at.scheme == "https" else None


def event_token(server: Client, row: Outbox) -> str:
    """The Security Event Token for one RS: the owner by the name this RS knows, and her epoch."""
    settings = current_as.settings
    subject = subject_of(server.client_id, row.owner)
    claims = {
        "iss": settings.issuer,
        "aud": [server.rs_base or server.client_id],
        "iat": now(),
        "jti": secrets.token_urlsafe(24),
        "sub_id": {"format": "iss_sub", "iss": settings.issuer, "sub": subject},
        "events": {
            EVENT: {
                "event_timestamp": row.changed_at,
                "claims": {"heart_uma_epoch": row.epoch},
            }
        },
    }
    return current_as.keys.sign("set", claims)


def _outdated() -> int:
    """The moment before which every token that was live has run out by now, and with it all that a
    resource server may have kept of it: a change of that time counts there, told or not."""
    settings = current_as.settings
    return now() - max(settings.rpt_lifetime, settings.owner_token_lifetime)


def _server(client_id: str) -> Client | None:
    return session().get(Client, client_id)


def _push(rows: list[Outbox]) -> set[str]:
    """Send the events of these rows; the client ids of the servers that took theirs."""
    pushes: list[Push] = []
    for row in rows:
        server = clients.by_id(session(), row.client_id)
        address = address_of(server)
        if server is not None and address is not None:
            token = event_token(server, row)
            pushes.append(Push(row.owner, row.client_id, row.epoch, address, token))
        else:
            # Nobody to tell: its cached answers age out by themselves, so nothing waits.
            outbox.told(session(), row.owner, row.client_id, row.epoch)
    # No lock is held while strangers think: whatever was read or written is committed first.
    database.commit()
    taken = current_as.deliveries.send(current_as.http, pushes)
    for push in taken:
        outbox.told(session(), push.owner, push.client_id, push.epoch)
    for push in pushes:
        if push not in taken:
            outbox.failed(session(), push.owner, push.client_id, now())
    database.commit()
    if len(taken) < len(pushes) and "heart_events" in current_as.extensions:
        current_as.extensions["heart_events"].wake()
    return {push.client_id for push in taken}
