"""The letter that brings a link by mail: from whom, how to use it, and nothing of her records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from heart_ui.words import gettext as _

LONGEST_ADDRESS = 1900
"""Of a mail link with its text: some mail apps take no more than 2,000 characters."""

MAIL_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str

    @property
    def mailto(self) -> str:
        """Opens it in her mail app, with nobody as its reader yet; empty where it is too long."""
        return self._mailto("")

    def mail_to(self, reader: str) -> str:
        """The same for this reader; empty for one without a mail address."""
        return self._mailto(quote(reader, safe="@")) if MAIL_ADDRESS.fullmatch(reader) else ""

    def _mailto(self, reader: str) -> str:
        text = quote(self.text.replace("\n", "\r\n"), safe="")
        address = f"mailto:{reader}?subject={quote(self.subject, safe='')}&body={text}"
        return address if len(address) <= LONGEST_ADDRESS else ""


def to(link: str, name: str) -> Letter:
    """A letter with this link, signed with this name."""
    lines = (
        _("Hello,"),
        _("I share health records with you. Here is how you see them:"),
        _("1. Open this link:") + f"\n{link}",
        _("2. Sign in there as yourself."),
        _("The link opens nothing by itself. It is only for you: do not pass it on."),
        name,
    )
    return Letter(_("A link from %(name)s", name=name), "\n\n".join(lines))


def to_guest(link: str, name: str, until: str) -> Letter:
    """The letter to somebody who has no account yet; the passcode is told another way."""
    lines = (
        _("Hello,"),
        _("I want to share health records with you. Here is how you see them:"),
        _("1. Open this link until %(moment)s:", moment=until) + f"\n{link}",
        _("2. Type the passcode. I tell it to you another way."),
        _("3. Choose how you sign in. Then I say yes, and you can read."),
        _("The link opens nothing by itself. It is only for you: do not pass it on."),
        name,
    )
    return Letter(_("An invitation from %(name)s", name=name), "\n\n".join(lines))
