"""One form, one effect: the second submit of a form is led to the result of the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine, update

from heart_ground.browser import hash_of
from heart_ground.one_time_form import OneTimeForms, StillBeingDone, new_id
from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.db import reading, writing
from patient_portal.errors import FirstPressUnknown
from patient_portal.models.submitted_form import SubmittedForm

Sent = Sequence[tuple[str, Sequence[str]]]
Action = Callable[[], tuple[str, dict[str, Any]]]
FORMS = SubmittedForm.__table__  # type: ignore[attr-defined]
NOT_CHOSEN = ("csrf_token", "form_id")


class Forms:
    """The forms of one person; what is remembered of them is sealed with `secret`."""

    def __init__(self, engine: Engine, secret: str, subject: str, now: int) -> None:
        self._engine, self._secret, self._subject, self._now = engine, secret, subject, now
        self._presses = OneTimeForms(engine, SubmittedForm)

    def run(self, form_id: str, sent: Sent, action: Action) -> str:
        """Carry out `action` once for a form; the address of the page to go to.

        `action` answers the address of the result page and what that page needs to remember
        (`outcome`). A submit that comes while the first is under way waits for it; if the first
        failed, the form may be sent again. Other choices on the same page are not the same press.
        """
        chosen = sorted((name, list(values)) for name, values in sent if name not in NOT_CHOSEN)
        id_hash = hash_of(f"{self._subject} {form_id or new_id()} {chosen}")
        key = {"id_hash": id_hash}
        if self._presses.claim(key, self._now, subject=self._subject, sealed=""):
            return self._presses.carry_out(
                key, lambda: self._led_to(id_hash, *action()), lambda kept: kept
            )["result"]
        try:
            first = self._presses.result(key)
        except StillBeingDone as error:
            raise FirstPressUnknown from error
        if first is None:
            raise FirstPressUnknown
        return first

    def _led_to(self, id_hash: str, page: str, remembered: dict[str, Any]) -> dict[str, str]:
        if remembered:
            page = f"{page}{'&' if '?' in page else '?'}form={id_hash}"
        return {"result": page, "sealed": seal(self._secret, remembered)}

    def forget(self, id_hash: str, name: str) -> None:
        """From now on one thing that an action remembered is remembered no more."""
        left = {key: value for key, value in self.outcome(id_hash).items() if key != name}
        mine = (FORMS.c.id_hash == id_hash, FORMS.c.subject == self._subject)
        with writing(self._engine) as db:
            db.execute(update(FORMS).where(*mine).values(sealed=seal(self._secret, left)))

    def outcome(self, id_hash: str) -> dict[str, Any]:
        """What the action of a form remembered, for this person only."""
        with reading(self._engine) as db:
            row = db.get(SubmittedForm, id_hash)
        if row is None or row.subject != self._subject or not row.sealed:
            return {}
        try:
            return open_sealed(self._secret, row.sealed)
        except SealError:
            return {}  # the secret was changed meanwhile
