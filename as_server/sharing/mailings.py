"""Telling owners by mail what their notices say: taken, read, sent, settled, each in turn.

A mail is about all that is new since the last one. Its sender takes the owner's row, so that of two
workers one sends; what was not taken by the mail server is tried again, each time twice as late,
and given up in the end: the notice itself stays. A sender that dies between sending and settling
makes the same mail twice, under the same Message-ID.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

from as_server.models import account as accounts
from as_server.models import notice, notice_choice, notice_mail
from as_server.models.notice_mail import NEVER, NoticeMail
from as_server.settings import AsSettings
from as_server.sharing import notice_letter, notices, share_ends
from as_server.sharing.mail_carrier import Carrier, NotSent
from as_server.sharing.retries import Retries
from as_server.work import Work

DAY = 86_400
LEASE = 120
GAP = 900
"""Seconds between two mails to one owner: what comes meanwhile is told in the next."""
SETTLED = 3
"""Seconds after which a line is told of: lines of one owner may be committed out of turn."""
FIRST_RETRY, LONGEST_RETRY, MOST_ATTEMPTS = 60, 21_600, 12
EVERY = 15.0
log = logging.getLogger("as_server")


class Mailings:
    """The sender of one application."""

    def __init__(
        self, settings: AsSettings, carrier: Carrier, new_work: Callable[[], Work]
    ) -> None:
        self._settings, self._carrier, self._new_work = settings, carrier, new_work
        self.retries = Retries(self.send_due, self.goes_on, every=EVERY)

    def goes_on(self) -> bool:
        """There is always another day."""
        return True

    def send_due(self) -> None:
        """Tell whoever has something to be told."""
        work = self._new_work()
        try:
            with work.reading() as connection:
                owners = notice_mail.due(connection, work.now)
        finally:
            work.close()
        for owner in owners:
            self._send(owner)

    def _send(self, owner: str) -> None:
        work = self._new_work()
        try:
            row = notice_mail.take(work.db, owner, work.now, work.now + LEASE)
            work.commit()
            if row is None:
                return
            about, after = _news(work, row)
            account = accounts.by_key(work.db, owner)
            to = account.email if account is not None and account.email_verified else None
            # Nothing is open while the mail server thinks.
            work.commit()
            if about and to is not None and notice_letter.is_address(to):
                after |= self._handed_in(work, row, to, about)
            notice_mail.settle(work.db, row, **after)
            work.commit()
        finally:
            work.close()

    def _handed_in(self, work: Work, row: NoticeMail, to: str, about: set[str]) -> dict[str, Any]:
        """How the row goes on after this try."""
        said = f"{row.owner} {row.told_line} {row.told_at} {row.daily_line}"
        number = hashlib.sha256(said.encode()).hexdigest()[:32]
        settings = self._settings
        letter = notice_letter.letter(
            to, settings.mail_from, settings.portal_url, about, number=number, now=work.now
        )
        try:
            self._carrier.send(letter)
        except NotSent as error:
            return _after_failure(row, work.now, error)
        return {"next_at": work.now + GAP, "attempts": 0}


def of(settings: AsSettings, new_work: Callable[[], Work]) -> Mailings | None:
    """The sender that the settings name; ValueError for settings that name none that works."""
    if settings.smtp_url is None or not settings.smtp_url.get_secret_value():
        return None
    if not notice_letter.is_address(settings.mail_from):
        raise ValueError("AS_MAIL_FROM must be a mail address where AS_SMTP_URL is set")
    return Mailings(settings, Carrier.of(settings.smtp_url.get_secret_value()), new_work)


def _after_failure(row: NoticeMail, now: int, error: NotSent) -> dict[str, Any]:
    if row.attempts + 1 >= MOST_ATTEMPTS:
        log.warning("a mail about notices was given up: %s", error)
        return {"attempts": 0, "next_at": now + GAP}
    log.warning("a mail about notices waits: %s", error)
    wait = min(FIRST_RETRY * 2**row.attempts, LONGEST_RETRY)
    kept = ("told_line", "told_at", "daily_line", "daily_at")
    before = {name: getattr(row, name) for name in kept}
    return {**before, "due_at": now, "attempts": row.attempts + 1, "next_at": now + wait}


def _news(work: Work, row: NoticeMail) -> tuple[set[str], dict[str, Any]]:
    """What is new for her by subject, and how her row goes on once she was told."""
    db, owner, settled = work.db, row.owner, work.now - SETTLED
    chosen = notice_choice.of_owner(db, owner)
    told = notice.of_owner(
        db, owner, notices.wanted(chosen), looks=chosen.looks, before=None, most=100
    )
    new = [one for one in told if one.line > min(row.told_line, row.daily_line)]
    ready = [one for one in new if one.at <= settled]
    is_day = work.now >= row.daily_at + DAY
    daily = [one for one in ready if _is_daily(one, chosen) and one.line > row.daily_line]
    about = {one.about for one in ready if not _is_daily(one, chosen) and one.line > row.told_line}
    about |= {one.about for one in daily if is_day}
    shares = notices.shares(db, owner)
    if chosen.decisions == "on":
        ends = share_ends.of_shares(shares, work.now)
        about |= {"decisions" for end in ends if end.at > row.told_at}
    newest = notice_mail.newest_line(db, owner, settled)
    due = share_ends.next_after(shares, work.now) or NEVER
    after: dict[str, Any] = {"told_line": max(newest, row.told_line), "told_at": work.now}
    if is_day or not daily:
        after |= {"daily_line": after["told_line"]} | ({"daily_at": work.now} if daily else {})
    else:
        due = min(due, row.daily_at + DAY)
    return about, {**after, "due_at": due, "attempts": 0}


def _is_daily(told: notice.Told, chosen: notice_choice.NoticeChoice) -> bool:
    return told.about == "looks" and chosen.looks == "daily"
