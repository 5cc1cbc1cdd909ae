"""claims_interaction_endpoint: a person tells here what a rule still needs of her, and goes back to
her app with a new ticket (Grant 3.3.2, 3.3.3).

GET /claims?client_id=...&ticket=...&claims_redirect_uri=...&state=...
"""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.errors import AccessDenied, InvalidRequest, PageError, WireError
from as_server.models import client as clients
from as_server.models.gathered_claims import GatheredClaims
from as_server.pages import who_and_why
from as_server.sharing.missing_claims import Missing, missing
from as_server.signing_in import claims_interaction, claims_request, forms
from as_server.signing_in.app_face import face_of
from as_server.signing_in.browser import SignedIn
from as_server.signing_in.claims_interaction import Waiting
from as_server.signing_in.claims_request import WayBack
from as_server.signing_in.way_back import claims_error_address, with_query
from heart_ground.headers import leads_away
from heart_ui.words import N_

GONE = N_("This page is too old. Go back to the app and start again.")


def read() -> AnyResponse:
    """Spend the ticket and keep what was asked; the page has an address of its own, so that it can
    be loaded again."""
    back = claims_request.settle(work(), request.args)
    try:
        key = _begun(back, claims_request.ticket_of(back, request.args))
    except WireError as error:
        return redirect(claims_error_address(back.redirect_uri, back.state, error), 303)
    return redirect(url_for("claims_interaction.resume", pending=key), 303)


def _begun(back: WayBack, ticket: str) -> str:
    with work().writing():
        pending = claims_interaction.begin(browser(), current_as.issuer.seals, back, ticket)
    if pending is None:
        raise InvalidRequest("The ticket is not valid.")
    return pending.key


def resume() -> AnyResponse:
    """The page, once it is known who is at the browser."""
    waiting = _waiting(request.args.get("pending", ""))
    person, unsure = claims_interaction.person_of(browser(), waiting)
    if person is None or unsure:
        return _who_is_it(waiting, unsure=unsure)
    asked = claims_interaction.look(browser(), waiting)
    if asked is None:
        return _too_old(waiting)
    return _page(waiting, person, missing(work(), asked, person.account))


def decide() -> AnyResponse:
    """Her answer. It counts for the person that the page names, and for nobody else."""
    waiting = _waiting(request.form.get("pending", ""))
    person, unsure = claims_interaction.person_of(browser(), waiting)
    if person is None or unsure:
        return _who_is_it(waiting, unsure=unsure)
    forms.require(request, browser(), _form_of(waiting, person))
    browser().touch(person)
    leads_away()
    asked = claims_interaction.look(browser(), waiting)
    if asked is None:
        return _too_old(waiting)
    wanted = missing(work(), asked, person.account)
    cancels = request.form.get("decision") != "send"
    errors = {} if cancels else who_and_why.problems(request.form, purpose=wanted.purpose)
    if errors:
        return _page(waiting, person, wanted, errors)
    spent = claims_interaction.end(browser(), waiting)
    if spent is None:
        return _too_old(waiting)
    if cancels:
        error = AccessDenied("The person told nothing.")
        return redirect(claims_error_address(waiting.redirect_uri, waiting.state, error), 303)
    said = who_and_why.said(request.form, purpose=wanted.purpose)
    told = GatheredClaims(person.account.key, work().now, *said)
    ticket = claims_interaction.new_ticket(browser(), current_as.issuer.seals, waiting, spent, told)
    members = {"ticket": ticket, "state": waiting.state}
    return redirect(with_query(waiting.redirect_uri, members), 303)


def _waiting(key: str) -> Waiting:
    found = claims_interaction.find(browser(), current_as.issuer.seals, key)
    if found is None:
        raise PageError(GONE)
    return found


def _who_is_it(waiting: Waiting, *, unsure: bool) -> AnyResponse:
    page = "accounts.read" if unsure else "login.read"
    return redirect(url_for(page, pending=waiting.pending.key), 303)


def _form_of(waiting: Waiting, person: SignedIn) -> str:
    return f"claims\x1f{waiting.pending.key}\x1f{person.account.key}"


def _page(
    waiting: Waiting, person: SignedIn, wanted: Missing, errors: dict[str, str] | None = None
) -> Response:
    client = clients.by_id(work().db, waiting.pending.client_id)
    if client is None:
        raise PageError(GONE)
    leads_away()
    html = who_and_why.render(
        face_of(client, waiting.redirect_uri),
        person.account,
        wanted,
        request.form,
        errors or {},
        pending=waiting.pending.key,
        csrf_token=forms.csrf_token(browser(), _form_of(waiting, person)),
    )
    return Response(html, status=400 if errors else 200)


def _too_old(waiting: Waiting) -> Response:
    """Say that nothing was sent, with a way back to the app, which is told the same."""
    client = clients.by_id(work().db, waiting.pending.client_id)
    error = InvalidRequest("The ticket is not valid.")
    address = claims_error_address(waiting.redirect_uri, waiting.state, error)
    name = face_of(client).name if client else ""
    html = render_template("claims_too_old.html", app=name, address=address if client else "")
    return Response(html, status=400)
