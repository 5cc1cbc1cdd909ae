"""A report about a topic, as its owner reads it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from fhir_rs.enforcement.description import instant


def report_of(row: Row[Any]) -> dict[str, Any]:
    """What she reported and what became of it."""
    return {
        "number": row.number,
        "id": row.address,
        "topic": row.topic,
        "wanted": row.wanted,
        "reason": row.reason,
        "state": row.state,
        "answer": row.answer,
        "at": instant(row.at),
        "answered_at": None if row.answered_at is None else instant(row.answered_at),
    }
