"""Every sentence of every face is read: no old word, no word of the protocol, counts that agree.

The sentences come from the sources (`speech.py`), so one that no story reaches counts as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest

from as_server.signing_in import proof_by_password
from patient_portal.policies.sentences import home_sentences
from tests.speech import CLINIC, PATIENT, STAGE, VALUE, Said, everything, of_module, of_template
from tests.world import World

FACES = (PATIENT, CLINIC, STAGE)

OLD: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # fault, what is not said any more, by whom
    ("C1", r"Go to the first page|did not accept this", FACES),
    ("C7", r"told that you tried|I do not say|They did not say", FACES),
    ("C10", r"\b[Rr](?:an|uns) out\b", (PATIENT, STAGE)),
    ("C12", r"Fill for me|come later|Everything but private", FACES),
    ("C13", r"old key|^You started sharing$|counted each time|%\(n\)s calls", FACES),
    ("C14", r"Will they see", FACES),
    ("C16", r"Backed by|people who run this|signed statement", FACES),
    ("C23", r"wants to act for you|Wait %?\S+ minutes|^Name or password", FACES),
    ("C24", r"It leads to \S+ \S+ at:|Take off my list|^Read$|Why you look|Look for newly", FACES),
    ("C27", r"None of your records has|may tell about this private topic", FACES),
    ("C29", r"^Open the link$|^Their link$|Give this link to", FACES),
    (
        "C20",
        r"Kinds affected|You asked for access until|^(?:rose|fell)$|\bfell from\b|\brose from\b",
        FACES,
    ),
    ("C4", r"Throw this draft away|^Go on$|It counts (?:at once|from now on)", (PATIENT, STAGE)),
    ("C5", r"^They (?:will|would|can) see\b|^They see$|^Their (?:key|app)\b", (PATIENT,)),
    ("C25", r"Nothing was (?:shared or )?changed\b", FACES),
)
"""By the fault that showed them."""

STILL_SAID = {
    "Go on": "a form's button of a clinic's link page, not a draft",
    "Nothing was shared or changed.": "what_happened.py, which knows",
    "Nothing was changed now.": "a request that was answered before, which the service said",
    "Nothing was changed": "the demo's reset, which had not begun",
}

PROTOCOL = re.compile(
    r"\b(?:scopes?|tokens?|RPT|PAT|PCT|tickets?|resources?|polic(?:y|ies)|clients?|servers?|claims?|"
    r"authori[sz]ation|revoke[ds]?|UMA|OAuth|OpenID|FHIR|HEART|requesting part(?:y|ies)|API|URL|"
    r"JSON|grants?|endpoints?|bearer|introspect\w*|redirects?)\b",
    re.IGNORECASE,
)
MAY_BE_SAID = {
    "Claim": "a type of record, in the table of kinds",
    "heart rate": "what it means everywhere else",
    f"my-records-{VALUE}.json": "a file's name",
    "openid profile uma_policy owner offline_access": "asked of the sharing service, never shown",
}
EMERGENCY = re.compile(r"emergenc", re.IGNORECASE)

COUNTED = re.compile(rf"(?:%\(\w+\)s|{VALUE}) (?P<more>more |private )?(?P<noun>[a-z]+s)\b")
VERBS = frozenset(
    "is has was does sees asks opens names says gave wants answers shares stops invites".split()  # noqa: SIM905
)
ONE_OR_NOT = {
    "%(who)s can see %(n)s of your %(total)s records.": "a part of a whole",
    "%(who)s can see %(n)s of your %(total)s records now.": "a part of a whole",
    "%(who)s sees %(was)s of your %(total)s records now. After the change it will be %(will)s. "
    "Nothing changes until you press “Save the change”.": "a part of a whole",
    "You said yes on %(day)s to %(n)s of %(total)s kinds: %(kinds)s.": "some of two at least",
    "opened %(n)s times": "said from two on",
    "%(n)s requests are waiting for you": "of one the page says: 1 person",
    "Make the note shorter: up to %(n)s characters.": "always the same number",
    "Yes to %(n)s of %(total)s kinds": "some of two at least",
    "%(who)s said yes to %(n)s of %(total)s kinds": "some of two at least",
    "%(n)s readings, %(first)s to %(last)s.": "a figure has two at least",
    "This page checks by itself. The next check is in %(n)s seconds.": "ten at least",
    "The staff of the clinic will read this. Up to %(n)s characters.": "always the same number",
    "%(who)s will read this as you write it. Up to %(n)s characters.": "always the same number",
}


def _where(found: Iterable[Said]) -> list[str]:
    return [f"{one.where}: {one.words}" for one in found]


def old_words(said: Iterable[Said], pattern: str, faces: tuple[str, ...]) -> list[Said]:
    """What still speaks as it did."""
    old = re.compile(pattern)
    return [
        s for s in said if s.face in faces and old.search(s.words) and s.words not in STILL_SAID
    ]


def protocol_words(said: Iterable[Said]) -> list[Said]:
    """What speaks to patients in words of the protocol."""
    return [
        s
        for s in said
        if s.face == PATIENT and PROTOCOL.search(s.words) and s.words not in MAY_BE_SAID
    ]


def miscounted(said: Iterable[Said]) -> list[Said]:
    """Numbers with a noun in the plural, where the same file has no words for one."""
    every = list(said)
    found = []
    for one in every:
        match = COUNTED.search(one.words)
        if match is None or match["noun"] in VERBS or one.words in ONE_OR_NOT:
            continue
        single = f"1 {match['more'] or ''}{_singular(match['noun'])}"
        if not any(single in other.words for other in every if other.where == one.where):
            found.append(one)
    return found


def _singular(noun: str) -> str:
    return f"{noun[:-3]}y" if noun.endswith("ies") else noun[:-1]


@pytest.mark.parametrize(
    ("pattern", "faces"),
    [pytest.param(*rest, marks=pytest.mark.fault(fault), id=fault) for fault, *rest in OLD],
)
def test_no_page_speaks_as_it_did(pattern: str, faces: tuple[str, ...]) -> None:
    assert _where(old_words(everything(), pattern, faces)) == []


def test_no_word_of_the_protocol_reaches_a_patient() -> None:
    assert _where(protocol_words(everything())) == []


def test_no_page_speaks_of_emergencies_while_there_is_no_access_in_one() -> None:
    assert _where(s for s in everything() if EMERGENCY.search(s.words)) == []


@pytest.mark.fault("C23")
def test_one_of_a_thing_is_not_spoken_of_as_many() -> None:
    assert _where(miscounted(everything())) == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_what_is_counted_agrees_with_its_number(count: int) -> None:
    many = " ".join(home_sentences(count, count, count))
    assert ("1 " in many) == (count == 1)
    assert not re.search(
        r"\b1 (?:people|shares|records)\b|\b(?:0|2) (?:person|share|record)\b", many
    )
    assert proof_by_password.minutes(count * 60) == ("2 minutes" if count == 2 else "1 minute")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("words") / "world")


@pytest.mark.fault("C16")
@pytest.mark.parametrize(
    ("service", "name"),
    [("as", "Sharing service"), ("portal", "My Health Sharing"), ("requester", "Clinic app")],
)
def test_a_page_that_is_not_there_says_whose_it_is(world: World, service: str, name: str) -> None:
    page = world.apps[service].test_client().get("/nope", headers={"Accept": "text/html"})
    brand = re.search(r'<a class="brand".*?</a>', page.text, re.DOTALL)
    assert page.status_code == 404
    assert re.search(rf"<title>[^<]+ - {name}</title>", page.text)
    assert brand is not None and brand[0].endswith(f"{name}</a>")
    assert "None" not in re.sub(r"<[^>]*>", " ", page.text)


def test_there_is_no_exception_for_what_is_not_said() -> None:
    said = {one.words for one in everything()}
    spare = [words for words in (*STILL_SAID, *MAY_BE_SAID, *ONE_OR_NOT) if words not in said]
    assert spare == []


def test_the_reading_misses_nobody() -> None:
    said = everything()
    assert {one.face for one in said} == set(FACES)
    assert len({one.where for one in said}) > 90
    for words in ("Sign-in name", "My records", "Who looked at your records", "My patients"):
        assert any(one.words == words for one in said), words


SEEDS: tuple[tuple[Callable[[Iterable[Said]], list[Said]], str], ...] = (
    (lambda said: old_words(said, OLD[0][1], FACES), "<p>{{ _('Go to the first page') }}</p>"),
    (lambda said: old_words(said, "^They see", FACES), "<h2>They see</h2>"),
    (lambda said: old_words(said, "Fill for", FACES), '<p aria-label="Fill for me">x</p>'),
    (protocol_words, "<p>{{ _('Your policy was revoked') if x else _('Saved') }}</p>"),
    (protocol_words, "<p>Your <b>token</b> is old</p>"),
    (miscounted, "<p>{{ _('Wait %(n)s minutes', n=n) }}</p>"),
    (miscounted, "<p>You have {{ n }} records</p>"),
)


@pytest.mark.parametrize(("reading", "template"), SEEDS)
def test_a_seeded_word_is_found(
    reading: Callable[[Iterable[Said]], list[Said]], template: str
) -> None:
    assert reading(of_template(template, PATIENT, "seed.html"))


def test_a_seeded_word_of_a_module_is_found_and_its_comments_are_not() -> None:
    source = '"""A policy."""\nlog.warning("the token is old")\nWORDS = f"Wait {n} minutes"\n'
    said = list(of_module(source, PATIENT, "seed.py"))
    assert protocol_words(said) == [] and len(miscounted(said)) == 1
    assert protocol_words(of_module('WORDS = _("Your ticket")', PATIENT, "seed.py"))
