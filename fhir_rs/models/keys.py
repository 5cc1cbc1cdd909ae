"""What each table is kept by, so that all of one record can lie in one place.

`record`: the record's id begins the primary key, and every question names it. `reference`: small,
and the same everywhere. `local`: of this server alone.
"""

from __future__ import annotations

from typing import Literal

Kept = Literal["record", "reference", "local"]
KEYS: dict[str, Kept] = {
    "record": "reference",
    "record_state": "record",
    "resource": "record",
    "resource_version": "record",
    "search_index": "record",
    "resource_reference": "record",
    "label_hit": "record",
    "label_report": "record",
    "link": "record",
    "registration": "record",
    "challenge_count": "record",
    "as_client": "reference",
    "lease": "local",
    "link_attempt": "local",
    "audit": "record",
    "audit_agents": "record",
    "audit_head": "record",
    "former_audit": "record",
    # What is signed is signed for all chains together.
    "audit_checkpoint": "reference",
    "former_audit_head": "reference",
    "former_audit_checkpoint": "reference",
}
