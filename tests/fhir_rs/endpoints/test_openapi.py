"""The OpenAPI document and the address map say the same."""

from __future__ import annotations

import re

from tests.fhir_rs.endpoints.conftest import Record

# Pages for people and files of the shared look are no interface for programs.
PAGES = ("/link", "/ui/", "/static/", "/metrics")


def test_every_address_is_described_and_nothing_else(record: Record) -> None:
    described = {
        (method.upper(), path)
        for path, operations in record.site.client.get("/openapi.json").get_json()["paths"].items()
        for method in operations
    }
    served = set()
    for rule in record.site.app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+?)_?>", r"{\1}", rule.rule)
        if path.startswith(PAGES) or rule.rule.endswith("/Probe"):
            continue
        served |= {(m, path) for m in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert described == served
