"""One catalogue for every face: nothing that a page says goes around it, in no language."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from demo.cast import CAST
from demo.records.sources import SOURCE_NAMES
from demo.stage import StageSettings, create_app
from docs import catalogue
from heart_ui import words
from heart_ui.words import gettext, language, ngettext
from heart_uma.kinds import KIND_NAMES
from heart_uma.purposes import PURPOSES
from heart_uma.topics import TOPIC_BY_CODE
from tests.speech import VALUE, beside_the_catalogue, everything
from tests.world import World

PSEUDO, NAME = "qps", "Pseudo"
OPEN, CLOSE = (
    "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}",
    "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}",
)
NOT_SAID = {
    "narrow": "the class of a narrow page",
    "width=device-width,initial-scale=1": "for the browser: how wide a page is",
    f"0; url={VALUE}": "for the browser: where to go on",
    "None": "a type",
    "True": "no text",
    "False": "no text",
    "Ellipsis": "no text",
    f"last {VALUE} {VALUE} {VALUE}": "the key of a memory",
    f"stop {VALUE} {VALUE}": "the key of a memory",
    f"{VALUE} without {VALUE}": "the key of a memory",
    "Visit | None": "a type",
    "PortalSession | None": "a type",
    "BrowserSession | None": "a type",
    "View": "a type",
    "cast.json": "a file's name",
    'attachment; filename="who-looked.csv"': "a header",
    'attachment; filename="my-rules.csv"': "a header",
    f'attachment; filename="{VALUE}"': "a header",
    f"my-records-{VALUE}.json": "a file's name",
    "public, max-age=\N{OBJECT REPLACEMENT CHARACTER}, immutable": "a header",
    "default-src 'none'; sandbox": "a header",
    "Origin": "a header",
    f"{VALUE}; url={VALUE}": "a header",
    f"form\x1f{VALUE}\x1f{VALUE}\x1f{VALUE}": "what a form's token is made from",
    "Location": "a header",
    "Lax": "a cookie's attribute",
    "openid profile uma_policy owner offline_access": "asked of the sharing service, never shown",
    "openid profile email offline_access": "asked of the sharing service, never shown",
    "Patient": "a type of FHIR",
    "Observation": "a type of FHIR",
    "Consent": "a type of FHIR",
    "Specimen": "a type of FHIR, where it is compared",
    "Anyone": "kept at the sharing service as the name of a rule; the page has words of its own",
    " About the private topic: ": "sent with a request, and read back from it",
    f"{VALUE}, {VALUE} UTC": "a moment: its day is written by the catalogue",
}
"""What stands in a source and is no sentence of a page, or is none of this reader's."""
NOT_OURS = {
    "fhir_rs/data/": "rules as data: a clinic tells of them, and the page that shows them asks "
    "for their translation",
    "fhir_rs/enforcement/titles.py": "the title of a record, which a clinic tells to any client",
    "demo/cast.py": "names of made-up people and places",
    "patient_portal/policies/device.py": "names of browsers and systems",
    "heart_uma/purposes.py": "its names are collected as a table",
    "heart_uma/kinds.py": "its names of kinds are collected, its types are FHIR's",
    "heart_uma/topics.py": "its names of topics are collected",
    "requester_app/event_stream.py": "what a stream is written with, for the browser",
    "heart_reading/any_value.py": "its keys are FHIR's types of values",
    "heart_reading/documents.py": "its keys are FHIR's types of records",
    "heart_reading/names_of_types.py": "its keys are FHIR's types, its names are collected",
    "heart_reading/sheets/by_type.py": "its keys are FHIR's types",
    "heart_reading/units.py": "units that are written alike everywhere, the others are collected",
}
MARKUP = re.compile(r"<.*| ?aria-.*", re.DOTALL)


def is_spoken(literal: str) -> bool:
    """Whether a literal has words: markup has none, nor an address, nor a key made of values."""
    if MARKUP.fullmatch(literal) or not re.search(r"[A-Za-z]{2}", literal):
        return False
    return VALUE not in literal or any(mark.isspace() for mark in literal)


def test_everything_that_is_said_is_asked_of_the_catalogue() -> None:
    missed = [
        f"{one.where}: {one.words}"
        for one in beside_the_catalogue()
        if one.words not in NOT_SAID
        and not one.where.startswith(tuple(NOT_OURS))
        and is_spoken(one.words)
    ]
    assert missed == []


