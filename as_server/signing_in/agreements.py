"""What somebody agreed to in this browser before: the same is not asked twice while she stays."""

from as_server.models.remembered_consent import RememberedConsent
from as_server.signing_in.authorization_request import Asked
from as_server.signing_in.browser import Browser, SignedIn


def _consent_key(browser: Browser, asked: Asked, person: SignedIn) -> tuple[str, str, str, str]:
    row = browser.ensure()
    return row.key, person.account.key, asked.client.client_id, " ".join(sorted(asked.scope))


def remembered(browser: Browser, asked: Asked, person: SignedIn) -> RememberedConsent | None:
    """Her answer to this question, if she gave it here."""
    return browser.work.db.get(RememberedConsent, _consent_key(browser, asked, person))


def remember_consent(browser: Browser, asked: Asked, person: SignedIn, granted: str) -> None:
    """Do not ask the same question twice while this person stays signed in here."""
    key, work = _consent_key(browser, asked, person), browser.work
    found = work.db.get(RememberedConsent, key)
    if found is None:
        names = ("session_key", "account_key", "client_id", "scope")
        values = dict(zip(names, key, strict=True))
        work.db.add(RememberedConsent(**values, granted=granted, granted_at=work.now))
    else:
        found.granted, found.granted_at = granted, work.now


def granted_before(browser: Browser, asked: Asked, person: SignedIn) -> str:
    """The scopes for a request that needs no page: what was agreed to, or what the operator set."""
    found = remembered(browser, asked, person)
    if found is not None and not asked.client.skip_consent:
        return found.granted
    return " ".join(asked.scope)
