"""One notice as the sharing service tells it, and what she chose to be told of."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from patient_portal.policies.wire import Wire


class NoticePerson(Wire):
    key: str = ""
    name: str = ""


class Notice(Wire):
    """`times` things of one kind, the first at `first_at`, the last at `at`.

    `gives` is false where her rule shares nothing (a block, "ask me first").
    """

    about: str
    event: str
    at: datetime
    first_at: datetime
    times: int = 1
    who: NoticePerson | None = None
    client: str | None = None
    rs: str | None = None
    policy: str | None = None
    label: str = ""
    gives: bool = True
    reason: str | None = None
    until: datetime | None = None
    unread: bool = False


class ReadUpTo(Wire):
    """What "I have read these" sends back: what comes later stays unread."""

    line: int
    at: datetime


class NoticePage(Wire):
    entries: tuple[Notice, ...] = ()
    next: str | None = None
    unread: int = 0
    read_up_to: ReadUpTo


class NoticeMail(Wire):
    """Whether the sharing service sends mail at all, and to which checked address of hers."""

    is_set: bool = False
    address: str | None = None


class NoticeChoices(Wire):
    requests: Literal["on", "off"] = "on"
    decisions: Literal["on", "off"] = "on"
    looks: Literal["each", "daily", "off"] = "daily"
    refused: Literal["on", "off"] = "on"
    by_mail: bool = False
    mail: NoticeMail = NoticeMail()
