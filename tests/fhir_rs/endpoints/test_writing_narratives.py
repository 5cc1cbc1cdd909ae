"""A narrative that R4 does not allow is refused, wherever in a resource it stands."""

from __future__ import annotations

import html
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from fhir_rs.db import make_engine
from fhir_rs.importing.importer import import_paths
from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_writing import body, writer
from tests.fhir_rs.store import PATIENT, condition, observation

XHTML = "http://www.w3.org/1999/xhtml"
_RUNS = ["javascript:alert(1)", "vbscript:x", "data:text/html,<script>alert(1)</script>"]
_PLACES = ["a href", "a name='x' href", "a longdesc"]
_SPELLINGS = [
    html.escape,
    lambda a: "".join(f"&#{ord(c)};" for c in a),
    lambda a: f"&#x{ord(a[0]):x};{html.escape(a[1:])}",
    lambda a: f"&#9;{html.escape(a[:4])}&#10;{html.escape(a[4:])}",
    lambda a: f" {html.escape(a[:3].upper())}&#13;{html.escape(a[3:])}",
]
ACTIVE = [
    '<img/onerror="alert(1)"/src="x">',
    '<a href="&#106;avascript:alert(1)">x</a>',
    "<b>never closed",
    '<audio src="x"></audio>x',
    '<img src="https://example.org/who-reads.png"/>',
    '<img src="//example.org/who-reads.png"/>',
    '<img src="/\\example.org/who-reads.png"/>',
    *(f"<{name}>x</{name}>" for name in
      ("script", "style", "iframe", "object", "embed", "form", "input", "button", "svg", "math",
       "video", "audio", "link", "meta", "base", "template", "body", "head", "marquee", "font")),
    *(f'<p {name}="x()">y</p>' for name in
      ("onclick", "onload", "onerror", "ONCLICK", "onpointerrawupdate", "srcdoc", "action",
       "formaction", "srcset", "background", "ping", "target")),
    *(f'<{place}="{spell(address)}">x</a>'
      for place, address, spell in itertools.product(_PLACES, _RUNS, _SPELLINGS)),
    *(f'<p style="{style}">x</p>' for style in
      ("background:url(https://example.org/x)", "background:u\\72l(//x)", "width:expression(x)",
       "background:image-set('https://example.org/x' 1x)", "behavior:url(x)", "@import 'x'",
       "-moz-binding:url(x)", "width:exp/**/ression(x)", "background:&#117;rl(x)")),
    '<!DOCTYPE a [<!ENTITY x "y">]>',
    "<![CDATA[><script>alert(1)</script>]]>",
    "<!--><script>alert(1)</script>-->",
]  # fmt: skip


def narrative(inside: str) -> dict[str, str]:
    return {"status": "generated", "div": f'<div xmlns="{XHTML}">{inside}</div>'}


@pytest.fixture
def sent_by(record: Record) -> Any:
    rpt = writer(record)

    def send(**more: Any) -> Any:
        return record.call("POST", "/Observation", rpt, json=body(**more))

    return send


@pytest.mark.fault("B9")
def test_no_active_or_foreign_content_is_stored(sent_by: Any) -> None:
    accepted = [a for a in ACTIVE if sent_by(text=narrative(a)).status_code != 400]
    assert accepted == []


@pytest.mark.fault("B9")
@pytest.mark.parametrize("inside", ['<audio src="x"></audio>x', '<img src="https://x/y.png"/>'])
def test_wherever_it_stands(sent_by: Any, inside: str) -> None:
    hidden = condition("c", "x") | {"text": narrative(inside)}
    for more in ({"text": narrative(inside)}, {"contained": [hidden]}):
        answer = sent_by(**more)
        assert answer.status_code == 400
        outcome = answer.get_json()["issue"][0]
        assert outcome["expression"][0].endswith("text.div")
        assert "active or foreign content" in outcome["diagnostics"]


def test_what_r4_allows_is_stored(sent_by: Any) -> None:
    inside = '<p style="color: red">caf&eacute; <a href="https://example.org">x</a></p>'
    assert sent_by(text=narrative(inside)).status_code == 201


@pytest.mark.fault("B9")
def test_an_import_reports_it_and_reads_on(tmp_path: Path) -> None:
    bad = observation("bad", "x") | {"text": narrative('<audio src="x"></audio>x')}
    lines = [json.dumps(r) for r in (PATIENT, bad, observation("good", "y"))]
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    engine = make_engine("sqlite://")
    report = import_paths(engine, [tmp_path], progress=lambda done, file: None)
    engine.dispose()
    assert report.accepted == 2
    assert "active or foreign content" in str(report.refused)
