"""One request and its answer between two parties, put together from what both edges heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BROWSER = "browser"
"""Whose browser it was is not known."""
ELSEWHERE = "elsewhere"
"""A server that is none of the demo's."""

Message = Mapping[str, Any]
"""What one edge told (demo.capture.redaction)."""


@dataclass(frozen=True)
class Crossing:
    """`sent` is what the asking edge heard, `received` the other; one of them may be missing."""

    number: int
    sender: str
    receiver: str
    sent: Message | None
    received: Message | None

    @property
    def seen(self) -> Message:
        """What came in is what counts; an answer that was unpacked can be read."""
        found = self.received or self.sent
        assert found is not None  # noqa: S101 - a crossing is made of what was heard
        return found

    @property
    def trace(self) -> str:
        return str(self.seen["trace"])

    @property
    def span(self) -> str:
        return str(self.seen["span"])

    @property
    def alone(self) -> bool:
        """No exchange that was heard led to it."""
        return bool((self.sent or self.seen)["alone"])

    @property
    def method(self) -> str:
        return str(self.seen["method"])

    @property
    def url(self) -> str:
        return str(self.seen["url"])

    @property
    def status(self) -> int:
        """0 where no answer was heard."""
        return int(self.seen["status"])

    @property
    def started(self) -> int:
        return int((self.sent or self.seen)["started"])

    @property
    def ended(self) -> int:
        return int(self.seen["ended"])

    @property
    def question(self) -> str:
        return str(self.seen["question"]["text"] or "")

    @property
    def answer(self) -> str:
        told = [one["answer"]["text"] for one in (self.sent, self.received) if one]
        return next((str(text) for text in told if text), "")

    @property
    def tokens(self) -> dict[str, Any]:
        """By what is shown of each."""
        both = (self.received, self.sent)
        return {shown: about for one in both if one for shown, about in one["tokens"].items()}

    def form(self, name: str) -> str:
        """A field of the form that was sent; empty if it was not."""
        start = f"{name}="
        lines = self.question.splitlines()
        return next((line[len(start) :] for line in lines if line.startswith(start)), "")

    def header(self, name: str, *, answer: bool = False) -> str:
        listed = self.seen["said" if answer else "asked"]
        return next((value for key, value in listed if key == name), "")
