"""PURE. What she reported about the topics of a record, and what the clinic answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from heart_uma.topics import TOPICS


@dataclass(frozen=True, slots=True)
class LabelReport:
    """One report. `state` is done (it counted at once), open, accepted or declined."""

    topic: str
    wanted: str
    state: str
    answer: str
    at: str
    answered_at: str


def read(wire: object) -> list[LabelReport]:
    """The reports of a clinic's answer; what is no report is left out."""
    many = wire if isinstance(wire, list) else []
    found = [one for one in many if isinstance(one, Mapping)]
    names = ("topic", "wanted", "state", "answer", "at", "answered_at")
    return [LabelReport(*(str(one.get(name) or "") for name in names)) for one in found]


def missing(topics: Iterable[str]) -> list[str]:
    """The topics that a record does not have and that she may set."""
    has = set(topics)
    return [topic.code for topic in TOPICS if topic.covers and topic.code not in has]


def may_be_reported(topics: Iterable[str], reports: Iterable[LabelReport]) -> list[str]:
    """The topics of a record that she can ask to be taken off: those that do not wait already."""
    waiting = {one.topic for one in reports if one.state == "open"}
    known = {topic.code for topic in TOPICS}
    return [topic for topic in topics if topic in known and topic not in waiting]
