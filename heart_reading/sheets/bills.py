"""PURE: claims, what was paid, insurance (R4 Claim, ExplanationOfBenefit, Coverage)."""

from __future__ import annotations

from typing import Any

from heart_reading.dates import when
from heart_reading.measures import money
from heart_reading.names import of_all, reference
from heart_reading.sheets.sheet import Known, Part, Said, facts
from heart_reading.spans_of_time import period
from heart_reading.words import Resource, concept, concepts, items, part, text
from heart_ui.words import gettext as _


def bill(r: Resource, known: Known) -> Said:
    totals = items(r.get("total"))
    whole = money(totals[0]) if totals and "value" in totals[0] else ""
    sums = [(concept(one.get("category")), money(one.get("amount"))) for one in totals]
    paid = money(part(r.get("payment"), "amount"))
    whole = whole or next((amount for _what, amount in sums if amount), "") or paid
    insurer = next(iter(items(r.get("insurance"))), {})
    lines = tuple(filter(None, (_item(one) for one in items(r.get("item")))))
    kind = concept(r.get("type"))
    is_benefit = r.get("resourceType") == "ExplanationOfBenefit"
    named = _("What the insurance paid") if is_benefit else _("Bill")
    first = next((one.name for one in lines), "")
    return Said(
        title=first or named,
        value=whole,
        date=when(r, "billablePeriod", "created"),
        facts=facts(
            (_("Kind"), [named, kind]),
            (_("Total"), whole),
            *((what, amount) for what, amount in sums),
            (_("Paid"), paid),
            (_("When"), period(r.get("billablePeriod"))),
            (_("From"), reference(r.get("provider"), known, r)),
            (_("Insurance"), [reference(r.get("insurer"), known, r),
                              reference(insurer.get("coverage"), known, r)]),
            (_("Outcome"), text(r.get("disposition"))),
            (_("For"), [_diagnosis(one, known, r) for one in items(r.get("diagnosis"))]),
        ),
        parts=lines,
    )  # fmt: skip


def _item(one: Resource) -> Part | None:
    named = concept(one.get("productOrService"))
    return Part(named, money(one.get("net")) or money(one.get("unitPrice"))) if named else None


def _diagnosis(one: Resource, known: Known, inside: Resource) -> str:
    return concept(one.get("diagnosisCodeableConcept")) or reference(
        one.get("diagnosisReference"), known, inside
    )


def coverage(r: Resource, known: Known) -> Said:
    payor = of_all(r.get("payor"), known, r)
    classes = [_class(one) for one in items(r.get("class"))]
    return Said(
        title=concept(r.get("type")) or payor or _("Insurance"),
        value=payor,
        date=when(r, "period"),
        facts=facts(
            (_("Insurance"), payor),
            (_("Valid"), period(r.get("period"))),
            (_("Member number"), text(r.get("subscriberId"))),
            (_("Whose insurance"), concept(r.get("relationship"))),
            (_("Plan"), classes),
            (_("What you pay"), concepts([one.get("type") for one in items(_shares(r))])),
        ),
    )


def _class(one: Resource) -> str:
    return text(one.get("name")) or " ".join(
        filter(None, (concept(one.get("type")), text(one.get("value"))))
    )


def _shares(r: Resource) -> Any:
    return r.get("costToBeneficiary")
