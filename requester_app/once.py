"""A form counts once: sent again, it leads to the page that the first one led to."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from heart_ground.one_time_form import OneTimeForms, StillBeingDone
from heart_ui.words import N_
from requester_app.browser import browser
from requester_app.context import current_requester
from requester_app.errors import PlainError
from requester_app.models.form import UsedForm

STILL = N_("This was sent already and is still being done. Look at your lists in a minute.")


_FORM_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
View = TypeVar("View", bound=Callable[..., Any])


def one_time(view: View) -> View:
    """A form counts once: sent again, it leads to the page that the first one led to."""

    @functools.wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        sent = request.form.get("form_id", "")
        if not _FORM_ID.fullmatch(sent):
            raise PlainError(400)
        means = current_requester.means
        presses = OneTimeForms(means.engine, UsedForm)
        key = {"form_id": sent, "person": browser().person}
        if presses.claim(key, means.now()):
            return presses.carry_out(key, lambda: view(*args, **kwargs), _result)
        try:
            # A first press that failed was given back: the form may be sent again from there.
            return redirect(presses.result(key) or "/?undone=1", 303)
        except StillBeingDone as error:
            raise PlainError(409, STILL, N_("Still being done")) from error

    return cast(View, once)


def _result(answer: Any) -> Mapping[str, str] | None:
    """Where a form led; None for an answer on the spot, which may be sent again."""
    if isinstance(answer, AnyResponse) and answer.status_code == 303:
        return {"result": answer.headers["Location"]}
    return None
