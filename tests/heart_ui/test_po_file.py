"""A translation's text is read as gettext's own tools read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from heart_ui import po_file
from heart_ui.words import CATALOGUE

HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def written(folder: Path, text: str) -> Path:
    path = folder / "xx.po"
    path.write_text(HEAD + text, "utf-8")
    return path


@pytest.mark.parametrize("path", sorted(CATALOGUE.glob("*.po")), ids=lambda path: path.stem)
def test_every_translation_says_what_babel_reads_in_it(path: Path) -> None:
    found = po_file.translations(path)
    with path.open("rb") as file:
        messages = [one for one in read_po(file) if one.id]
    assert len(messages) > 1000
    for one in messages:
        assert isinstance(one.id, str) and found.gettext(one.id) == (one.string or one.id)


def test_words_over_lines_marks_and_plurals(tmp_path: Path) -> None:
    text = (
        '#: a.py\n#, python-format\nmsgid ""\n"a \\"b\\"\\n"\n"c"\nmsgstr "é\\t"\n"ñ"\n'
        '\n# said to one, and to many\nmsgid "%(num)s cat"\nmsgid_plural "%(num)s cats"\n'
        'msgstr[0] "%(num)s gato"\nmsgstr[1] "%(num)s gatos"\n'
    )
    found = po_file.translations(written(tmp_path, text))
    assert found.gettext('a "b"\nc') == "é\tñ"
    many = [found.ngettext("%(num)s cat", "%(num)s cats", n) for n in (0, 1, 2)]
    assert many == ["%(num)s gatos", "%(num)s gato", "%(num)s gatos"]


def test_what_is_unsure_or_has_no_words_stays_english(tmp_path: Path) -> None:
    text = (
        '#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr ""\n\n#~ msgid "d"\n#~ msgstr "e"\n'
    )
    found = po_file.translations(written(tmp_path, text))
    assert [found.gettext(one) for one in "acd"] == ["a", "c", "d"]


@pytest.mark.parametrize("line", ["<<<<<<< main", 'msgid "a', '"alone"', "msgctxt x"])
def test_a_line_that_is_none_stops_the_service_that_reads_it(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match="not a line of a translation"):
        po_file.translations(written(tmp_path, f"{line}\n"))
