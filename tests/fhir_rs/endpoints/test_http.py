"""What HTTP itself asks for: methods, formats, sizes, entity tags, browsers on other origins."""

from __future__ import annotations

import ast
import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

import fhir_rs
from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_batch import bundle
from tests.fhir_rs.endpoints.test_writing import body, writer
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import observation, put

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE")
SAMPLES = {"record": RECORD, "type_": "Observation", "id_": "a1", "vid": "1"}


def served(record: Record) -> dict[str, set[str]]:
    """A sample address for each rule of the interface, with the methods that it has."""
    found: dict[str, set[str]] = {}
    for rule in record.site.app.url_map.iter_rules():
        if rule.rule.startswith("/fhir") and not rule.rule.endswith("/Probe"):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: SAMPLES[match[1]], rule.rule)
            found.setdefault(path, set()).update(rule.methods or ())
    return found


@pytest.mark.fault("3.28c")
def test_a_method_that_is_not_there_is_405_with_those_that_are(record: Record) -> None:
    token = record.fake.owner_token()
    headers = {"Authorization": f"Bearer {token}"}
    for path, methods in served(record).items():
        for method in set(METHODS) - methods:
            answer = record.site.client.open(path, method=method, headers=headers)
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["Allow"].split(", ")) == methods, (method, path)
            if method != "HEAD":
                assert answer.get_json()["issue"][0]["code"] == "not-supported"


@pytest.mark.fault("3.23")
def test_a_browser_on_another_origin_is_told_the_methods_of_each_address(record: Record) -> None:
    for path, methods in served(record).items():
        answer = record.site.client.options(path, headers={"Origin": "https://app.example"})
        assert answer.status_code == 200
        allowed = answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert set(allowed) == methods, path


