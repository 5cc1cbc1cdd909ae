"""Links by R4's element types: what is one is replaced, what only looks like one stays."""

from __future__ import annotations

import json

from fhir_rs.enforcement.linking import linked

URN = "urn:uuid:0aa7e1a0-0000-4000-8000-00000000000A"


def test_every_kind_of_link_is_replaced_and_nothing_else() -> None:
    narrative = (
        f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{URN}">{URN}</a>'
        f'<img src = \'{URN}\' alt="{URN}"/><a href="#x">x</a></div>'
    )
    text = json.dumps(
        {
            "resourceType": "DocumentReference",
            "meta": {"source": URN, "profile": [URN]},
            "text": {"status": "generated", "div": narrative},
            "contained": [{"resourceType": "Basic", "subject": {"reference": URN}}],
            "extension": [{"url": "http://x", "valueUri": URN}, {"url": "http://x",
                          "valueString": URN}, {"url": "http://x", "valueCanonical": URN},
                          {"url": "http://x", "valueReference": {"reference": URN}}],
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": URN}],
            "description": URN,
            "_description": {"extension": [{"url": "http://x", "valueUuid": URN}]},
            "content": [{"attachment": {"url": URN, "title": URN}}],
            "context": {"related": [{"reference": URN, "display": URN}]},
        }
    ).replace('"description"', ' "description" ')  # fmt: skip
    got = json.loads(linked(text, lambda link, _: "T/1" if link == URN else None))
    changed = str(got).count("T/1")
    assert changed == 9
    assert got["meta"] == {"source": "T/1", "profile": [URN]}
    assert 'href="T/1"' in got["text"]["div"] and "src = 'T/1'" in got["text"]["div"]
    assert f'alt="{URN}"' in got["text"]["div"] and f">{URN}<" in got["text"]["div"]
    assert got["contained"][0]["subject"]["reference"] == "T/1"
    assert [e.get("valueUri") for e in got["extension"]] == ["T/1", None, None, None]
    assert got["extension"][1]["valueString"] == got["extension"][2]["valueCanonical"] == URN
    assert got["identifier"][0]["value"] == got["description"] == URN
    assert got["_description"]["extension"][0]["valueUuid"] == "T/1"
    assert got["content"] == [{"attachment": {"url": "T/1", "title": URN}}]
    assert got["context"]["related"] == [{"reference": "T/1", "display": URN}]
    untouched = '{"resourceType" : "Basic", "x":1.50 ,"code":{"text":"\\u00e9"}}'
    assert linked(untouched, lambda link, _: None) == untouched


def test_a_text_of_many_links_takes_time_in_proportion() -> None:
    links = ",".join(f'{{"reference":"{URN}"}}' for _ in range(20_000))
    text = f'{{"resourceType":"CarePlan","addresses":[{links}]}}'
    assert linked(text, lambda link, _: "Condition/1").count("Condition/1") == 20_000
