"""PURE. The mail that says that there are notices: not whose, from whom, or of what.

Mail is read by others on the way, and on shared telephones: it names no person, no kind of record,
no clinic and no token, and is the same for everybody. It is written in every language there is,
since nobody here knows which one she reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from heart_ui import words
from heart_ui.words import N_
from heart_ui.words import gettext as _

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
"""Plain ASCII without quotes or comments (RFC 5321 4.1.2): what fits in a header as it is."""
SUBJECT = N_("News about your health records")
SENTENCES = {
    "requests": N_("Somebody asked to see some of your records."),
    "refused": N_("Somebody tried to open your records and was turned away."),
    "looks": N_("Somebody was let in to some of your records."),
    "decisions": N_("Something changed in what you share, or a share ends."),
}


def is_address(text: str | None) -> bool:
    return bool(text) and ADDRESS.fullmatch(text or "") is not None


def letter(
    to: str, sender: str, portal: str, about: Collection[str], *, number: str, now: int
) -> EmailMessage:
    """`number` is the same for the same news, so that a mail that is sent twice can be seen to."""
    if not is_address(to):
        raise ValueError("no mail address")
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = _said(lambda: _(SUBJECT), " / ")
    mail["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    mail["Message-ID"] = f"<{number}@{sender.rpartition('@')[2].rstrip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{portal}/settings/notices>"
    mail.set_content(_said(lambda: _text(portal, about), "\n\n-- \n\n"))
    return mail


def _text(portal: str, about: Collection[str]) -> str:
    page = f"{portal}/settings/notices"
    lines = [_(words) for name, words in SENTENCES.items() if name in about]
    lines += [
        _("Sign in at %(portal)s to read it.", portal=portal),
        _("We never ask for your password by mail."),
        _("You get this mail because you asked for it. To stop it: %(page)s", page=page),
    ]
    return "\n\n".join(lines)


def _said(made: Callable[[], str], between: str) -> str:
    """The same in every language, each once."""
    found = []
    for tag, _name in words.offered():
        before = words.speak(words.preferred([tag]))
        try:
            found.append(made())
        finally:
            words.speak(before)
    return between.join(dict.fromkeys(found))