def test_there_is_no_exception_for_what_is_not_said() -> None:
    said = everything()
    literals, places = {one.words for one in said}, {one.where for one in said}
    assert [literal for literal in NOT_SAID if literal not in literals] == []
    assert [start for start in NOT_OURS if not any(p.startswith(start) for p in places)] == []


def test_the_tables_of_the_protocol_are_collected() -> None:
    collected = {message for message, _place in catalogue.said()}
    names = (*KIND_NAMES.values(), *PURPOSES.values(), *(t.name for t in TOPIC_BY_CODE.values()))
    assert set(names) <= collected


@pytest.fixture
def pseudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A language in which every message of the catalogue's template stands between marks."""
    with catalogue.TEMPLATE.open("rb") as file:
        messages = read_po(file)
    for message in messages:
        if message.id == "English":
            message.string = NAME
        elif isinstance(message.id, str):
            message.string = f"{OPEN}{message.id}{CLOSE}"
        else:
            message.string = tuple(f"{OPEN}{form}{CLOSE}" for form in message.id)
    with (tmp_path / f"{PSEUDO}.po").open("wb") as file:
        write_po(file, messages)
    monkeypatch.setattr(words, "CATALOGUE", tmp_path)


def unmarked(page: str) -> list[str]:
    """What a page shows to people without having asked the catalogue."""
    page = re.sub(r"<(script|style|code)\b.*?</\1>", " ", page, flags=re.DOTALL)
    told = re.findall(r'\b(?:aria-label|alt|placeholder)="([^"]*)"', page)
    found = []
    for text in (*re.split(r"<[^>]*>", page), *told):
        shown, before = unescape(text), ""
        while shown != before:  # a sentence within a sentence
            shown, before = re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", shown), shown
        if re.search(r"[A-Za-z]{2}", shown):
            found.append(shown.strip(" :-\n"))
    return found


DATA = {
    "Clinic app": "what the operator calls the app",
    "UTC": "a zone's name",
    "cast.json": "a file's name",
    "English": "a language's name, in itself",
    NAME: "a language's name, in itself",
    "Not Found": "the name of an HTTP status, on a page that the demo alone has",
    **dict.fromkeys(SOURCE_NAMES.values(), "what the operator calls the clinic"),
}


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("as", "/login"),
        ("as", "/nope"),
        ("cedar", "/link"),
        ("cedar", "/link?code=x"),
        ("portal", "/login"),
        ("portal", "/nope"),
        ("requester", "/signed-out"),
        ("requester", "/nope"),
    ],
)
def test_every_face_speaks_the_readers_language(
    world: World, pseudo: None, service: str, path: str
) -> None:
    asked = {"Accept": "text/html", "Accept-Language": f"xx, {PSEUDO}-XA;q=0.8, en;q=0.5"}
    page = world.apps[service].test_client().get(path, headers=asked)
    assert f'<html lang="{PSEUDO}"' in page.text
    assert page.text.count(OPEN) > 5
    assert [shown for shown in unmarked(page.text) if shown not in DATA] == []
    english = world.apps[service].test_client().get(path, headers={"Accept": "text/html"})
    assert '<html lang="en"' in english.text and OPEN not in english.text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("words") / "world")


@pytest.mark.parametrize("path", ["/", "/reset", "/nope"])
def test_the_demos_own_page_does_too(tmp_path: Path, pseudo: None, path: str) -> None:
    browser = create_app(StageSettings(data_dir=tmp_path)).test_client()
    page = browser.get(path, headers={"Accept-Language": PSEUDO})
    assert f'<html lang="{PSEUDO}"' in page.text
    people = {told for one in CAST for told in (one.name, f"{one.role}, {one.organization}")}
    people |= {one.role for one in CAST}
    rest = [shown for shown in unmarked(page.text) if "://" not in shown]
    assert [shown for shown in rest if shown not in DATA and shown not in people] == []


def test_outside_a_request_words_are_english() -> None:
    assert language() == "en"
    assert gettext("Until %(day)s.", day="noon") == "Until noon."
    assert gettext("") == "" and gettext("100 %") == "100 %"
    assert [ngettext("%(num)s file", "%(num)s files", n) for n in (1, 2)] == ["1 file", "2 files"]
