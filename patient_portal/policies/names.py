"""PURE. The names of kinds, private topics and reasons, as a patient reads them, one or several."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from heart_ui.words import N_
from heart_ui.words import gettext as _
from heart_uma.kinds import KIND_NAMES, KINDS
from heart_uma.purposes import PURPOSES
from heart_uma.topics import TOPIC_BY_CODE


def kind_name(kind: str) -> str:
    return KIND_NAMES.get(kind, KIND_NAMES["other"])


def topic_name(code: str) -> str:
    topic = TOPIC_BY_CODE.get(code)
    return topic.name if topic else N_("A label we do not know")


def is_topic(code: str) -> bool:
    return code in TOPIC_BY_CODE


def purpose_name(code: str | None) -> str:
    return PURPOSES.get(code or "", N_("No reason given"))


def listed(words: Sequence[str]) -> str:
    """`A, B and C`."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s", first=", ".join(words[:-1]), last=words[-1])


def in_order(kinds: Collection[str]) -> tuple[str, ...]:
    """Known kinds, once each, in the order people see them."""
    return tuple(key for key, _ in KINDS if key in kinds)
