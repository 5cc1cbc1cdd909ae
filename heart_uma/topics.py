"""Private topics: closures over sensitivity codes. Who may see one may see every code it covers.

Bit numbers are stored in databases: append, never renumber.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A private topic as the patient meets it, and what it means on the wire.

    `bit` is its place in the mask (1..59), `code` its key in policies, `name` its plain name,
    `covers` the ActCode sensitivity codes of its closure, `scope` the HEART scope that lifts it.
    """

    bit: int
    code: str
    name: str
    covers: frozenset[str]
    scope: str


def _topic(bit: int, code: str, name: str, *more: str) -> Topic:
    return Topic(bit, code, name, frozenset({code, *more}), f"sens/{code}")


TOPICS: tuple[Topic, ...] = (
    _topic(1, "ETH", "Alcohol and drug use", "SUD", "ETHUD", "OPIOIDUD", "SPI"),
    _topic(2, "PSY", "Mental health", "MH", "BH", "EMOTDIS", "SUICIDE"),
    _topic(3, "PSYTHPN", "Therapy session notes"),
    _topic(4, "HIV", "HIV"),
    _topic(5, "SEX", "Sexual and reproductive health", "PREGNANT", "ABORTION"),
    _topic(6, "STD", "Sexually transmitted infections"),
    _topic(7, "SDV", "Violence or abuse"),
    _topic(8, "GDIS", "Genetics"),
    _topic(9, "SCA", "Sickle cell", "SICKLE"),
    _topic(10, "ADOL", "Teen private care"),
    _topic(11, "SOC", "Social services"),
    Topic(12, "private", "Marked private by the clinic", frozenset(), "conf/R"),
    Topic(13, "secret", "Marked secret by the clinic", frozenset(), "conf/V"),
    _topic(14, "COGN", "Memory and thinking"),
    _topic(15, "DVD", "Developmental conditions"),
    _topic(16, "TBOO", "Sensitive for me", "TABOO"),
    _topic(17, "VIO", "Violence by others", "MST"),
    _topic(18, "DEMO", "All personal details"),
    _topic(19, "DOB", "Date of birth"),
    _topic(20, "GENDER", "Gender and orientation"),
    _topic(21, "LIVARG", "Living arrangement"),
    _topic(22, "MARST", "Marital status"),
    _topic(23, "RACE", "Race"),
    _topic(24, "REL", "Religion"),
    _topic(25, "B", "Business details"),
    _topic(26, "EMPL", "Employer"),
    _topic(27, "LOCIS", "Location"),
    _topic(28, "SSP", "Sensitive care provider"),
    _topic(29, "CEL", "Well-known person", "VIP"),
    _topic(30, "DIA", "Diagnosis", "DIAG"),
    _topic(31, "DRGIS", "Medicine details"),
    _topic(32, "EMP", "Staff member"),
    _topic(33, "PHY", "Physician details", "PRS"),
)
RESTRICTED = next(topic for topic in TOPICS if topic.code == "private")
VERY_RESTRICTED = next(topic for topic in TOPICS if topic.code == "secret")
TOPIC_BY_CODE: Mapping[str, Topic] = {topic.code: topic for topic in TOPICS}
SENSITIVE_TOPICS: tuple[str, ...] = (
    "ETH",
    "PSY",
    "HIV",
    "SEX",
    "STD",
    "SDV",
    "GDIS",
    "SCA",
    "ADOL",
)
"""Topics a patient is always shown when she asks for all of them."""


def label_scopes() -> tuple[str, ...]:
    """Every label scope, the same for every resource of every patient."""
    return ("conf/N", *(topic.scope for topic in sorted(TOPICS, key=lambda t: t.scope)))
