"""The words of every face, in the language of who reads them: one catalogue, and one way to it.

A sentence stands in English where it is said, and `python -m docs` collects all of them in
`catalogue/heart_uma.pot`. A translation is `catalogue/<language>.po`; a face offers what lies
there, and English. Without a request, and in tests, words are English.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from heart_ui import po_file

CATALOGUE = Path(__file__).parent / "catalogue"
ENGLISH = "en"
Spoken = tuple[str, NullTranslations]
_ENGLISH: Spoken = (ENGLISH, NullTranslations())
_spoken: ContextVar[Spoken] = ContextVar("spoken", default=_ENGLISH)


@cache
def translated(catalogue: Path) -> dict[str, GNUTranslations]:
    """The languages that a catalogue speaks beside English."""
    found = sorted(catalogue.glob("*.po"))
    return {path.stem: po_file.translations(path) for path in found}


def offered() -> list[tuple[str, str]]:
    """Each language by its tag, with its name in itself; each translates `English` so."""
    own = N_("English")
    others = translated(CATALOGUE).items()
    return [(ENGLISH, own), *((tag, found.gettext(own)) for tag, found in others)]


def preferred(tags: Iterable[str]) -> Spoken:
    """The first of these languages that there is; English where none is."""
    found = translated(CATALOGUE)
    for tag in tags:
        for name in (tag, tag.partition("-")[0]):
            if name in found:
                return name, found[name]
            if name == ENGLISH:
                return _ENGLISH
    return _ENGLISH


def speak(now: Spoken) -> Spoken:
    """From here on this language; the answer is the one before, for when the request is over."""
    before = _spoken.get()
    _spoken.set(now)
    return before


def language() -> str:
    """The language that is spoken, as a page's `lang`."""
    return _spoken.get()[0]


def gettext(text: str, **values: Any) -> str:
    """`text` in the reader's language, filled in: `gettext("Until %(day)s.", day=day)`."""
    said = _spoken.get()[1].gettext(text) if text else text
    return said % values if values else said


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The form that fits `num`, which is filled in too."""
    return _spoken.get()[1].ngettext(one, many, num) % {"num": num, **values}


def N_(text: str) -> str:
    """Marks words that stand in a table: they are collected here, and translated where shown."""
    return text
