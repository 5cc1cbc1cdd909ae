"""The client's side of UMA, per record: challenge, ticket, RPT, records (Grant 3.1 to 3.5).

Tokenless GET; the challenge names the authorization server and a ticket; the ticket and the
person's live ID token become an RPT; the same GET with the RPT. Several records go side by side
under one deadline. Nothing here touches the database or the request: it runs in threads.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from heart_uma.challenge import Challenge, parse_challenge
from heart_uma.claims_interaction import is_told_by_id_token, offered
from heart_uma.errors import UmaError
from heart_uma.outcomes import (
    GrantRefused,
    NeedInfo,
    Outcome,
    RequestDenied,
    RequestSubmitted,
    RptIssued,
)
from requester_app.answers import Answer, Held, Terms, Why
from requester_app.identity import Identity, SignInNeeded
from requester_app.record_http import (
    RecordAnswer,
    RecordFault,
    fault_of,
    get,
    is_bundle,
    rest_of,
)
from requester_app.visit import Means

EVERYTHING = "/Patient/$everything"
_log = logging.getLogger("requester_app")


_WHY: dict[str, Why] = {"untrusted": "untrusted", "unreachable": "service"}
"""What a fault of a sharing service means; any other is an answer that is of no use."""


class _TicketLost(Exception):
    """The authorization server does not take the ticket or the RPT beside it: start afresh."""


class _Stopped(Exception):
    """The process ended with an answer that is not an RPT."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.state)
        self.answer = answer


def _refuses_the_key(answer: RecordAnswer) -> bool:
    """True when the source says that the RPT is worth nothing: a new ticket, which takes a sharing
    service that answers, or a plain 403 (Grant 3.2.1, RFC 6750 3.1)."""
    if answer.status == 401:
        return parse_challenge(answer.headers.get("WWW-Authenticate"), answer.body) is not None
    return answer.status == 403 and fault_of(answer).why != "service"


