"""What every template may write: dates and times, names in plain words, a policy as sentences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from jinja2 import pass_context

from heart_ui.words import gettext as _
from patient_portal.context import current_portal
from patient_portal.policies import dates, held_words, names, sentences
from patient_portal.policies.policy import Policy
from patient_portal.visit import this_visit


def register(app: Flask) -> None:
    app.add_template_filter(_day, "day")
    app.add_template_filter(_clock, "clock")
    app.add_template_filter(_clock_seconds, "clock_seconds")
    app.add_template_filter(dates.plain_day, "plain_day")
    app.add_template_filter(_translated(names.kind_name), "kind_name")
    app.add_template_filter(_translated(names.topic_name), "topic_name")
    app.add_template_filter(_translated(names.purpose_name), "purpose_name")
    app.add_template_filter(_listed, "listed")
    app.add_template_global(_what, "what_sentences")
    app.add_template_global(sentences.told_sentence, "told_sentence")
    app.add_template_global(sentences.why_words, "why_words")
    app.add_template_global(held_words.held_words, "held_words")
    app.add_template_global(held_words.because_words, "because_words")
    app.add_template_global(_until, "until_sentence")


def _day(moment: datetime | None) -> str:
    return dates.day(moment, current_portal.zone)


def _clock(moment: datetime | None) -> str:
    return dates.clock(moment, current_portal.zone)


def _clock_seconds(moment: datetime | None) -> str:
    return dates.clock(moment, current_portal.zone, seconds=True)


def _what(policy: Policy) -> list[str]:
    # Her clinics are asked for only where a rule speaks of some of them.
    linked = this_visit().service.records() if policy.what.places else []
    return sentences.what_sentences(policy, {one.record: one.rs for one in linked})


def _until(policy: Policy) -> str:
    return sentences.until_sentence(policy, current_portal.zone)


def _translated(name: Any) -> Any:
    # By the context: a name that stands in a template would be translated once, and for everybody.
    return pass_context(lambda _page, code: _(name(code)))


def _listed(words: list[str]) -> str:
    return names.listed(words)
