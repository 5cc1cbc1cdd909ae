"""A small authorization server and small record sources, with every message written down."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from flask import Flask, Response, jsonify, redirect, request

from heart_uma.challenge import AS_UNREACHABLE_WARNING, Challenge, format_challenge
from heart_uma.jose import KeySet, sign
from heart_uma.metadata import ID_TOKEN_FORMAT, UMA_TICKET_GRANT

ISSUER = "http://localhost:8400"
SERVER_KEYS = KeySet.generate()
Decide = Callable[[dict[str, str], "Ticket"], tuple[int, dict[str, Any]] | None]


@dataclass
class Ticket:
    """What a source asked permission for: its record and the kinds of the request."""

    base: str
    kinds: frozenset[str]
    used: bool = False


@dataclass
class FakeAs:
    """Signs in `person`, trades tickets by `shares`, `asks` and `decide`, and remembers it all."""

    clock: Callable[[], datetime]
    person: str = "priya"
    names: dict[str, str] = field(default_factory=lambda: {"priya": "Dr. Priya Nair"})
    shares: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    rpts: dict[str, tuple[str, str, frozenset[str]]] = field(default_factory=dict)
    refresh_tokens: dict[str, tuple[str, str, frozenset[str]]] = field(default_factory=dict)
    trades: list[dict[str, str]] = field(default_factory=list)
    refreshes: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    calls: int = 0
    withdrawn: set[str] = field(default_factory=set)
    reason: Any = ""
    """Of a no, as the owner told it."""
    until: Any = None
    decide: Decide | None = None
    interval: int = 5
    upgrades: bool = False
    id_life: int = 300
    issuer_in_answer: str = ISSUER
    fails: bool = False
    """It answers every token request with an error of its own (RFC 6749 5.2 has no word for it)."""
    keys: KeySet = SERVER_KEYS
    signing_keys: KeySet | None = None
    """Other keys than it publishes."""
    tells: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By record: the members of a success answer that say what may not be complete."""
    tells_at_refresh: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def new_ticket(self, base: str, kinds: frozenset[str]) -> str:
        ticket = f"ticket-{secrets.token_urlsafe(8)}"
        self.tickets[ticket] = Ticket(base, kinds)
        return ticket

    def allowed(self, person: str, base: str) -> set[str]:
        return set() if person in self.denied else self.shares.get((person, base), set())

    def id_token(self, person: str, nonce: str | None) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": f"sub-{person}",
            "aud": ["requester"],
            "azp": "requester",
            "iat": now,
            "exp": now + self.id_life,
            "auth_time": now,
            "jti": secrets.token_urlsafe(8),
            "name": self.names.get(person, person),
            "email": f"{person}@example.org",
            "email_verified": True,
        }
        if nonce:
            claims["nonce"] = nonce
        return sign("id_token", claims, self.signing_keys or self.keys)

    def app(self) -> Flask:
        app = Flask("fake_as")

        @app.before_request
        def count() -> None:
            self.calls += 1

        app.add_url_rule("/.well-known/uma2-configuration", view_func=self._metadata)
        app.add_url_rule("/jwks", view_func=lambda: jsonify(self.keys.public_jwks()))
        app.add_url_rule("/healthz", view_func=lambda: jsonify(status="ok"), endpoint="healthz")
        app.add_url_rule("/authorize", view_func=self._authorize)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/revoke", view_func=self._revoke, methods=["POST"])
        return app

    def _metadata(self) -> Response:
        return jsonify(
            issuer=ISSUER,
            authorization_endpoint=f"{ISSUER}/authorize",
            token_endpoint=f"{ISSUER}/token",
            jwks_uri=f"{ISSUER}/jwks",
            revocation_endpoint=f"{ISSUER}/revoke",
            end_session_endpoint=f"{ISSUER}/logout",
            claims_interaction_endpoint=f"{ISSUER}/not-this-one",
            response_types_supported=["code"],
            grant_types_supported=["authorization_code", "refresh_token", UMA_TICKET_GRANT],
        )

    def _authorize(self) -> Any:
        code = secrets.token_urlsafe(8)
        self.codes[code] = dict(request.args)
        query = {"code": code, "state": request.args["state"], "iss": self.issuer_in_answer}
        return redirect(f"{request.args['redirect_uri']}?{urlencode(query)}")

    def _token(self) -> Any:
        form = request.form.to_dict()
        if self.fails:
            return jsonify(error="server_error"), 503
        if form["grant_type"] == "authorization_code":
            return self._code(form)
        if form["grant_type"] == "refresh_token":
            return self._refresh(form["refresh_token"])
        status, body = self._uma(form)
        return jsonify(body), status

    def _revoke(self) -> Any:
        self.revoked.append(request.form["token"])
        return jsonify({})

    def _code(self, form: dict[str, str]) -> Any:
        asked = self.codes.pop(form["code"])
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        return self._signed_in(self.person, asked["nonce"])

    def _signed_in(self, person: str, nonce: str | None) -> Any:
        return jsonify(
            access_token="at",
            token_type="Bearer",
            expires_in=3600,
            refresh_token=f"session-{person}",
            id_token=self.id_token(person, nonce),
            scope="openid profile",
        )

    def _refresh(self, token: str) -> Any:
        self.refreshes.append(token)
        if token.startswith("session-"):
            return self._signed_in(token.removeprefix("session-"), None)
        held = self.refresh_tokens.get(token)
        if held is None or not self.allowed(held[0], held[1]):
            return jsonify(error="invalid_grant"), 400
        return jsonify(self._rpt(*held) | self.tells_at_refresh.get(held[1], {}))

    def _rpt(self, person: str, base: str, kinds: frozenset[str]) -> dict[str, Any]:
        rpt, refresh_token = f"rpt-{secrets.token_urlsafe(16)}", f"rr-{secrets.token_urlsafe(16)}"
        self.rpts[rpt] = self.refresh_tokens[refresh_token] = (person, base, kinds)
        return {
            "access_token": rpt,
            "token_type": "Bearer",
            "expires_in": 300,
            "refresh_token": refresh_token,
        }

    def _uma(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.trades.append(form)
        ticket = self.tickets.get(form["ticket"])
        if ticket is None or ticket.used:
            return 400, {"error": "invalid_grant"}
        ticket.used = True
        if self.decide is not None and (told := self.decide(form, ticket)) is not None:
            return told
        assert form["claim_token_format"] == ID_TOKEN_FORMAT
        person = self._who(form["claim_token"])
        granted = ticket.kinds & self.allowed(person, ticket.base)
        ask = form.get("ask_id", "")
        answer = self.answers.get(ask, self.answers.get("*", ""))
        if granted and (not ask or granted == ticket.kinds or answer):
            body = self._rpt(person, ticket.base, frozenset(granted))
            if self.upgrades and form.get("rpt") in self.rpts:
                old = self.rpts.pop(form["rpt"])[2]
                self.rpts[body["access_token"]] = (person, ticket.base, frozenset(granted | old))
                body["upgraded"] = True
            return 200, body | self.tells.get(ticket.base, {}) | self._became(ask, answer, granted)
        if form.get("withdraw"):
            self.withdrawn.add(ask)
        if form.get("replaces"):
            self.withdrawn.add(form["replaces"])
        if ask in self.withdrawn:
            return 403, {"error": "request_denied", "heart_uma_request": {"state": "withdrawn"}}
        if person in self.denied or answer == "no":
            return 403, {"error": "request_denied"} | self._became(ask, answer, set())
        return 403, {
            "error": "request_submitted",
            "ticket": self.new_ticket(ticket.base, ticket.kinds),
            "interval": self.interval,
        }

    def _became(self, ask: str, answer: str, granted: set[str]) -> dict[str, Any]:
        """What is told to who asked, of her own request."""
        if not ask or not answer:
            return {}
        no = {"reason": self.reason} if self.reason else {}
        more = no if answer == "no" else {"kinds": sorted(granted), "until": self.until}
        return {"heart_uma_request": {"state": "answered", "answer": answer, **more}}

    def _who(self, id_token: str) -> str:
        payload = id_token.split(".")[1]
        claims = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
        return claims.split('"sub":"sub-')[1].split('"')[0]


@dataclass
class FakeRs:
    """One source with one record; `entries` are (kind, resource) pairs."""

    auth: FakeAs
    base: str
    name: str
    entries: list[tuple[str, dict[str, Any]]]
    held: dict[str, Any] | None = None
    includes: list[dict[str, Any]] = field(default_factory=list)
    as_uri: str = ISSUER
    no_ticket: bool = False
    down: bool = False
    silent_service: bool = False
    """It can not ask the sharing service about any token."""
    garbled: bool = False
    page_size: int = 1000
    seen: list[tuple[str, str]] = field(default_factory=list)
    """(path with query, Authorization) of each request."""

    def app(self) -> Flask:
        app = Flask("fake_rs")
        path = httpx.URL(self.base).path
        app.add_url_rule(f"{path}/Patient/$everything", view_func=self._everything)
        app.add_url_rule(f"{path}/<type_>/<id_>", view_func=self._read)
        return app

    def _challenge(self, kinds: frozenset[str]) -> Response:
        if self.no_ticket or self.silent_service:
            answer = Response("{}", 403, content_type="application/fhir+json")
            answer.headers["Warning"] = AS_UNREACHABLE_WARNING
            return answer
        ticket = self.auth.new_ticket(self.base, kinds)
        answer = Response('{"resourceType":"OperationOutcome"}', 401)
        answer.headers["WWW-Authenticate"] = format_challenge(
            Challenge(self.name, self.as_uri, ticket)
        )
        return answer

    def _kinds(self) -> frozenset[str]:
        asked = request.args.get("kind")
        return frozenset(asked.split(",") if asked else [*{kind for kind, _ in self.entries}, "x"])

    def _grant(self) -> set[str]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        held = self.auth.rpts.get(token)
        if held is None or held[1] != self.base:
            return set()
        return set(held[2]) & self.auth.allowed(held[0], self.base)

    def _everything(self) -> Any:
        self.seen.append((request.full_path, request.headers.get("Authorization", "")))
        if self.down:
            return "down", 503
        if self.garbled:
            return "<html>Welcome</html>", 200
        allowed = self._grant()
        if not allowed or self.silent_service:
            return self._challenge(self._kinds())
        asked = self._kinds() if request.args.get("kind") else allowed
        shown = [r for kind, r in self.entries if kind in allowed & asked]
        start = int(request.args.get("page", 0))
        part = shown[start : start + self.page_size]
        entries = [
            {"fullUrl": f"{self.base}/x", "resource": r, "search": {"mode": "match"}} for r in part
        ]
        bundle: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(shown),
            "entry": entries,
        }
        if start == 0:
            entries += [{"resource": r, "search": {"mode": "include"}} for r in self.includes]
            if self.held:
                entries.append({"resource": self.held, "search": {"mode": "outcome"}})
        if start + self.page_size < len(shown):
            url = f"{self.base}/Patient/$everything?page={start + self.page_size}"
            bundle["link"] = [{"relation": "next", "url": url}]
        return jsonify(bundle)

    def _read(self, type_: str, id_: str) -> Any:
        self.seen.append((request.full_path, request.headers.get("Authorization", "")))
        if self.down:
            return "down", 503
        if self.silent_service:
            return self._challenge(frozenset())
        for kind, resource in self.entries:
            if resource["resourceType"] == type_ and resource["id"] == id_:
                return (
                    jsonify(resource) if kind in self._grant() else self._challenge(self._kinds())
                )
        return jsonify(resourceType="OperationOutcome"), 404


def suppressed(kinds: list[str], note: str = "") -> dict[str, Any]:
    """The notice of a source that something is held back."""
    issue = {"severity": "information", "code": "suppressed", "details": {"text": "held back"}}
    told = [{"url": "https://x.example/incomplete-kind", "valueCode": kind} for kind in kinds]
    if note:
        told.append({"url": "https://x.example/owner-note", "valueString": note})
    return {"resourceType": "OperationOutcome", "extension": told, "issue": [issue]}
