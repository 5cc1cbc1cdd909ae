"""What an authorization request still needs: a sign-in, a choice of person, a consent, or nothing.

The order is that of OIDC Core 3.1.2.3 and 3.1.2.4; with prompt=none every need is an error.
"""

from dataclasses import dataclass
from enum import Enum

from as_server.models.authorization_request import AuthorizationRequest
from as_server.signing_in import hints
from as_server.signing_in.agreements import remembered
from as_server.signing_in.authorization_request import Asked
from as_server.signing_in.browser import Browser, SignedIn
from as_server.tokens.issuing import Issuer

PAT_SCOPE = "uma_protection"
# Asked for apart on the consent page, and never ticked beforehand.
OPTIONAL = frozenset({"email"})


class Need(Enum):
    """The next step."""

    LOGIN = "login"
    CHOICE = "choice"
    CONSENT = "consent"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """The next step, and the person it is about as far as that is known."""

    need: Need
    person: SignedIn | None = None


def next_step(
    browser: Browser, issuer: Issuer, asked: Asked, pending: AuthorizationRequest
) -> Step:
    """What has to happen before a code can be issued."""
    person, unsure = _person(issuer, browser.work.now, asked, pending, browser.signed_in())
    if unsure:
        return Step(Need.CHOICE, person)
    if person is None or not _is_fresh(browser.work.now, asked, pending, person):
        return Step(Need.LOGIN, person)
    browser.touch(person)
    if _needs_consent(browser, asked, person):
        return Step(Need.CONSENT, person)
    return Step(Need.NOTHING, person)


def _person(
    issuer: Issuer, now: int, asked: Asked, pending: AuthorizationRequest, people: list[SignedIn]
) -> tuple[SignedIn | None, bool]:
    """Who it is, and whether the page that lets her choose must ask."""
    if pending.account_key is not None:
        chosen = [p for p in people if p.account.key == pending.account_key]
        return (chosen[0] if chosen else None), False
    active = next((p for p in people if p.sign_in.active), people[0] if people else None)
    hinted = hints.hinted_account(issuer, now, asked)
    is_hinted = active is not None and (
        hinted is None or hints.is_called(issuer.settings.secret_bytes, asked, active, hinted)
    )
    if active is None:
        return None, False
    several = len(people) > 1
    if "select_account" in asked.prompt or not is_hinted:
        return active, True
    # Approving somebody else's request as the wrong person is the classic accident of a demo.
    return active, several and issuer.settings.demo_mode


def silent_need(browser: Browser, step: Step, asked: Asked) -> Need:
    """The need as an app learns it that shows no page (prompt=none).

    With `login_hint` it could otherwise try out who is using this browser, so only an app that the
    person agreed to learns that it is somebody else.
    """
    if (
        step.need is Need.CHOICE
        and step.person is not None
        and _needs_consent(browser, asked, step.person)
    ):
        return Need.CONSENT
    return step.need


def _is_fresh(now: int, asked: Asked, pending: AuthorizationRequest, person: SignedIn) -> bool:
    # The one who proved it for this request, and not somebody chosen after them.
    at = pending.authenticated_at
    proved = at is not None and person.sign_in.auth_time >= at
    if "login" in asked.prompt and not proved:
        return False
    if asked.max_age is None or proved:
        return True
    return now - person.sign_in.auth_time <= asked.max_age


def _needs_consent(browser: Browser, asked: Asked, person: SignedIn) -> bool:
    if "consent" in asked.prompt:
        return True
    if asked.client.skip_consent:
        return False
    # Every record a clinic links is a decision of its own, so a PAT is never given silently.
    return PAT_SCOPE in asked.scope or remembered(browser, asked, person) is None
