"""Who takes the one turn in which the database is written: no GET, but for what it discloses."""

from __future__ import annotations

import re

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import everything
from tests.heart_ground.in_turn import in_turn

SAMPLES = {"record": RECORD, "type_": "Observation", "id_": "a1", "vid": "1", "filename": "x.css"}
OF_THE_AUDIT = re.compile(r"(?:INTO|UPDATE|FROM) audit(?:_head|_agents|_checkpoint)?\b|FROM link\b")
"""The chain, and the epochs of the links, under which an entry is decided."""
LINKING = {"/link", "/link/return"}
"""A browser comes back there from the authorization server by GET (RFC 6749 4.1.2)."""


def addresses(record: Record) -> list[str]:
    rules = [rule for rule in record.site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    found = {re.sub(r"<(?:\w+:)?(\w+)>", lambda each: SAMPLES[each[1]], r.rule) for r in rules}
    return sorted(found - LINKING)


def test_no_get_takes_the_write_turn_but_for_its_audit_entry(record: Record) -> None:
    app = record.site.app
    tokens = (None, record.fake.owner_token(), record.fake.rpt(everything(record.fake)))
    for token in tokens[1:]:
        # What was introspected once is remembered: from here on nothing is learnt.
        assert record.get("/Observation/a1", token).status_code == 200
    asked, unlike = 0, []
    for address in addresses(record):
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            with in_turn(app.engine) as statements:
                record.site.client.get(address, headers=headers)
            asked += bool(statements)
            unlike += [(address, each) for each in statements if not OF_THE_AUDIT.search(each)]
            # An anonymous caller makes nobody wait.
            assert token or not statements, address
    assert unlike == []
    assert asked > 10
