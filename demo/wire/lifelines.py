"""The parties of a diagram, from the owner at the left to who asks at the right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo.wire.arrows import Arrow
from demo.wire.crossing import BROWSER, ELSEWHERE


@dataclass(frozen=True, slots=True)
class Lifeline:
    """`name` is what the demo calls the party, `role` what the specifications do."""

    key: str
    name: str
    role: str
    colour: str


LIFELINES: tuple[Lifeline, ...] = (
    Lifeline("owner", "Alice", "resource owner", "#58348f"),
    Lifeline("portal", "Patient portal", "resource owner's app", "#58348f"),
    Lifeline("as", "Sharing service", "authorization server", "#17603a"),
    Lifeline("cedar", "Cedar Valley", "resource server", "#0a5566"),
    Lifeline("harbor", "Harbor Counseling", "resource server", "#0a5566"),
    Lifeline("home", "Home devices", "resource server", "#0a5566"),
    Lifeline("requester", "Clinic app", "client", "#8a3a12"),
    Lifeline("party", "Who asks", "requesting party", "#445058"),
    Lifeline(BROWSER, "Not known who", "a browser or a program", "#445058"),
    Lifeline(ELSEWHERE, "Somebody else", "not of this demo", "#445058"),
)
BY_KEY = {one.key: one for one in LIFELINES}


def taking_part(arrows: Iterable[Arrow]) -> list[Lifeline]:
    """Those that sent or received one of these messages."""
    found = {key for arrow in arrows for key in (arrow.sender, arrow.receiver)}
    return [one for one in LIFELINES if one.key in found]
