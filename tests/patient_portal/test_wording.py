"""Plain words: sentences say what the rule says, no protocol word, grade 8 at most."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import heart_ui
import patient_portal
from patient_portal.policies import dates, lengths, offers, sentences, share_states
from patient_portal.policies.person import Person
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import What, When

NOW = datetime(2025, 11, 25, 10, tzinfo=UTC)
ROOMS = (Path(patient_portal.__path__[0]), Path(heart_ui.__path__[0]))
PAGES = [page for room in ROOMS for page in room.rglob("*.html")]
FORBIDDEN = re.compile(
    r"\b(scopes?|tokens?|RPT|PAT|PCT|tickets?|resource owners?|resources?|polic(y|ies)|clients?|"
    r"authorization|revoke[ds]?|UMA|OAuth|FHIR|HEART|servers?|requesting part(y|ies)|claims?|API|"
    r"URL|JSON)\b",
    re.IGNORECASE,
)
CALL = re.compile(r"\bN?_\(\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")")


def _spoken() -> list[tuple[str, str]]:
    """Every sentence people read: in templates, pages and the pure words."""
    found = []
    for path in [*PAGES, *ROOMS[0].rglob("*.py")]:
        for match in CALL.finditer(path.read_text()):
            found.append((path.name, match[1] or match[2] or ""))
    return found


def test_no_protocol_word_reaches_a_person() -> None:
    said = [(where, words) for where, words in _spoken() if FORBIDDEN.search(words)]
    assert said == []


def test_no_plain_text_of_a_template_is_left_untranslated() -> None:
    for page in (one for one in PAGES if one.name != "forms.html"):
        text = re.sub(r"\{% block width %\}\w+", "", page.read_text())
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.S)
        text = re.sub(r"<[^>]*>", " ", text, flags=re.S)
        assert re.findall(r"[A-Za-z]{3,}", text) == [], page.name


def _syllables(word: str) -> int:
    word = re.sub(r"[^a-z]", "", word.lower())
    count = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith(("le", "ee", "ye")) and count > 1:
        count -= 1
    if word.endswith("ed") and count > 1 and not re.search(r"[td]ed$", word):
        count -= 1
    return max(count, 1)


def _grade(text: str) -> float:
    """Flesch-Kincaid grade, without a dictionary."""
    sentences = [s for s in re.split(r"(?<=[.?!:])\s+", text.strip()) if s]
    words = re.findall(r"[A-Za-z']+", re.sub(r"%\(\w+\)s", "it", text))
    syllables = sum(map(_syllables, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_every_longer_sentence_reads_at_grade_eight_or_below() -> None:
    long = [words for _where, words in _spoken() if len(words.split()) >= 10]
    assert len(long) > 30
    assert [(round(_grade(words), 1), words) for words in long if _grade(words) > 8] == []


def _policy(**what: object) -> Policy:
    return Policy(id="p" * 22, state="on", what=What.model_validate(what), why=("TREAT",))


def test_sentences_say_kinds_in_the_order_people_see_them() -> None:
    lines = sentences.what_sentences(_policy(kinds=("medicines", "conditions"), topics=("GDIS",)))
    assert lines[0] == "These kinds: Conditions and Medicines."
    assert "Private topics you turned on: Genetics." in lines


def test_no_topic_on_is_said_too() -> None:
    assert "All your private topics stay private." in sentences.what_sentences(
        _policy(everything=True)
    )


def test_named_records_and_dates_are_said() -> None:
    lines = sentences.what_sentences(
        _policy(kinds=("results",), records={"exclude": ["a", "b"]}, since="2024-01-01")
    )
    assert "Records you held back by name: 2." in lines
    assert "Only records from 1 January 2024 on." in lines


@pytest.mark.parametrize("length", [key for key, _words, _lasting in lengths.LENGTHS])
def test_a_chosen_length_is_recognised_again(length: str) -> None:
    policy = _policy().changed(when=When(until=lengths.until_of(length, NOW)))
    assert lengths.length_of(policy, NOW + timedelta(minutes=5)) == length


def test_another_end_is_kept_as_it_is() -> None:
    policy = _policy().changed(when=When(until=NOW + timedelta(days=77)))
    assert lengths.length_of(policy, NOW) == "keep"


def test_nothing_is_chosen_before_a_reason_is_given() -> None:
    assert lengths.length_of(_policy().changed(why=()), NOW) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2025-03-12", "12 March 2025"),
        ("2025-03-12T10:00:00Z", "12 March 2025"),
        ("2025-03", "March 2025"),
        ("2025", "2025"),
        ("soon", "soon"),
        (None, ""),
    ],
)
def test_dates_of_records_may_be_partial(text: str | None, words: str) -> None:
    assert dates.plain_day(text) == words


def test_times_carry_their_zone() -> None:
    assert dates.clock(NOW, ZoneInfo("Europe/Berlin"), seconds=True) == "11:00:00 CET"


def test_states_are_told_apart() -> None:
    soon = _policy().changed(when=When(until=NOW + timedelta(days=3)))
    past = _policy().changed(when=When(until=NOW - timedelta(days=3)))
    words = [share_states.state_words(p, NOW, ZoneInfo("UTC"))[0] for p in (_policy(), soon, past)]
    assert words == ["On", "Ends soon", "Ended"]
    assert (
        share_states.state_words(_policy().changed(state="paused"), NOW, ZoneInfo("UTC"))[0]
        == "Paused"
    )


def test_only_clinical_people_are_told_kinds_by_default() -> None:
    doctor = Person(key="a", name="A", role_code="family_doctor", organization="Clinic")
    study = Person(key="b", name="B", role_code="researcher", organization="University")
    assert offers.is_clinical(doctor)
    assert not offers.is_clinical(study)
    assert not offers.is_clinical(Person(key="c", name="C", role_code="family"))


def test_the_heading_counts_people_shares_and_hidden_records() -> None:
    assert sentences.home_sentences(4, 1, 2) == [
        "4 people can see some of your records.",
        "1 share is paused.",
        "2 records are hidden from everyone.",
    ]
    assert sentences.home_sentences(0, 0, 0) == ["No one can see your records."]
