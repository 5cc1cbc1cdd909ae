"""What clinicians never meet: words of the protocol (UX 2.0.1)."""

from __future__ import annotations

import re
from pathlib import Path

import requester_app
from requester_app.ask_answers import AskAnswers, problems
from requester_app.ask_terms import query_for, terms_of
from requester_app.wording import ASKABLE_KINDS

TEMPLATES = Path(requester_app.__file__).parent / "templates"
DRAWER = re.compile(
    r"\b(tokens?|tickets?|scopes?|RPT|PAT|PCT|UMA|OAuth|claims?|authori[sz]ation server|"
    r"resource (server|owner)|bearer|client)\b",
    re.IGNORECASE,
)


def words_of(template: str) -> str:
    """What a template says, without tags, expressions and comments."""
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", " ", template, flags=re.DOTALL)
    spoken = re.findall(r"'([A-Z][^'{}]*)'", template)
    return " ".join([bare, *spoken])


def test_no_word_of_the_protocol_is_on_any_page() -> None:
    found = {
        path.name: match[0]
        for path in TEMPLATES.rglob("*.html")
        if (match := DRAWER.search(words_of(path.read_text())))
    }
    assert found == {}


def test_no_inline_code_or_style() -> None:
    for path in TEMPLATES.rglob("*.html"):
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", path.read_text()), path.name


def test_a_question_names_types_and_kinds() -> None:
    assert query_for(["vitals"]) == {"_type": "Observation", "kind": "vitals"}
    assert query_for(ASKABLE_KINDS)["kind"] == ",".join(ASKABLE_KINDS)


def test_topics_travel_as_scopes_of_their_own() -> None:
    assert terms_of("TREAT", "r", "u", "a", ["GDIS", "PSY"]).scope == "sens/GDIS sens/PSY"


def test_unknown_values_are_problems() -> None:
    answers = AskAnswers(("secrets",), True, ("XXX",), "why", "NOPE", "words", "9999")
    assert set(problems(answers)) == {"kind", "topic", "purpose", "length"}
