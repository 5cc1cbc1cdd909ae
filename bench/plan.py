"""What the load generator is told: a walk of requests that each client repeats."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

MOST_CLIENTS = 64
MOST_SECONDS = 60.0
LOOPBACK = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True)
class Step:
    """One request of a walk.

    `{name}` in `path`, `headers` and `body` is replaced by what an earlier step took from its
    answer (`take`: a name and a regular expression with one group) or by the walk's next input.
    """

    name: str
    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 200
    take: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    def text(self) -> str:
        """The request as it goes out, but for its length, which is known once it is filled in."""
        parts = urlsplit(self.url)
        if parts.hostname not in LOOPBACK:
            raise ValueError(f"{parts.hostname} is not this machine")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines) + "\r\n"


def form(fields: dict[str, str]) -> str:
    """A form body whose `{name}` places stay open (the values that fill them are URL-safe)."""
    return urlencode(fields, safe="{}")


@dataclass(frozen=True)
class Plan:
    """A walk, how many clients repeat it, and for how long.

    Each list of `inputs` gives a walk one value under its name, used once: a list that is empty
    ends the run. Those of `again` are gone through over and over, in step with one another.
    `watched` names groups of processes, whose CPU time is read when the measured time begins and
    when it ends.
    """

    steps: tuple[Step, ...]
    clients: int = 16
    seconds: float = 3.0
    warm_up: float = 0.5
    inputs: dict[str, list[str]] = field(default_factory=dict)
    again: dict[str, list[str]] = field(default_factory=dict)
    watched: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= self.clients <= MOST_CLIENTS or not 0 < self.seconds <= MOST_SECONDS:
            raise ValueError("a plan is bounded: 1 to 64 clients, at most 60 seconds")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Plan:
        steps = tuple(Step(**step) for step in given.pop("steps"))
        return cls(steps=steps, **given)