def headers_that_are_read() -> set[str]:
    """Every request header that the code of this service looks at, from the code itself."""
    found = {"Accept", "Authorization", "Content-Type"}
    for path in Path(fhir_rs.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                name, source = node.args[0], ast.unparse(node.func)
                if source in ("request.headers.get", "request.headers.getlist"):
                    assert isinstance(name, ast.Constant), ast.unparse(node)
                    found.add(str(name.value))
    return found


@pytest.mark.fault("3.23")
def test_a_browser_on_another_origin_may_send_whatever_means_something(record: Record) -> None:
    answer = record.site.client.options(f"/fhir/r/{RECORD}/Observation/a1")
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    read = headers_that_are_read()
    assert {"If-Match", "If-None-Match", "If-None-Exist", "Prefer", "Category"} <= read
    assert {each.lower() for each in read} == set(allowed)
    exposed = record.get("/Observation/a1").headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Location", "Last-Modified", "WWW-Authenticate", "Warning"} <= set(exposed)


ACCEPTED = {
    "": True, "*/*": True, "application/*": True, "application/json": True, "text/json": True,
    "application/fhir+json": True, "APPLICATION/FHIR+JSON": True,
    "application/fhir+json;fhirVersion=4.0": True, 'application/fhir+json; fhirVersion="4.0"': True,
    "application/fhir+xml, application/fhir+json;q=0.1": True,
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": True,
    "application/fhir+json;fhirVersion=3.0": False, "application/fhir+json;fhirVersion=5.0": False,
    "application/fhir+json;fhirVersion=3.0, application/fhir+json;fhirVersion=4.0": True,
    "application/fhir+xml": False, "text/html": False, "application/xml, text/turtle": False,
    "application/fhir+json;q=0": False, "application/fhir+json;q=x": False, "image/*": False,
}  # fmt: skip


@pytest.mark.fault("3.24")
def test_a_format_that_is_not_there_is_406(record: Record) -> None:
    token = record.fake.owner_token()
    for accept, fits in ACCEPTED.items():
        for path in ("/Observation/a1", "/Observation", "/Patient/$everything", "/metadata"):
            answer = record.get(path, token, headers={"Accept": accept})
            assert answer.status_code == (200 if fits else 406), (accept, path)
            assert answer.get_json()["resourceType"]


ASKED_BY_PARAMETER = {
    "json": 200, "application/json": 200, "application/fhir%2Bjson": 200, "text/json": 200,
    "application/fhir+json": 200, "": 200, "xml": 406, "ttl": 406, "foobar": 406,
    "application/fhir%2Bxml": 406, "text/html": 406, "json&_format=xml": 406,
    "application/fhir%2Bjson;fhirVersion=3.0": 406,
}  # fmt: skip


@pytest.mark.fault("3.24")
def test_the_parameter_stands_above_the_header(record: Record) -> None:
    token = record.fake.owner_token()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for asked, status in ASKED_BY_PARAMETER.items():
        for accept in ("application/fhir+json", "application/fhir+xml"):
            headers = {"Accept": accept}
            answer = record.get(f"/Observation/a1?_format={asked}", token, headers=headers)
            wanted = 406 if not asked and "xml" in accept else status
            assert answer.status_code == wanted, (asked, accept)
        searched = record.call(
            "POST", "/Observation/_search", token, data=f"_format={asked}", headers=form
        )
        assert searched.status_code == status


@pytest.mark.fault("3.24")
def test_a_body_of_another_version_or_charset_is_415(record: Record) -> None:
    for content_type, fits in {
        "application/fhir+json": True, "application/json; charset=utf-8": True,
        "application/fhir+json; fhirVersion=4.0; charset=UTF-8": True, "text/json": True,
        "application/fhir+json; fhirVersion=3.0": False, "application/fhir+xml": False,
        "application/json; charset=iso-8859-1": False, "text/plain": False,
    }.items():  # fmt: skip
        sent = {"data": json.dumps(body()), "headers": {"Content-Type": content_type}}
        answer = record.call("POST", "/Observation", writer(record), **sent)
        assert answer.status_code == (201 if fits else 415), content_type
        sent["data"] = json.dumps(bundle("batch"))
        answer = record.call("POST", "", writer(record), **sent)
        assert answer.status_code == (200 if fits else 415), content_type


def scan(megabytes: float) -> dict[str, Any]:
    """A note with a scanned page of so many megabytes."""
    data = base64.b64encode(b"\x89PNG" + bytes(int(megabytes * 2**20))).decode()
    return {
        "resourceType": "DocumentReference", "status": "current",
        "subject": {"reference": "Patient/alice"},
        "content": [{"attachment": {"contentType": "image/png", "data": data}}],
    }  # fmt: skip


@pytest.mark.fault("3.28b")
def test_a_note_with_a_scan_can_be_stored(record: Record) -> None:
    rpt = writer(record)
    assert record.call("POST", "/DocumentReference", rpt, json=scan(2.5)).status_code == 201
    sent = bundle("batch", ("POST", "DocumentReference", scan(2.5)))
    entry = record.call("POST", "", rpt, json=sent).get_json()["entry"][0]
    assert entry["response"]["status"].startswith("201")


def test_what_is_too_large_is_told_in_one_way(record: Record) -> None:
    rpt, large = writer(record), b'"' + b"x" * (16 * 2**20) + b'"'
    owner = record.fake.owner_token()
    answers = [
        record.call("POST", "/Observation", rpt, data=large),
        record.call("PUT", "/Observation/a1", rpt, data=large),
        record.call("POST", "", rpt, data=large),
        record.call("POST", "/$preview", owner, data=large),
        record.call("POST", "/$level", owner, data=large),
    ]
    assert {answer.status_code for answer in answers} == {413}
    assert len({answer.get_data() for answer in answers}) == 1


TAGS = {
    'W/"1"': True, '"1"': True, "1": True, "W/1": True, "*": True, ' W/"1" ': True,
    'W/"2", W/"1"': True, 'W/"2",W/"1"': True, '2, 1': True, '"a,b", "1"': True,
    'W/"2"': False, "2": False, "W/2": False, "": False, '"1': False, 'W/"1-abc"': False,
    '"2", "11"': False, "1-abc": False, '"*"': False, '"1,2"': False, "w/1": False,
}  # fmt: skip


@pytest.mark.fault("3.28f")
def test_an_entity_tag_is_known_in_every_spelling(record: Record) -> None:
    rpt = writer(record)
    for header, fits in TAGS.items():
        answer = record.get("/Observation/a1", rpt, headers={"If-None-Match": header})
        assert answer.status_code == (304 if fits else 200), header
        assert answer.headers["ETag"] == 'W/"1"'


@pytest.mark.fault("3.28f")
def test_a_change_may_name_the_version_in_every_spelling(record: Record) -> None:
    made = [observation(f"o{number}", "HbA1c") for number in range(len(TAGS))]
    put(record.site.app.engine, RECORD, made)
    rpt = writer(record)
    for sent, (header, fits) in zip(made, TAGS.items(), strict=True):
        answer = record.call(
            "PUT", f"/Observation/{sent['id']}", rpt, json=sent, headers={"If-Match": header}
        )
        assert answer.status_code == (200 if fits else 412), header
