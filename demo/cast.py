"""The people of the demo, and the sharing rules that stand when it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
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
