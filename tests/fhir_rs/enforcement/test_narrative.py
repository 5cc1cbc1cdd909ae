"""Narratives of R4: real ones pass, and what is not on the list does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_rs.enforcement.narrative import XHTML, problem_of

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
# Published by HL7 with an empty div, against txt-2.
EMPTY = {"Questionnaire-zika-virus-exposure-assessment.json"}


def div(inside: str) -> str:
    return f'<div xmlns="{XHTML}">{inside}</div>'


def narratives(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from narratives(each)
    elif isinstance(value, dict):
        if isinstance(value.get("div"), str):
            yield value["div"]
        for each in value.values():
            yield from narratives(each)


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the example data beside the project")
def test_every_real_narrative_passes() -> None:
    seen = 0
    for path in sorted(DATA.rglob("*.json")):
        for found in narratives(json.loads(path.read_text(encoding="utf-8"))):
            seen += 1
            assert (problem_of(found) is None) != (path.name in EMPTY), (path.name, found[:200])
    assert seen > 400


@pytest.mark.parametrize(
    "inside",
    [
        "Well.",
        "caf&eacute;&nbsp;&amp;&#174;&hearts;",
        '<p id="a" class="b" title="c" xml:lang="es" lang="es">x</p>',
        '<table border="1"><thead><tr><th colspan="2">x</th></tr></thead></table>',
        '<a href="https://example.org/?a=b:c">x</a>',
        '<a href="Patient/1">x</a><a href="#here">x</a><a name="here">x</a>',
        '<a href="mailto:a@example.org">x</a><a href="tel:+1">x</a><a href="urn:uuid:1">x</a>',
        '<img src="#picture" alt="x"/>',
        '<img src="Binary/1" alt="x"/>',
        '<img src="data:image/png;base64,AAAA" alt="x"/>',
        '<p style="border: 1px #661aff solid; color: rgb(1, 2, 3); width: calc(1px + (2px))">x</p>',
        "<!-- a remark -->x",
        "<b>" * 50_000 + "x" + "</b>" * 50_000,
    ],
)
def test_what_r4_allows(inside: str) -> None:
    assert problem_of(div(inside)) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Well.", "well-formed"),
        ("", "well-formed"),
        (div("<b>x"), "well-formed"),
        (div("&unknown;"), "well-formed"),
        (div("&#0;"), "well-formed"),
        (div("\ud800"), "well-formed"),
        (f"{div('x')}{div('x')}", "well-formed"),
        (f'<p xmlns="{XHTML}">x</p>', "div"),
        ("<div>x</div>", "xmlns"),
        (f'<h:div xmlns:h="{XHTML}"><b>x</b></h:div>', "xmlns"),
        (div(""), "no content"),
        (div(" &#160;<p/>"), "no content"),
        (div("<![CDATA[><script>x</script>]]>"), "declaration"),
        (div("<!--><script>x</script>-->"), "declaration"),
        (div("<!---><script>x</script>-->"), "declaration"),
        (div("<!--[if IE]>x<![endif]-->"), "declaration"),
        (div("<?php x ?>y"), "declaration"),
        (f'<!DOCTYPE div [<!ENTITY a "x">]>{div("&a;")}', "declaration"),
        (div('<b xmlns="http://www.w3.org/2000/svg">x</b>'), "element b"),
        (div('<x:script xmlns:x="http://www.w3.org/1999/xhtml">x</x:script>'), "element script"),
        (div('<b xml:base="http://example.org/">x</b>'), "attribute base"),
        (div(f'<b xmlns:h="{XHTML}" h:onclick="x">y</b>'), "attribute onclick"),
        (div(f"<{'a' * 500}/>"), "element"),
    ],
)
def test_what_is_refused_and_why(text: str, word: str) -> None:
    reason = problem_of(text)
    assert reason is not None
    assert word in reason
    assert len(reason) < 120


@given(st.text(max_size=200) | st.text(alphabet="<>!-[]?/&#;:= \"'adivxmlns", max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    assert problem_of(text) is None or isinstance(problem_of(text), str)
    assert problem_of(div(text)) is None or isinstance(problem_of(div(text)), str)


@given(st.text(alphabet="javscript:&#x6a;9 \t\n/", max_size=40))
def test_no_spelling_of_a_script_is_a_link(spelled: str) -> None:
    import html

    address = html.unescape(spelled)
    runs = re.sub(r"[\x00-\x20]", "", address).startswith("javascript:")
    if runs:
        assert problem_of(div(f'<a href="{spelled}">x</a>')) is not None
