"""The people of the demo, and the sharing rules that stand when it starts."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from heart_ui.words import N_

PASSWORD = "demo"  # noqa: S105 - printed on the stage; the demo has no secret people
OWNER = "alice"

CEDAR_VALLEY = "Cedar Valley Family Practice"
HARBOR_COUNSELING = "Harbor Counseling"
LAKESIDE = "Lakeside Endocrine Clinic"
STUDY = "River State Diabetes Study"
QUICKMED = "QuickMed Offers"


@dataclass(frozen=True)
class Person:
    """Someone with a login; `app` is where they work, `can` is what the stage says about them."""

    login: str
    name: str
    app: Literal["portal", "requester"]
    role: str
    role_code: str
    can: str
    organization: str = ""
    place: str = ""
    clinician: bool = False
    listed: bool = False
    checked_by: str | None = None

    @property
    def email(self) -> str:
        return f"{self.login}@example.org"


CAST: tuple[Person, ...] = (
    Person(
        OWNER,
        "Alice Moreno",
        "portal",
        "Patient",
        "patient",
        N_("Owns 169 records in three places and decides who sees them."),
        place="Cedar Valley",
    ),
    Person(
        "bob",
        "Dr. Bob Chen",
        "requester",
        "Family doctor",
        "family_doctor",
        N_("Sees all but mental health, alcohol and hidden records: 159 of 169."),
        organization=CEDAR_VALLEY,
        place="Cedar Valley",
        clinician=True,
        listed=True,
        checked_by="Oregon Medical Board (made up)",
    ),
    Person(
        "priya",
        "Dr. Priya Nair",
        "requester",
        "Diabetes specialist",
        "specialist",
        N_("Sees nothing yet; she can ask Alice."),
        organization=LAKESIDE,
        place="Lakeside",
        clinician=True,
        listed=True,
        checked_by="Oregon Medical Board (made up)",
    ),
    Person(
        "dana",
        "Dana Fox, LCSW",
        "requester",
        "Counselor",
        "counselor",
        N_("Sees five kinds, with mental health and alcohol: 32 of 169."),
        organization=HARBOR_COUNSELING,
        place="Harbor Point",
        clinician=True,
        listed=True,
        checked_by="Oregon Board of Social Workers (made up)",
    ),
    Person(
        "sam",
        "Sam Carter",
        "requester",
        "Husband",
        "family",
        N_("Helps day to day: 23 of 169."),
        place="Cedar Valley",
    ),
    Person(
        "ines",
        "Dr. Ines Duarte",
        "requester",
        "Researcher",
        "researcher",
        N_("Her study is paused: 0 now, 120 when Alice turns it on."),
        organization=STUDY,
        place="River State",
        listed=True,
        checked_by="River State University (made up)",
    ),
    Person(
        "vic",
        "V. Stone",
        "requester",
        "Sales",
        "sales",
        N_("A stranger Alice has shut out: 0, and no request reaches her."),
        organization=QUICKMED,
        place="Elsewhere",
    ),
)
BY_LOGIN: Mapping[str, Person] = {person.login: person for person in CAST}

# Who has a share when the demo starts: the link Alice gave them is already in their app, with
# the purpose for which they open it.
WITH_A_LINK: Mapping[str, str] = {
    "bob": "TREAT",
    "dana": "TREAT",
    "sam": "FAMRQT",
    "ines": "HRESCH",
}


# Told in one line that holds for everyone, so that it gives nothing away.
NEUTRAL: dict[str, Any] = {"level": "neutral", "note": None}


def _policy(name: str, detail: str, who: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "id": secrets.token_urlsafe(24),
        "version": 0,
        "state": "on",
        "effect": "permit",
        "ask_me": False,
        "who": who,
        "what": what(everything=True),
        "why": ["TREAT"],
        "when": {"from": None, "until": None},
        "paused_until": None,
        "tell": {"level": "kinds", "note": None},
        "label": {"name": name, "detail": detail},
    } | members


def what(
    *, everything: bool = False, kinds: tuple[str, ...] = (), topics: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "everything": everything,
        "kinds": list(kinds),
        "topics": list(topics),
        "records": {"include": [], "exclude": []},
        "since": None,
        "until": None,
        "write": False,
    }


def _ends(now: datetime, days: int) -> dict[str, Any]:
    end = (now + timedelta(days=days)).replace(microsecond=0)
    return {"from": None, "until": end.isoformat().replace("+00:00", "Z")}


def _person(login: str, keys: Mapping[str, str], **members: Any) -> dict[str, Any]:
    person = BY_LOGIN[login]
    detail = ", ".join(filter(None, (person.role, person.organization)))
    return _policy(person.name, detail, {"person": keys[login]}, **members)


def standing_policies(keys: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """Alice's rules on the seeding day; `keys` are the account keys her directory search found."""
    family = ("about", "conditions", "medicines", "allergies", "visits")
    counselor = ("about", "conditions", "medicines", "visits", "documents")
    all_but = what(everything=True, topics=("GDIS",))
    return [
        _person("bob", keys, what=all_but, when=_ends(now, 190)),
        _person(
            "dana", keys, what=what(kinds=counselor, topics=("ETH", "PSY")), when=_ends(now, 90)
        ),
        _person("sam", keys, what=what(kinds=family), why=["FAMRQT"], tell=NEUTRAL),
        _policy(
            STUDY,
            "Research team",
            {"organization": STUDY},
            state="paused",
            what=what(kinds=("results", "vitals")),
            why=["HRESCH"],
            when=_ends(now, 331),
            tell=NEUTRAL,
        ),
        _policy("Anyone else", "Ask me first", {"anyone": True}, ask_me=True, why=[], tell=NEUTRAL),
        _person("vic", keys, effect="deny", why=[], tell=NEUTRAL),
    ]