@dataclass(frozen=True)
class RecordProcess:
    """One authorization process at one record for one person (Grant 1.3.1)."""

    means: Means
    identity: Identity
    base: str
    terms: Terms
    query: Mapping[str, str]
    """What is asked of the record: it shapes the ticket, and so the RPT."""
    keep: Callable[[Held], None] = lambda _held: None
    """Called with a refreshed key at once, before anything is read with it: the refresh token that
    was used is spent (RFC 6749 6), whatever becomes of the page."""
    pcts: Mapping[str, str] = field(default_factory=dict)
    """By sharing service, what it gave for what the person let it remember (Grant 3.3.5)."""
    until: float = 0.0
    """The moment (monotonic) at which it is over; set when it begins."""

    def look(self, held: Held, shown: Mapping[str, str] | None = None) -> Answer:
        """Read the record with what is held, or get a key first.

        `shown` narrows what is read (one page of the chart); the key is always for all of `query`.
        """
        begun, wanted = self._begun(), shown if shown is not None else self.query
        return begun._guarded(lambda: begun._look(held, wanted))

    def ask(self, held: Held) -> Answer:
        """Ask for what `query` names: `granted`, or `waiting` with the ticket to come back with."""
        begun = self._begun()
        return begun._guarded(lambda: begun._ask(held))

    def _begun(self) -> RecordProcess:
        """This process with its end: all its pages together, so that none keeps its thread."""
        return replace(self, until=time.monotonic() + self.means.deadline)

    def _guarded(self, run: Callable[[], Answer]) -> Answer:
        try:
            return run()
        except _Stopped as stopped:
            return stopped.answer
        except RecordFault as fault:
            return Answer("down", why=cast(Why, fault.why))
        except SignInNeeded:
            return Answer("sign_in")
        except UmaError as error:
            _log.warning("sharing service: %s (%s)", error.code, error.status)
            return Answer("down", why=_WHY.get(error.code, "refused"))

    def _look(self, held: Held, shown: Mapping[str, str]) -> Answer:
        if held.refresh_token and not held.live:
            held = self._refreshed(held)
        if held.rpt and held.live and held.current:
            # A live key that no longer opens the record means that access ended or is paused. A
            # new process now would file a request with the patient that nobody meant to make.
            return self._read(held, shown)
        source, issuer, outcome = self._process(held)
        issued = self._rpt(source, issuer, outcome)
        key = Held(
            rpt=issued.access_token,
            issuer=issuer,
            source=source,
            live=True,
            current=True,
            told=issued.told,
        )
        answer = self._read(key, shown)
        return replace(
            answer,
            refresh_token=issued.refresh_token or "",
            expires_in=issued.expires_in,
            fresh=True,
            upgraded=issued.upgraded,
            pct=issued.pct or "",
        )

    def _ask(self, held: Held) -> Answer:
        source, issuer, outcome = self._process(held)
        issued = self._rpt(source, issuer, outcome)
        return Answer(
            "granted",
            source=source,
            rpt=issued.access_token,
            refresh_token=issued.refresh_token or "",
            issuer=issuer,
            expires_in=issued.expires_in,
            told=issued.told,
            fresh=True,
            upgraded=issued.upgraded,
            said=issued.said,
        )

    def _refreshed(self, held: Held) -> Held:
        outcome = self.means.servers.refresh_rpt(held.issuer, held.refresh_token)
        if isinstance(outcome, GrantRefused):
            if outcome.error != "invalid_grant":
                # A server in trouble says nothing about the access (RFC 6749 5.2).
                raise UmaError(outcome.error, "the refresh was refused", outcome.status)
            # Withdrawn rights kill the refresh token (Grant 3.6, 6.1): access is over.
            raise _Stopped(Answer("ended", source=held.source))
        end = outcome.told.until or held.told.until
        refreshed = replace(
            held,
            rpt=outcome.access_token,
            refresh_token=outcome.refresh_token or held.refresh_token,
            expires_in=outcome.expires_in,
            live=True,
            # No more is assessed than that; an end that was not told again is the one before.
            told=replace(held.told, until=end),
        )
        self.keep(refreshed)
        return refreshed

    def _read(self, held: Held, shown: Mapping[str, str]) -> Answer:
        answer = self._get(held.rpt, shown)
        if _refuses_the_key(answer):
            # The key is kept: after a pause it opens the record again.
            return Answer("ended", source=held.source, rpt=held.rpt)
        if answer.status == 404:
            return Answer("gone", source=held.source)
        if answer.status != 200 or not is_bundle(answer.body):
            raise fault_of(answer)
        records, first = self.means.records, answer.body or {}
        bundles = rest_of(records, self.base, first, held.rpt, self.until)
        return Answer(
            "open",
            source=held.source,
            bundles=bundles,
            rpt=held.rpt,
            refresh_token=held.refresh_token,
            issuer=held.issuer,
            expires_in=held.expires_in,
            told=held.told,
        )

    def _get(self, rpt: str, query: Mapping[str, str]) -> RecordAnswer:
        url = self.base + EVERYTHING
        return get(self.means.records, url, rpt, self.until, params=dict(query))

    def _process(self, held: Held) -> tuple[str, str, Outcome]:
        """Present the waiting ticket, else start at the record; one fresh start if that is lost."""
        if held.ticket:
            try:
                return held.source, held.issuer, self._trade(held.issuer, held.ticket, "")
            except _TicketLost:
                held = replace(held, ticket="")
        challenge = self._challenge(held.source)
        usable = held.rpt if held.issuer == challenge.as_uri else ""
        try:
            outcome = self._trade(challenge.as_uri, challenge.ticket, usable)
        except _TicketLost:
            challenge = self._challenge(held.source)
            try:
                outcome = self._trade(challenge.as_uri, challenge.ticket, "")
            except _TicketLost as lost:
                raise UmaError("bad_answer", "a fresh ticket is refused") from lost
        return challenge.realm or held.source, challenge.as_uri, outcome

    def _challenge(self, source: str) -> Challenge:
        answer = self._get("", self.query)
        if answer.status == 404:
            raise _Stopped(Answer("gone", source=source))
        challenge = parse_challenge(answer.headers.get("WWW-Authenticate"), answer.body)
        if answer.status != 401 or challenge is None:
            # Without a ticket UMA cannot go on, and no server is called (Grant 3.2.2).
            raise fault_of(answer)
        realm = "".join(c for c in challenge.realm if c.isprintable())[:120]
        return replace(challenge, realm=realm)

    def _trade(self, issuer: str, ticket: str, rpt: str) -> Outcome:
        # A server that is not trusted, or not there, costs no ID token.
        self.means.servers.metadata(issuer)
        claim_token = self.identity.token()
        outcome = self._send(issuer, ticket, claim_token, rpt)
        if isinstance(outcome, NeedInfo) and is_told_by_id_token(outcome, self.identity.issuer):
            # Hints say an ID token would do, so the one sent was too old: one newer, once.
            claim_token = self.identity.renewed(claim_token)
            outcome = self._send(issuer, outcome.ticket, claim_token, rpt)
        if isinstance(outcome, GrantRefused):
            if outcome.error == "invalid_grant":
                raise _TicketLost
            raise UmaError(outcome.error, "the request was refused", outcome.status)
        return outcome

    def _send(self, issuer: str, ticket: str, claim_token: str, rpt: str) -> Outcome:
        terms = self.terms
        return self.means.servers.trade(
            issuer,
            ticket,
            claim_token=claim_token,
            purpose_of_use=terms.purpose_of_use,
            reason=terms.reason,
            requested_until=terms.requested_until,
            ask_id=terms.ask_id,
            replaces=terms.replaces,
            withdraw=terms.withdraw,
            scope=terms.scope,
            pct=self.pcts.get(issuer, ""),
            rpt=rpt,
        )

    def _facts(self, source: str, issuer: str, wanted: NeedInfo) -> Answer:
        names = (c.friendly_name or c.name or "" for c in wanted.required_claims)
        return Answer(
            "facts",
            source=source,
            issuer=issuer,
            ticket=wanted.ticket,
            wants=tuple(name for name in names if name),
            tells_at=offered(issuer, wanted),
        )

    def _rpt(self, source: str, issuer: str, outcome: Outcome) -> RptIssued:
        match outcome:
            case RptIssued():
                return outcome
            case RequestSubmitted(ticket, interval):
                answer = Answer(
                    "waiting", source=source, issuer=issuer, ticket=ticket, interval=interval
                )
            case NeedInfo():
                answer = self._facts(source, issuer, outcome)
            case RequestDenied(said):
                answer = Answer("denied", source=source, said=said)
            case _:
                answer = Answer("down", source=source, why="service")
        raise _Stopped(answer)
