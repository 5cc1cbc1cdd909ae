"""What a fake sharing service tells: what happened, notices of it, a mark, choices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request


@dataclass
class FakeNotices:
    """What `FakeService` answers at /activity and /notices."""

    happened: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    notices: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    marks: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    choices: dict[str, Any] = field(default_factory=dict, kw_only=True)
    now: datetime = field(kw_only=True)

    def notice_rules(self) -> tuple[tuple[str, Any, list[str]], ...]:
        return (
            ("/activity", self._activity, ["GET"]),
            ("/notices", self._notices, ["GET"]),
            ("/notices/read", self._read, ["PUT"]),
            ("/notices/choices", self._choices, ["GET", "PUT"]),
        )

    @property
    def unread(self) -> int:
        return sum(one["unread"] for one in self.notices)

    def _activity(self) -> dict[str, Any]:
        wanted = request.args.getlist("event")
        return {"entries": [e for e in self.happened if not wanted or e["event"] in wanted]}

    def _notices(self) -> dict[str, Any]:
        start, count = int(request.args.get("before", "0")), int(request.args["count"])
        found = self.notices[start : start + count]
        more = start + count < len(self.notices)
        return {
            "entries": found,
            "next": str(start + count) if more else None,
            "unread": self.unread,
            "read_up_to": {"line": 7, "at": self.now.isoformat()},
        }

    def _read(self) -> tuple[str, int]:
        self.marks.append(request.get_json())
        self.notices = [{**one, "unread": False} for one in self.notices]
        return "", 204

    def _choices(self) -> dict[str, Any]:
        if request.method == "PUT":
            self.choices |= request.get_json()
        return self.choices
