"""translate.md: a language begins with the head that the page gives, and is offered by its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import catalogue
from heart_ui import words
from tests.how_to.pages import blocks


def test_a_language_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (head,) = blocks("translate", "po")
    file = tmp_path / "pt.po"
    file.write_text(head, "utf-8")
    monkeypatch.setattr(catalogue, "CATALOGUE", tmp_path)
    brought_up = catalogue.pages()[file]
    assert brought_up.startswith(head)
    assert len(re.findall(r'^msgstr ""$', brought_up, re.MULTILINE)) > 1000
    named = brought_up.replace('msgid "English"\nmsgstr ""', 'msgid "English"\nmsgstr "Português"')
    file.write_text(named, "utf-8")
    assert catalogue.pages()[file] == named
    monkeypatch.setattr(words, "CATALOGUE", tmp_path)
    assert words.offered() == [("en", "English"), ("pt", "Português")]
