"""What became of a request, in a word or two, as lists, its own page and the chart say it."""

from __future__ import annotations

from heart_ui.words import N_
from heart_ui.words import gettext as _
from heart_uma.outcomes import Said
from requester_app.models import ask as asks
from requester_app.models.ask import Ask

_ANSWERS = {
    asks.WAITING: (N_("Waiting"), "info"),
    asks.YES: (N_("Yes"), "ok"),
    asks.NO: (N_("No"), "warn"),
    asks.RAN_OUT: (N_("Expired"), ""),
    asks.WITHDRAWN: (N_("Withdrawn"), ""),
    asks.FACTS: (N_("More is needed"), "warn"),
    asks.FAILED: (N_("Not sent"), "danger"),
}


def answer_words(answer: str, said: Said, ask: Ask) -> tuple[str, str]:
    """Words and tone: a yes to some is no yes to all, and a refusal is no answer."""
    if answer == asks.YES and said.answer:
        given, asked = set(said.kinds), ask.kind_list
        part = len(given & set(asked))
        whole = part == len(asked)
        some = _("Yes to %(n)s of %(total)s kinds", n=part, total=len(asked))
        return _("Yes") if whole else some, "ok"
    if answer == asks.YES:
        return _("Shared with you"), "ok"
    if answer == asks.NO and said.answer != "no":
        return _("Not shared"), "warn"
    words, tone = _ANSWERS[answer]
    return _(words), tone
