"""PURE: documents, notes and messages in words (R4 DocumentReference, Composition, ...)."""

from __future__ import annotations

from heart_reading.dates import spoken, when
from heart_reading.markup_text import lines
from heart_reading.names import of_all, reference
from heart_reading.sheets.sheet import Known, Said, facts
from heart_reading.spans_of_time import period
from heart_reading.words import Resource, concept, concepts, items, part, text
from heart_ui.words import gettext as _


def document(r: Resource, known: Known) -> Said:
    context = next(iter(items(r.get("context"))), {})
    kind = concept(r.get("type")) or concepts(r.get("category"))
    titles = [text(part(one.get("attachment"), "title")) for one in items(r.get("content"))]
    named = text(r.get("description")) or kind or next(filter(None, titles), "")
    return Said(
        title=named or _("Document"),
        value=kind if kind != named else "",
        date=when(r, "date", "created") or when(context, "period"),
        facts=facts(
            (_("Kind of document"), [kind, concepts(r.get("category"))]),
            (_("Written by"), of_all(r.get("author"), known, r)),
            (_("Kept by"), reference(r.get("custodian"), known, r)),
            (_("About the time"), period(context.get("period"))),
            (_("Setting"), concept(context.get("practiceSetting"))),
        ),
    )


def composition(r: Resource, known: Known) -> Said:
    return Said(
        title=text(r.get("title")) or concept(r.get("type")),
        value=concept(r.get("type")),
        date=when(r, "date"),
        facts=facts((_("Written by"), of_all(r.get("author"), known, r))),
        texts=tuple(_sections(items(r.get("section")))),
    )


def _sections(many: list[Resource]) -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for one in many:
        head = text(one.get("title")) or concept(one.get("code")) or _("Note")
        found.append((head, tuple(lines(str(part(one.get("text"), "div") or "")))))
        found += _sections(items(one.get("section")))
    return [(head, words) for head, words in found if words]


def communication(r: Resource, known: Known) -> Said:
    told = [text(one.get("contentString")) for one in items(r.get("payload"))]
    said = " ".join(filter(None, told))
    return Said(
        title=concept(r.get("topic")) or concepts(r.get("category")) or _("Message"),
        value=said[:120],
        date=when(r, "sent", "received"),
        facts=facts(
            (_("From"), reference(r.get("sender"), known, r)),
            (_("To"), of_all(r.get("recipient"), known, r)),
            (_("Why"), concepts(r.get("reasonCode"))),
        ),
        texts=((_("Message"), tuple(filter(None, told))),) if said else (),
    )


def consent(r: Resource, known: Known) -> Said:
    provision = next(iter(items(r.get("provision"))), {})
    return Said(
        title=concepts(r.get("category")) or concept(r.get("scope")) or _("Consent"),
        value=concept(r.get("scope")),
        date=when(r, "dateTime"),
        facts=facts(
            (_("Agreed by"), of_all(r.get("performer"), known, r)),
            (_("Kept by"), of_all(r.get("organization"), known, r)),
            (_("Valid"), period(provision.get("period"))),
        ),
        well=False,
    )


def picture(r: Resource, known: Known) -> Said:
    titled = text(part(r.get("content"), "title"))
    return Said(
        title=titled or concept(r.get("type")) or concept(r.get("modality")) or _("Picture"),
        value=concept(r.get("view")),
        date=when(r, "createdDateTime", "createdPeriod", "issued"),
        facts=facts(
            (_("Where on the body"), concept(r.get("bodySite"))),
            (_("Why"), concepts(r.get("reasonCode"))),
            (_("Made with"), text(r.get("deviceName"))),
            (_("Made by"), reference(r.get("operator"), known, r)),
            (_("Put in the record"), spoken(text(r.get("issued")))),
        ),
    )
