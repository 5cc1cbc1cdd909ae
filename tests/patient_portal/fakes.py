"""A sharing service and clinics small enough to reason about, speaking the real wire."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from flask import Flask, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from heart_uma.jose import KeySet, sign
from tests.patient_portal import story
from tests.patient_portal.fake_clinic import FakeClinic
from tests.patient_portal.fake_notices import FakeNotices
from tests.patient_portal.real_rules import refused

ISSUER = "http://localhost:8400"
CLINICS = {
    story.CEDAR: "http://localhost:8401/fhir",
    story.HARBOR: "http://localhost:8405/fhir",
    story.HOME: "http://localhost:8406/fhir",
}
PEOPLE = story.PEOPLE
NOW = datetime(2025, 11, 25, 10, 0, tzinfo=UTC)
KEYS = KeySet.generate("ES256")


@dataclass
class FakeService(FakeNotices):
    """The authorization server: sign-in without questions, the policy API, requests."""

    keys: KeySet = KEYS
    signing_keys: KeySet | None = None
    """Other keys than it publishes."""
    now: datetime = NOW
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    clinics: dict[str, FakeClinic] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    refreshes: int = 0
    previewed: int = 0
    """How often it was asked for several previews at once."""
    pending: list[str] = field(default_factory=list)
    saves: list[dict[str, Any]] = field(default_factory=list)
    linked: list[str] = field(default_factory=lambda: list(CLINICS))
    subject: str = "alice"
    disabled: set[str] = field(default_factory=set)
    not_previewed: set[str] = field(default_factory=set)
    """People of whom the service has no preview: it answers 400."""
    in_the_way: dict[str, str] = field(default_factory=dict)
    """Id of a rule -> the person whose shares it holds back."""
    changed_outcomes: list[dict[str, Any]] = field(default_factory=list)
    elsewhere: dict[str, Any] | None = None

    def app(self) -> Flask:
        app = Flask("fake_service")
        for rule, view, methods in (
            ("/.well-known/uma2-configuration", self._metadata, ["GET"]),
            ("/jwks", lambda: jsonify(self.keys.public_jwks()), ["GET"]),
            ("/authorize", self._authorize, ["GET"]),
            ("/token", self._token, ["POST"]),
            ("/revoke", lambda: ("", 200), ["POST"]),
            ("/policy", self._list, ["GET"]),
            ("/policy/preview", self._preview, ["POST"]),
            ("/policy/previews", self._previews, ["POST"]),
            ("/policy/records", self._records, ["GET", "DELETE"]),
            ("/policy/changed-outcomes", self._seen, ["DELETE"]),
            ("/policy/<policy_id>", self._policy, ["GET", "PUT", "DELETE"]),
            ("/policy/<policy_id>/history", self._history, ["GET"]),
            ("/policy/<policy_id>/invitation", self._nobody_invited, ["GET"]),
            ("/people", self._people, ["GET"]),
            ("/requests", self._requests, ["GET"]),
            ("/requests/<request_id>", self._request, ["GET"]),
            ("/requests/<request_id>/answer", self._answer, ["POST"]),
            *self.notice_rules(),
        ):
            app.add_url_rule(rule, rule, view, methods=methods)
        return app

    def _metadata(self) -> dict[str, Any]:
        paths = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "revocation_endpoint": "revoke",
            "policy_endpoint": "policy",
            "people_endpoint": "people",
            "submitted_request_endpoint": "requests",
        }
        paths |= {"allowed_apps_uri": "apps", "accounts_uri": "accounts"}
        return {"issuer": ISSUER, **{k: f"{ISSUER}/{v}" for k, v in paths.items()}}

    def _authorize(self) -> AnyResponse:
        code = secrets.token_urlsafe(8)
        self.codes[code] = request.args["nonce"]
        back = httpx.URL(
            request.args["redirect_uri"],
            params={"code": code, "state": request.args["state"], "iss": ISSUER},
        )
        return redirect(str(back))

    def _token(self) -> Any:
        form, fresh = request.form, secrets.token_urlsafe(8)
        if form["grant_type"] == "refresh_token":
            self.refreshes += 1
            if form["refresh_token"] not in self.refresh_tokens:
                return {"error": "invalid_grant"}, 400
            self.refresh_tokens.discard(form["refresh_token"])
            nonce = "later"
        else:
            nonce = self.codes.pop(form["code"], "")
        self.refresh_tokens.add(fresh)
        issued = int(self.now.timestamp())
        claims = {
            "iss": ISSUER,
            "sub": self.subject,
            "aud": ["portal"],
            "azp": "portal",
            "exp": issued + 300,
            "iat": issued,
            "auth_time": issued,
            "nonce": nonce,
            "jti": fresh,
            "name": "Alice Moreno",
        }
        return {
            "access_token": f"token-for-{form.get('resource', 'policy')}",
            "token_type": "Bearer",
            "expires_in": 300 if form.get("resource") else 3600,
            "refresh_token": fresh,
            "scope": "owner" if form.get("resource") else "openid uma_policy",
            "id_token": sign("id_token", claims, self.signing_keys or self.keys),
        }

    def _list(self) -> dict[str, Any]:
        every = list(self.policies.values())
        lost = [one for one in every if "unreadable" in one]
        rest = {"unreadable": lost, "changed_outcomes": self.changed_outcomes}
        return {"policies": [p for p in every if p not in lost], **rest}

    def _seen(self) -> tuple[str, int]:
        self.changed_outcomes.clear()
        return "", 204

    def _policy(self, policy_id: str) -> Any:
        old = self.policies.get(policy_id)
        if request.method == "GET":
            return old or ({"error": "not_found"}, 404)
        if request.method == "DELETE":
            if old is None:
                return {"error": "not_found"}, 404
            return self._changed({**old, "state": "ended"})
        sent: dict[str, Any] = request.get_json()
        self.saves.append(sent)
        if no := refused(sent):
            return no
        if old and sent.get("version") != old["version"]:
            return {"error": "version_conflict"}, 409
        return self._changed(sent), 200 if old else 201

    def _changed(self, policy: dict[str, Any]) -> dict[str, Any]:
        policy_id, old = policy["id"], self.policies.get(policy["id"])
        version = (old["version"] if old else 0) + 1
        stamp = self.now.isoformat()
        created = old["created"] if old else stamp
        stored = {**policy, "version": version, "created": created, "updated": stamp}
        self.policies[policy_id] = stored
        line = {"version": version, "state": stored["state"], "at": stamp, "by": "you"}
        self.versions.setdefault(policy_id, []).append({**line, "policy": stored})
        servers = [
            {
                "name": name,
                "base": base,
                "status": "pending" if name in self.pending else "effective",
            }
            for name, base in CLINICS.items()
        ]
        status = "pending" if self.pending else "effective"
        return {
            "policy": stored,
            "effect": {"status": status, "at": stamp, "resource_servers": servers},
        }

    def _nobody_invited(self, policy_id: str) -> tuple[dict[str, Any], int]:
        return {"error": "not_found"}, 404

    def _history(self, policy_id: str) -> dict[str, Any]:
        return {"versions": self.versions.get(policy_id, [])}

    def _previews(self) -> Any:
        self.previewed += 1
        found = [self._previewed(one) for one in request.get_json()["previews"]]
        return {"previews": [x[0] if isinstance(x, tuple) else {"preview": x} for x in found]}

    def _preview(self) -> Any:
        return self._previewed(request.get_json())

    def _previewed(self, sent: dict[str, Any]) -> Any:
        live = [p for p in self.policies.values() if self._is_on(p)]
        if "policy" in sent:
            if no := refused(sent["policy"]):
                return no
            draft = {**sent["policy"], "state": "on"}
            replaced = (sent.get("instead_of"), draft["id"])
            live = [p for p in live if p["id"] not in replaced] + [draft]
            who = draft["who"]
        else:
            who = sent["party"]
            live = [p for p in live if p["id"] != sent.get("without")]
        if who.get("person") in self.not_previewed:
            return {"error": "invalid_request"}, 400
        gone = {"disabled": True} if who.get("person") in self.disabled else {}
        if gone:
            live = []
        theirs = [p for p in live if p["who"] == who]
        denied = any(p.get("effect") == "deny" for p in theirs) or any(
            self.in_the_way.get(p["id"]) == who.get("person", "") for p in live
        )
        permits = [] if denied else [p for p in theirs if not p.get("ask_me")]
        return {
            "party": {**who, **gone},
            "records": [
                {
                    "record": clinic.record,
                    "rs": clinic.name,
                    "permissions": [x for p in permits for x in clinic.permissions_of(p)],
                    "tell": {"level": "neutral"},
                }
                for clinic in self.clinics.values()
            ]
            + self._elsewhere_given(permits),
        }

    def _elsewhere_given(self, permits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.elsewhere is None or not any(p["what"].get("everything") for p in permits):
            return []
        given = [{"resource_id": one["_id"]} for one in self.elsewhere["resources"]]
        return [{**self.elsewhere, "permissions": given}]

    def _is_on(self, policy: dict[str, Any]) -> bool:
        def over(moment: str | None) -> bool:
            return bool(moment) and datetime.fromisoformat(str(moment)) <= self.now

        begins, resumes = policy.get("when", {}).get("from"), policy.get("paused_until")
        state = "on" if policy["state"] == "paused" and over(resumes) else policy["state"]
        return state == "on" and (begins is None or over(begins))

    def _records(self) -> Any:
        if request.method == "DELETE":
            gone = request.args.get("record")
            self.elsewhere = self.elsewhere if gone else None
            self.linked = [n for n in self.linked if self.clinics[n].record != gone]
            return {}
        return {
            "records": ([self.elsewhere] if self.elsewhere else [])
            + [
                {
                    "record": clinic.record,
                    "rs": clinic.name,
                    "rs_base": clinic.base,
                    "client_id": "c",
                    "resources": clinic.registered(),
                }
                for clinic in self.clinics.values()
                if clinic.name in self.linked
            ]
        }

    def _people(self) -> dict[str, Any]:
        words = request.args.get("q", "").lower()
        names = ("key", "name", "role", "role_code", "organization", "checked_by")
        return {
            "people": [
                {**dict(zip(names, one, strict=True)), "place": "Cedar Valley"}
                for one in PEOPLE
                if words in one[1].lower() or words == f"{one[0]}@example.org"
            ]
        }

    def _requests(self) -> dict[str, Any]:
        state = request.args["state"]
        found = [r for r in self.asked.values() if r["state"] == state]
        return {"requests": found, "unread_notices": self.unread}

    def _request(self, request_id: str) -> Any:
        return self.asked.get(request_id) or ({"error": "not_found"}, 404)

    def _answer(self, request_id: str) -> Any:
        asked, sent = self.asked[request_id], request.get_json()
        if asked["state"] != "waiting":
            return {"error": "already_answered", "answer": asked["answer"]}, 409
        self.answers.append(sent)
        asked["state"] = "answered"
        policy = sent["policy"]
        asked["answer"] = {
            "answer": sent["answer"],
            "at": self.now.isoformat(),
            "by": "you",
            "policy": policy and policy["id"],
        }
        changed = self._changed(policy) if policy else {"policy": None, "effect": None}
        return {"request": asked, **changed}


def share(policy_id: str, who: str, detail: str, **what: Any) -> dict[str, Any]:
    """A standing share as the service keeps it."""
    name = next(one[1] for one in PEOPLE if one[0] == who)
    return {
        "id": policy_id,
        "version": 1,
        "state": "on",
        "effect": "permit",
        "ask_me": False,
        "who": {"person": who},
        "what": {"everything": False, "kinds": [], "topics": [], "records": {}, **what},
        "why": ["TREAT"],
        "when": {"from": None, "until": (NOW + timedelta(days=170)).isoformat()},
        "paused_until": None,
        "tell": {"level": "kinds", "note": None},
        "label": {"name": name, "detail": detail},
        "created": NOW.isoformat(),
        "updated": NOW.isoformat(),
    }


def asked_by_priya() -> dict[str, Any]:
    names = ("key", "name", "role", "role_code", "organization", "checked_by")
    return {
        "id": "q" * 22,
        "state": "waiting",
        "who": dict(zip(names, PEOPLE[1], strict=True)),
        "client": {"client_id": "requester", "name": "Clinic app", "dynamic": False},
        "kinds": ["conditions", "medicines", "results", "vitals", "visits"],
        "topics": ["PSY"],
        "purpose_of_use": "TREAT",
        "reason": "You are booked to see me. I need your sugar readings.",
        "requested_until": (NOW + timedelta(days=182)).isoformat(),
        "asked_at": NOW.isoformat(),
        "runs_out_at": (NOW + timedelta(days=14)).isoformat(),
        "records": [],
        "answer": None,
    }


def world() -> FakeService:
    """Alice's standing shares, one request, three clinics."""
    service = FakeService()
    every = story.items()
    for name, base in CLINICS.items():
        service.clinics[name] = FakeClinic(name, base, [i for i in every if i.clinic == name])
    bob = share("s-bob-0000000000000000", "bob", f"Family doctor, {story.CEDAR}")
    bob["what"].update(everything=True, topics=["GDIS"])
    dana = share("s-dana-000000000000000", "dana", f"Counselor, {story.HARBOR}")
    dana["what"].update(
        kinds=["about", "conditions", "medicines", "visits", "documents"], topics=["ETH", "PSY"]
    )
    sam = share("s-sam-0000000000000000", "sam", "Husband")
    sam["what"].update(kinds=["about", "conditions", "medicines", "allergies", "visits"])
    sam["when"], sam["why"], sam["state"] = {"from": None, "until": None}, ["FAMRQT"], "paused"
    service.policies = {one["id"]: one for one in (bob, dana, sam)}
    for one in service.policies.values():
        line = {"version": 1, "state": "on", "at": NOW.isoformat(), "by": "you"}
        service.versions[one["id"]] = [{**line, "policy": one}]
    asked = asked_by_priya()
    service.asked[asked["id"]] = asked
    return service


def http_to(service: FakeService) -> httpx.Client:
    """A client that reaches the fakes and nothing else."""
    mounts: dict[str, httpx.BaseTransport] = {ISSUER: httpx.WSGITransport(service.app())}
    for clinic in service.clinics.values():
        origin = clinic.base.removesuffix("/fhir")
        mounts[origin] = httpx.WSGITransport(clinic.app())
    return httpx.Client(mounts=mounts)
