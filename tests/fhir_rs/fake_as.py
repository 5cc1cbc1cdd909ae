"""The other side of the protection API, in memory: an authorization server that obeys the test."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from flask import Flask, Response, jsonify, request

from heart_uma.jose import KeySet, sign

ISSUER = "http://as.localhost:8400"
BASE = "http://rs.localhost:8401/fhir"


class Line(httpx.BaseTransport):
    """The wire to the fake: it can be cut, and a test can act while a call is under way."""

    def __init__(self, app: Flask) -> None:
        self._inner = httpx.WSGITransport(app)
        self.cut = False
        self.status: int | None = None
        self.body = b"<html>"
        self.before_answer: Callable[[httpx.Request], None] | None = None
        self.calls: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path)
        if self.cut:
            raise httpx.ConnectError("cut", request=request)
        if self.status is not None:
            return httpx.Response(self.status, content=self.body, request=request)
        answer = self._inner.handle_request(request)
        answer.read()
        if self.before_answer is not None:
            hook, self.before_answer = self.before_answer, None
            hook(request)
        return answer


class FakeAs:
    """State a test reads and sets; `line` is the httpx transport to it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.keys = KeySet.generate("ES256")
        self.sub = "alice-at-rs"
        self.resources: dict[str, dict[str, Any]] = {}
        self.tickets: list[list[dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.pats: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.family_dead = False
        self.registrations: list[dict[str, Any]] = []
        self.knows_no_extension = False
        self.nonce = ""
        self.granted_scope = "openid uma_protection offline_access"
        self.epoch = 0
        self._ids = itertools.count(1)
        self.app = self._app()
        self.line = Line(self.app)
        self.http = httpx.Client(mounts={ISSUER: self.line})

    # What a test asks for

    def rpt(self, permissions: list[dict[str, Any]] | None = None, **answer: Any) -> str:
        """An RPT and, unless `permissions` is None, an active introspection answer for it."""
        token = self.token()
        if permissions is not None:
            self.answers[token] = {
                "active": True,
                "iss": ISSUER,
                "aud": [BASE],
                "client_id": "requester",
                "jti": "jti-1",
                "exp": self.seconds() + 300,
                "permissions": permissions,
                "heart_uma_epoch": self.epoch,
                "heart_uma_party": {"sub": "bob-at-rs", "name": "Dr. Bob Chen",
                                    "role": "Family doctor", "organization": "Cedar Valley",
                                    "clinician": True},
                "heart_uma_purpose": "TREAT",
                "heart_uma_reason": "Visit on Friday",
                "heart_uma_tell": {"level": "kinds", "note": None},
                "heart_uma_client": {"client_id": "requester", "name": "Clinic app"},
                **answer,
            }  # fmt: skip
        return token

    def owner_token(self, **answer: Any) -> str:
        token = self.token()
        self.answers[token] = {
            "active": True, "iss": ISSUER, "aud": [BASE], "client_id": "portal",
            "scope": "owner", "sub": self.sub, "exp": self.seconds() + 300,
            "heart_uma_epoch": self.epoch, **answer,
        }  # fmt: skip
        return token

    def token(self, kind: Any = "access_token", keys: KeySet | None = None, **claims: Any) -> str:
        now = self.seconds()
        content = {
            "iss": ISSUER, "aud": [BASE], "azp": "requester", "client_id": "requester",
            "iat": now, "exp": now + 300, "jti": secrets.token_urlsafe(16), **claims,
        }  # fmt: skip
        return sign(kind, {k: v for k, v in content.items() if v is not None}, keys or self.keys)

    def event(self, epoch: Any, **claims: Any) -> str:
        keys = claims.pop("keys", self.keys)
        return sign(
            claims.pop("kind", "set"),
            {
                "iss": ISSUER,
                "aud": [BASE],
                "iat": self.seconds(),
                "jti": secrets.token_urlsafe(16),
                "sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": self.sub},
                "events": {
                    "https://schemas.openid.net/secevent/caep/event-type/token-claims-change": {
                        "event_timestamp": self.seconds(),
                        "claims": {"heart_uma_epoch": epoch},
                    }
                },
                **claims,
            },
            keys,
        )

    def permission(self, type_: str, kind: str, *scopes: str, **more: Any) -> dict[str, Any]:
        """A granted permission on the registered (type, kind)."""
        found = [
            id_
            for id_, each in self.resources.items()
            if each["type"].endswith(f"/{type_}") and each["heart_uma_kind"] == kind
        ]
        return {"resource_id": found[0], "resource_scopes": list(scopes), **more}

    def seconds(self) -> int:
        return int(self.clock().timestamp())

    def new_pat(self) -> dict[str, Any]:
        pat, refresh = f"pat{next(self._ids)}", f"rt{next(self._ids)}"
        self.pats, self.refresh_tokens = {pat}, {refresh}
        return {"access_token": pat, "refresh_token": refresh, "expires_in": 3600,
                "token_type": "Bearer", "scope": self.granted_scope}  # fmt: skip

    # What the wire sees

    def _app(self) -> Flask:
        app = Flask("fake_as")
        app.add_url_rule("/.well-known/uma2-configuration", view_func=self._metadata)
        app.add_url_rule("/jwks", view_func=lambda: jsonify(self.keys.public_jwks()))
        app.add_url_rule("/register", view_func=self._register, methods=["POST"])
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/resource", view_func=self._list)
        app.add_url_rule("/resource", "create", self._create, methods=["POST"])
        app.add_url_rule("/resource/<id_>", "one", self._one, methods=["PUT", "DELETE"])
        app.add_url_rule("/permission", view_func=self._permission, methods=["POST"])
        app.add_url_rule("/introspect", view_func=self._introspect, methods=["POST"])
        return app

    def _metadata(self) -> Response:
        names = {
            "authorization": "authorize", "token": "token", "registration": "register",
            "resource_registration": "resource", "permission": "permission",
            "introspection": "introspect",
        }  # fmt: skip
        endpoints = {f"{name}_endpoint": f"{ISSUER}/{path}" for name, path in names.items()}
        return jsonify(issuer=ISSUER, jwks_uri=f"{ISSUER}/jwks", **endpoints)

    def _register(self) -> tuple[Response, int]:
        self.registrations.append(request.get_json())
        if self.knows_no_extension and "heart_uma_resource_server" in request.get_json():
            return jsonify(error="invalid_client_metadata"), 400
        return jsonify({**request.get_json(), "client_id": f"rs-{len(self.registrations)}"}), 201

    def _token(self) -> tuple[Response, int]:
        if request.form["grant_type"] == "refresh_token":
            old = request.form["refresh_token"]
            if old not in self.refresh_tokens or self.family_dead:
                # Reuse of a rotated token: the whole family dies.
                self.family_dead = True
                return jsonify(error="invalid_grant"), 400
            return jsonify(self.new_pat()), 200
        now = self.seconds()
        claims = {"iss": ISSUER, "sub": self.sub, "aud": [request.form["client_id"]],
                  "nonce": self.nonce, "iat": now, "exp": now + 300}  # fmt: skip
        return jsonify({**self.new_pat(), "id_token": sign("id_token", claims, self.keys)}), 200

    def _refused(self) -> tuple[Response, int] | None:
        header = request.headers.get("Authorization", "")
        if header.removeprefix("Bearer ") not in self.pats:
            return jsonify(error="invalid_token"), 401
        return None

    def _list(self) -> Any:
        return self._refused() or jsonify(sorted(self.resources))

    def _create(self) -> Any:
        if refused := self._refused():
            return refused
        id_ = f"res{next(self._ids)}"
        self.resources[id_] = request.get_json()
        return jsonify(_id=id_), 201

    def _one(self, id_: str) -> Any:
        if refused := self._refused():
            return refused
        if id_ not in self.resources:
            return jsonify(error="not_found"), 404
        if request.method == "DELETE":
            del self.resources[id_]
            return "", 204
        self.resources[id_] = request.get_json()
        return jsonify(_id=id_)

    def _permission(self) -> Any:
        if refused := self._refused():
            return refused
        asked = json.loads(request.get_data())
        for each in asked:
            if each["resource_id"] not in self.resources:
                return jsonify(error="invalid_resource_id"), 400
            offered = self.resources[each["resource_id"]]["resource_scopes"]
            if not set(each["resource_scopes"]) <= set(offered):
                return jsonify(error="invalid_scope"), 400
        self.tickets.append(asked)
        return jsonify(ticket=f"ticket-{len(self.tickets)}-{secrets.token_urlsafe(16)}"), 201

    def _introspect(self) -> Any:
        if refused := self._refused():
            return refused
        return jsonify(self.answers.get(request.form["token"], {"active": False}))
