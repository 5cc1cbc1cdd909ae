"""The two consent pages: linking a clinic, and letting an app work for you (HEART OAuth 3.1.4)."""

from datetime import datetime, timedelta

from flask import render_template

from as_server.settings import AsSettings
from as_server.signing_in.app_face import face_of
from as_server.signing_in.authorization_request import Asked
from as_server.signing_in.browser import SignedIn
from as_server.signing_in.next_step import OPTIONAL, PAT_SCOPE
from heart_ui import dates
from heart_ui.words import N_
from heart_ui.words import gettext as _

# What each scope lets an app do, in the words of the page.
SCOPE_WORDS = {
    "openid": N_("Know that it is you"),
    "profile": N_("See your name"),
    "email": N_("See your email address"),
    "uma_protection": N_("Ask us before it shows your records, and tell us which kinds it has"),
    "uma_policy": N_("See and change who can see your records"),
    "owner": N_("Open your own records for you"),
    "offline_access": N_("Keep working after you close this page"),
}
CANNOT_WORDS = {
    "uma_policy": N_("See or change who can see your records"),
    "owner": N_("Open your records by itself"),
}
_WORKS_WITH_RECORDS = frozenset({"uma_policy", "owner"})
LINK_SCOPES = frozenset({"openid", "profile", "offline_access", PAT_SCOPE})


def render_consent(
    settings: AsSettings,
    at: datetime,
    asked: Asked,
    person: SignedIn,
    key: str,
    csrf_token: str,
) -> str:
    """The page for this request and this person."""
    face = face_of(asked.client, asked.redirect_uri)
    linking = PAT_SCOPE in asked.scope
    more = [s for s in asked.scope if s not in LINK_SCOPES] if linking else []
    return render_template(
        "link.html" if linking else "consent.html",
        face=face,
        person=person.account.name,
        person_role=person.account.role,
        pending=key,
        csrf_token=csrf_token,
        can=[_words(s) for s in asked.scope if s not in OPTIONAL and s != "openid"],
        more=[_words(s) for s in more],
        optional=[(s, _words(s)) for s in asked.scope if s in OPTIONAL],
        works=not _WORKS_WITH_RECORDS.isdisjoint(asked.scope),
        cannot=[_(words) for s, words in CANNOT_WORDS.items() if s not in asked.scope],
        until=_until(settings, at, asked),
    )


def _words(scope: str) -> str:
    known = SCOPE_WORDS.get(scope)
    return _(known) if known else _("Do something that we have no words for: %(name)s", name=scope)


def _until(settings: AsSettings, at: datetime, asked: Asked) -> str:
    seconds = settings.access_token_lifetime
    if "offline_access" in asked.scope:
        seconds = settings.refresh_token_lifetime
    end = at + timedelta(seconds=seconds)
    return f"{dates.day(end)}, {end:%H:%M} UTC"
