"""`heart_ui/catalogue`: every sentence of every face, and what translators made of it.

Collected from the calls of `_`, `gettext`, `ngettext` and `N_` in templates and modules, from the
tables of words that the protocol's package holds, and from the reasons why a record gives a topic
away. Places are files without line numbers: a
line that moves changes nothing. A translation keeps its words and its head: what is new comes
into it without words, what nobody says any more goes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from heart_ui.words import CATALOGUE
from heart_uma.kinds import KIND_NAMES
from heart_uma.purposes import PURPOSES
from heart_uma.topics import TOPIC_BY_CODE

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = CATALOGUE / "heart_uma.pot"
FACES = (
    "as_server",
    "fhir_rs",
    "patient_portal",
    "requester_app",
    "heart_ui",
    "heart_reading",
    "demo",
)
"""The packages that show words to people."""
_HINTS = "fhir_rs/data/hints.json"
_TABLES = {
    _HINTS: tuple(
        row[-1]
        for rows in ("medicines", "words")
        for row in json.loads((ROOT / _HINTS).read_text())[rows]
    ),
    "heart_uma/kinds.py": tuple(KIND_NAMES.values()),
    "heart_uma/topics.py": tuple(one.name for one in TOPIC_BY_CODE.values()),
    "heart_uma/purposes.py": tuple(PURPOSES.values()),
}
_HEAD = """\
# The words of heart-uma. Written by `make docs` from templates and modules; do not edit.
#"""


def pages() -> dict[Path, str]:
    """The catalogue's files, and what they should hold."""
    template = Catalog(fuzzy=False)
    for message, place in sorted(said(), key=lambda one: one[1]):
        template.add(message, locations=[(place, 0)])
    found = {TEMPLATE: f"{_HEAD}\n\n{_written(template)}"}
    for path in sorted(CATALOGUE.glob("*.po")):
        found[path] = _brought_up(path.read_text("utf-8"), template)
    return found


def _brought_up(text: str, template: Catalog) -> str:
    """A translation of what is said today; its places are the template's to tell."""
    head, translated = text.partition("\n\n")[0], read_po(io.BytesIO(text.encode()))
    catalogue = Catalog(fuzzy=False)
    for message in template:
        if message.id:
            known = translated.get(message.id)
            flags = {"fuzzy"} if known and known.fuzzy else ()
            catalogue.add(message.id, known.string if known else None, flags=flags)
    return f"{head}\n\n{_written(catalogue, no_location=True)}"


def _written(catalogue: Catalog, **options: bool) -> str:
    file = io.BytesIO()
    write_po(
        file,
        catalogue,
        include_lineno=False,
        sort_output=True,
        omit_header=True,
        width=0,
        **options,
    )
    return file.getvalue().decode("utf-8")


def said() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Each message (one, or singular and plural) with the file that says it."""
    for package in FACES:
        found = extract_from_dir(
            ROOT / package,
            method_map=[("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")],
            options_map={"**.html": {"extensions": "jinja2.ext.do", "silent": "false"}},
        )
        for place, _line, message, _comments, _context in found:
            yield message, f"{package}/{place}"
    for place, words in _TABLES.items():
        yield from ((word, place) for word in words)
