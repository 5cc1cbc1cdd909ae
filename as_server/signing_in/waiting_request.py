"""An authorization request that waits for a sign-in: the browser carries it sealed until then.

Anybody may open `/authorize`, a million times if he likes, and nothing is written for it: what is
asked travels in the address of the sign-in page, sealed, so that no parameter can lead elsewhere
and bound to the browser it began in. Once somebody has signed in it is a row.
"""

import json
import secrets
from typing import Any

from as_server.errors import PageError
from as_server.models import authorization_request
from as_server.models.authorization_request import AuthorizationRequest
from as_server.signing_in.browser import Browser
from heart_ui.words import N_
from heart_uma.sealing import SealError, open_sealed, seal

KEPT = 3_600
"""Seconds that a request waits."""
MOST = 6_000
"""Characters of a sealed one: it travels in an address."""
_USE = "authorization request"


def begin(browser: Browser, client_id: str, parameters: dict[str, str]) -> AuthorizationRequest:
    """A new request of this browser, kept nowhere yet."""
    return AuthorizationRequest(
        key=secrets.token_urlsafe(16),
        session_key=browser.ensure().key,
        client_id=client_id,
        parameters=json.dumps(parameters),
        created_at=browser.work.now,
    )


def hold(browser: Browser, pending: AuthorizationRequest) -> None:
    """Keep it: in the database for a browser in which somebody has signed in before, else sealed
    in its own `key`. Raise PageError when it is too long for that."""
    if browser.is_kept():
        browser.work.db.add(pending)
        browser.work.db.flush()
        return
    pending.key = seal(_secret(browser), {"use": _USE, **pending.model_dump()})
    if len(pending.key) > MOST:
        raise PageError(N_("The app that sent you here asks for more than fits."))


def find(browser: Browser, key: str) -> AuthorizationRequest | None:
    """The waiting request of this browser with this key, sealed or stored."""
    row = browser.current()
    if not key or row is None:
        return None
    if key.count(".") != 4:
        return (
            authorization_request.of_browser(browser.work.db, key, row.key)
            if browser.is_kept()
            else None
        )
    try:
        content: dict[str, Any] = open_sealed(_secret(browser), key)
    except SealError:
        return None
    began = content.get("session_key", "")
    ours = row.key in (began, browser.key_once_kept(began))
    if (
        content.pop("use", None) != _USE
        or not ours
        or content["created_at"] <= browser.work.now - KEPT
    ):
        return None
    return AuthorizationRequest(**{**content, "key": key})


def keep(browser: Browser, pending: AuthorizationRequest) -> AuthorizationRequest:
    """The row of a request whose person has just signed in."""
    if pending.key.count(".") != 4:
        return pending
    row = AuthorizationRequest(
        **{
            **pending.model_dump(),
            "key": secrets.token_urlsafe(16),
            "session_key": browser.ensure().key,
        }
    )
    browser.work.db.add(row)
    browser.work.db.flush()
    return row


def forget(browser: Browser, pending: AuthorizationRequest) -> None:
    """It was answered; a sealed one ends by what it is about, and by its time."""
    if pending.key.count(".") != 4:
        browser.work.db.delete(pending)


def _secret(browser: Browser) -> str:
    return browser.settings.secret.get_secret_value()
