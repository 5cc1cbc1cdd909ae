"""Every page of every person in a language made for it: no sentence of the catalogue stays English.

What goes around the catalogue is found in the sources (tests/heart_ui/test_words.py); here is found
what is marked for it and then shown without having been asked of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from docs import catalogue
from heart_ui import words
from tests.heart_ui.test_words import CLOSE, OPEN, unmarked
from tests.outages.people import Everybody

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("outages")]
PSEUDO = "qps"
_VALUE = re.compile(r"%\\\(\w+\\\)[a-z]")
NOT_SAID_HERE = {
    "English": "a language's name, in itself",
    "Clinic app": "what the operator calls the app",
    "Name, birth date, contact details": "a record's title, as its clinic tells it",
    "Blood pressure": "a record's name, as its clinic wrote it",
    "Weight": "a record's name, as its clinic wrote it",
    "eGFR": "a record's name, as its clinic wrote it",
}


@pytest.fixture
def sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[re.Pattern[str]]:
    """Each sentence as it looks once it is filled in; pages now speak a language of marks."""
    with catalogue.TEMPLATE.open("rb") as file:
        messages = read_po(file)
    found = []
    for message in messages:
        message.string = f"{OPEN}{message.id}{CLOSE}" if message.id else message.string
        said = str(message.id)
        if len(re.sub(r"%\(\w+\)[a-z]|\W", "", said)) > 3 and said not in NOT_SAID_HERE:
            found.append(re.compile(_VALUE.sub(".{1,60}", re.escape(said.strip(" :")))))
    with (tmp_path / f"{PSEUDO}.po").open("wb") as file:
        write_po(file, messages)
    monkeypatch.setattr(words, "CATALOGUE", tmp_path)
    return found


def choose(everybody: Everybody, language: str) -> None:
    """As a reader does, in the foot of the page."""
    for person in everybody.people:
        page = person.browser.get(person.home)
        after = person.browser.submit(page, page.form("next"), press=("language", language))
        assert after.url == page.url and f'<html lang="{language}"' in after.text


@pytest.fixture
def elsewhere(sentences: list[re.Pattern[str]], everybody: Everybody) -> Iterator[Everybody]:
    """Everybody has chosen that language, and goes back to English afterwards."""
    choose(everybody, PSEUDO)
    yield everybody
    choose(everybody, "en")


def test_every_sentence_on_every_page_is_translated(
    elsewhere: Everybody, sentences: list[re.Pattern[str]]
) -> None:
    left, read = [], 0
    for person in elsewhere.people:
        for shape, address in person.pages.items():
            page = person.browser.get(address)
            if "<html" not in page.text:
                continue
            read += 1
            if f'<html lang="{PSEUDO}"' not in page.text or page.text.count(OPEN) < 20:
                left.append(f"{person.login} {shape}: speaks English")
            shown = [one for one in unmarked(page.text) if len(one) < 200]
            left += [
                f"{person.login} {shape}: {one}"
                for one in shown
                if any(sentence.fullmatch(one) for sentence in sentences)
            ]
    assert left == []
    assert read > 40
