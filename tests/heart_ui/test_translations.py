"""Every translation is whole, fills in what the English fills in, and is as easy to read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from docs import catalogue
from heart_ui.words import CATALOGUE, translated
from tests import readability
from tests.speech import PATIENT, everything

TRANSLATIONS = sorted(CATALOGUE.glob("*.po"))
FILLED = re.compile(r"%\(\w+\)[a-z]|%[^(]")
every_language = pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
READING = {"es": (readability.spanish_ease, lambda ease: ease >= readability.EASE)}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def to_patients() -> list[str]:
    said = {one.words for one in everything() if one.face == PATIENT}
    return sorted(words for words in said if "<" not in words)


def test_there_is_spanish() -> None:
    assert [path.stem for path in TRANSLATIONS] == ["es"]


@every_language
def test_each_sentence_has_its_words(path: Path) -> None:
    found = read(path)
    missing = [one.id for one in read(catalogue.TEMPLATE) if one.id and not found[one.id].string]
    assert missing == []
    assert [one.id for one in found if one.id and one.fuzzy] == []


@every_language
def test_each_sentence_fills_in_the_same_values(path: Path) -> None:
    wrong = [
        one.id
        for one in read(path)
        if one.id and set(FILLED.findall(str(one.id))) != set(FILLED.findall(str(one.string)))
    ]
    assert wrong == []


def edges(words: str) -> list[str]:
    """How a message begins and ends: pages put some beside others."""
    kinds = {" ": " ", ".": ".", "?": "?", "!": "!", ":": ",", ",": ","}
    return [kinds.get(edge, "") for edge in (words[0], words[-1])]


@every_language
def test_spaces_and_the_end_of_a_sentence_stay(path: Path) -> None:
    both = [(str(one.id), str(one.string)) for one in read(path) if one.id and one.string]
    assert [said for said, told in both if edges(said) != edges(told)] == []


def test_patients_read_english_of_grade_8_at_most() -> None:
    fits = readability.GRADE
    assert readability.too_hard(to_patients(), readability.english_grade, lambda g: g <= fits) == []


@every_language
def test_patients_read_a_translation_as_easily(path: Path) -> None:
    """Spanish: Fernández Huerta's ease of 60 or more, which is what grades 7 and 8 read."""
    measure, fits = READING[path.stem]
    said = translated(CATALOGUE)[path.stem]
    texts = [said.gettext(words) for words in to_patients()]
    assert readability.too_hard(texts, measure, fits) == []


@pytest.mark.parametrize(
    ("word", "count"),
    [("registro", 3), ("cuidado", 3), ("país", 2), ("quien", 1), ("averigüe", 4), ("muy", 1),
     ("oído", 3), ("guía", 2), ("aquello", 3), ("día", 2), ("solicitud", 4), ("y", 1)],
)  # fmt: skip
def test_syllables_of_spanish_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert readability.spanish_syllables(word) == count


def test_a_sentence_that_is_too_hard_is_found() -> None:
    english = (
        "Authorization determinations regarding identifiable information necessitate prior "
        "institutional verification procedures."
    )
    spanish = (
        "Las determinaciones de autorización respecto de información identificable necesitan "
        "verificaciones institucionales anteriores."
    )
    assert readability.too_hard([english], readability.english_grade, lambda g: g <= 8)
    assert readability.too_hard([spanish], readability.spanish_ease, lambda e: e >= 60)
