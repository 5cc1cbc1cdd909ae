"""PURE: what a person filled in to ask, what is missing in it, and what the patient reads of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from heart_ui.words import gettext as _
from requester_app.wording import ASK_PURPOSES, ASKABLE_KINDS, LENGTHS, TOPICS

OWN_WORDS = 280
"""Characters a patient is given to read."""


_TOPIC_WORDS = " About the private topic: "


@dataclass(frozen=True, slots=True)
class AskAnswers:
    """What a person filled in on the ask page, not yet checked."""

    kinds: tuple[str, ...] = ()
    wants_topics: bool = False
    topics: tuple[str, ...] = ()
    topic_words: str = ""
    purpose: str = ""
    words: str = ""
    length: str = ""

    @property
    def reason(self) -> str:
        """The text the patient reads: own words, then why a private topic is needed."""
        words = " ".join(self.words.split())
        more = " ".join(self.topic_words.split()) if self.wants_topics else ""
        return f"{words}{_TOPIC_WORDS}{more}" if more else words

    @property
    def asked_topics(self) -> tuple[str, ...]:
        """The topics, none unless the block was opened on purpose."""
        return self.topics if self.wants_topics else ()


def as_asked(
    kinds: Iterable[str], topics: Iterable[str], purpose: str, reason: str, lasting: timedelta
) -> AskAnswers:
    """An earlier request as answers to start from, so that less or more is a tick away."""
    words, _about, topic_words = reason.partition(_TOPIC_WORDS)
    length = next((key for key, (_words, days) in LENGTHS.items() if lasting.days <= days), "")
    chosen = tuple(topics)
    return AskAnswers(
        kinds=tuple(kind for kind in kinds if kind in ASKABLE_KINDS),
        wants_topics=bool(chosen),
        topics=chosen,
        topic_words=topic_words,
        purpose=purpose,
        words=words,
        length=length,
    )


def problems(answers: AskAnswers) -> dict[str, str]:
    """What is missing or wrong, by field; empty when the ask can be sent."""
    found: dict[str, str] = {}
    if not answers.kinds or set(answers.kinds) - set(ASKABLE_KINDS):
        found["kind"] = _("Pick at least one kind of record.")
    if answers.wants_topics and (not answers.topics or set(answers.topics) - set(TOPICS)):
        found["topic"] = _("Pick the private topic you need, or untick the box above.")
    if answers.wants_topics and not answers.topic_words.strip():
        found["topicwords"] = _("Say why you need a private topic.")
    if answers.purpose not in ASK_PURPOSES:
        found["purpose"] = _("Pick why you need these records.")
    if not answers.words.strip():
        found["words"] = _("Say in your own words why you ask. The patient reads this.")
    elif len(answers.reason) > OWN_WORDS:
        over = len(answers.reason) - OWN_WORDS
        found["words"] = _("Make your words shorter: take out %(n)s or more characters.", n=over)
    if answers.length not in LENGTHS:
        found["length"] = _("Pick for how long you need them.")
    return found
