"""A clinic small enough to reason about: one record of the story, by the owner's operations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from flask import Flask, Response, request

from patient_portal.policies.overview import in_numbers
from tests.patient_portal import story


@dataclass
class FakeClinic:
    """One resource server with one record of the story."""

    name: str
    base: str
    items: list[story.Item]
    entries: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False
    counts: bool = True
    """False: a server of before, which knows one set of permissions at a time."""
    looks_into_records: bool = True
    """False: a server that knows titles only."""
    previews: int = 0
    tells_who_sees: bool = True
    reports: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Whole resources by their address; a list that is asked for content brings them."""

    @property
    def record(self) -> str:
        token = self.name.split()[0].lower().ljust(22, "x")
        return f"{self.base}/r/{token}"

    def registered(self) -> list[dict[str, str]]:
        return [
            {"_id": f"{self.name}:{kind}", "type": fhir_type, "kind": kind, "name": kind}
            for kind, fhir_type in story.TYPES.items()
        ]

    def permissions_of(self, policy: dict[str, Any]) -> list[dict[str, Any]]:
        what = policy["what"]
        kinds = story.kinds_of(what, self.record)
        return [
            {
                "resource_id": f"{self.name}:{kind}",
                "resource_scopes": ["read", *(f"sens/{t}" for t in what.get("topics", []))],
                "heart_uma_limits": story.limits_of(what, self.record),
                "heart_uma_policy": policy["id"],
            }
            for kind in kinds
        ]

    def app(self) -> Flask:
        app = Flask("fake_clinic")
        path = httpx.URL(self.record).path
        app.before_request(self._guard)
        app.add_url_rule(f"{path}/$preview", "preview", self._preview, methods=["POST"])
        app.add_url_rule(f"{path}/$previews", "previews", self._previews, methods=["POST"])
        app.add_url_rule(f"{path}/$records", "records", self._records)
        app.add_url_rule(f"{path}/$labels", "labels", self._labels, methods=["POST"])
        app.add_url_rule(f"{path}/$shown-to", "shown_to", self._shown_to, methods=["POST"])
        app.add_url_rule(f"{path}/<type_>/<id_>", "read", self._read)
        app.add_url_rule(f"{path}/$level", "level", self._level, methods=["POST"])
        app.add_url_rule(f"{path}/$activity", "activity", self._activity)
        return app

    def _guard(self) -> Response | None:
        wanted = f"Bearer token-for-{self.base}"
        if self.down or request.headers.get("Authorization") != wanted:
            return Response(status=503 if self.down else 401)
        return None

    def _previews(self) -> Any:
        if not self.counts:
            return {}, 404
        self.previews += 1
        asked = request.get_json()["previews"]
        return {"previews": [in_numbers(self._told(one["permissions"], "")) for one in asked]}

    def _preview(self) -> dict[str, Any]:
        self.previews += 1
        sent = request.get_json()
        return self._told(sent["permissions"], sent.get("search"))

    def _told(self, permissions: list[dict[str, Any]], wanted: str | None) -> dict[str, Any]:
        told: dict[str, Any] = {"shown": [], "held": [], "hints": []}
        for item in self.items:
            why = self._why_held(item, permissions)
            row = {"id": item.id, "kind": item.kind, "title": item.title, "date": item.date}
            by = [name for name in item.also if wanted and wanted.lower() in name.lower()]
            row |= {"found": by[0]} if by and self.looks_into_records else {}
            if why:
                told["held"].append({**row, "why": why, "topics": list(item.topics)})
                continue
            told["shown"].append({**row, "source": self.name})
            if item.hint:
                told["hints"].append({**row, "topic": item.hint, "because": item.because})
        return {**told, "total": len(self.items)}

    def _why_held(self, item: story.Item, permissions: list[dict[str, Any]]) -> str:
        if item.level == "hidden":
            return "hidden"
        mine = [p for p in permissions if p["resource_id"] == f"{self.name}:{item.kind}"]
        reasons = ["kind"]
        for one in mine:
            limits = one.get("heart_uma_limits") or {}
            if item.id in limits.get("except", []):
                reasons.append("named")
            elif item.id in limits.get("also", []):
                return ""
            elif not {f"sens/{t}" for t in item.topics} <= set(one["resource_scopes"]):
                reasons.append("topic")
            elif not item.is_of(limits):
                reasons.append("dates")
            elif item.level == "pick":
                reasons.append("pick")
            else:
                return ""
        return reasons[-1]

    def _shown_to(self) -> Any:
        sent = request.get_json()
        if not self.tells_who_sees:
            return {}, 500
        item = next((one for one in self.items if one.id == sent["id"]), None)
        if item is None:
            return {}, 404
        told = []
        for permissions in sent["parties"]:
            at = {
                level: not self._why_held(replace(item, level=level), permissions)
                for level in ("rules", "pick", "hidden")
            }
            told.append({"now": at[item.level], "why": "", "at": at})
        return {"id": item.id, "level": item.level, "parties": told}

    def _labels(self) -> dict[str, Any]:
        sent = request.get_json()
        added = sent["wanted"] == "add"
        for item in self.items:
            if added and item.id == sent["id"]:
                item.topics += (sent["topic"],)
        more = {"state": "done" if added else "open", "answer": "", "at": "2025-11-25T10:00:00Z"}
        self.reports.append({**sent, **more})
        return self.reports[-1]

    def _read(self, type_: str, id_: str) -> Any:
        return self.kept.get(f"{type_}/{id_}") or ({"resourceType": "OperationOutcome"}, 404)

    def _records(self) -> dict[str, Any]:
        kind, at = request.args.get("kind"), request.args.get("id")
        content, q = request.args.get("content") == "true", request.args.get("q", "").lower()
        found = [
            {
                "id": i.id,
                "kind": i.kind,
                "title": i.title,
                "date": i.date,
                "topics": list(i.topics),
                "level": i.level,
                "source": self.name,
                **({"content": self.kept[i.id]} if content and i.id in self.kept else {}),
                **({"found": self._found(i, q)} if q else {}),
            }
            for i in self.items
            if (not kind or i.kind == kind) and (not at or i.id == at) and self._found(i, q)
        ]
        start, count = int(request.args.get("cursor", 0)), int(request.args.get("_count", 50))
        more = start + count < len(found)
        following = f"{self.record}/$records?cursor={start + count}&_count={count}"
        if kind:
            following += f"&kind={kind}"
        return {
            "record": self.record,
            "name": self.name,
            "total": len(found),
            "resources": found[start : start + count],
            "beside": self.kept,
            "reports": [one for one in self.reports if one["id"] == at],
            "next": following if more else None,
        }

    def _found(self, item: story.Item, q: str) -> str:
        names = (item.title, *(item.also if self.looks_into_records else ()))
        return next((name for name in names if q in name.lower()), "")

    def _activity(self) -> dict[str, Any]:
        actor = request.args.get("actor")
        return {"entries": [e for e in self.entries if not actor or e["actor"] == actor]}

    def _level(self) -> dict[str, Any]:
        sent = request.get_json()
        for item in self.items:
            if item.id in sent["ids"]:
                item.level = sent["level"]
        return {}
