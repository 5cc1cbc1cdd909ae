"""PURE: the answers to a questionnaire, each with its question (R4 QuestionnaireResponse)."""

from __future__ import annotations

from collections.abc import Iterator

from heart_reading.any_value import chosen
from heart_reading.dates import when
from heart_reading.names import reference
from heart_reading.sheets.sheet import Known, Part, Said, facts
from heart_reading.words import Resource, items, part, text
from heart_ui.words import gettext as _

DEEPEST = 12
"""Groups within groups that are looked into."""


def answers(r: Resource, known: Known) -> Said:
    parts = tuple(_parts(items(r.get("item")), DEEPEST))
    named = text(part(r.get("_questionnaire"), "display")) or _titled(r)
    return Said(
        title=named or _("Answers to questions"),
        value=_counted(len([one for one in parts if one.value])),
        date=when(r, "authored"),
        facts=facts(
            (_("Answered by"), reference(r.get("source"), known, r)),
            (_("Written down by"), reference(r.get("author"), known, r)),
        ),
        parts=parts,
    )


def _counted(given: int) -> str:
    return _("1 answer") if given == 1 else _("%(n)s answers", n=given) if given else ""


def _titled(r: Resource) -> str:
    """HL7's extension that keeps the title of the questionnaire beside its address."""
    beside = part(r.get("_questionnaire"), "extension")
    return next(filter(None, (text(one.get("valueString")) for one in items(beside))), "")


def _parts(many: list[Resource], left: int) -> Iterator[Part]:
    for one in many:
        question, given = text(one.get("text")), items(one.get("answer"))
        said = [chosen(each, "value") for each in given]
        if question or any(said):
            yield Part(question or _("Question"), "; ".join(filter(None, said)))
        if left:
            yield from _parts(items(one.get("item")), left - 1)
            for each in given:
                yield from _parts(items(each.get("item")), left - 1)
