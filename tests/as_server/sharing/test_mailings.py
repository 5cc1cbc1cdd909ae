"""Mail about notices: once, without a word of what it is about, tried again, given up, in turn."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from as_server.models import account, notice_choice
from as_server.settings import AsSettings
from as_server.sharing import audit, mailings, notice_letter
from as_server.sharing.mail_carrier import Carrier, NotSent
from heart_ground.orm import writing
from heart_uma.jose import KeySet
from tests.as_server import mail_server
from tests.as_server.mail_server import MailServer
from tests.as_server.uma import Uma
from tests.conftest import Clock
from tests.how_to.pages import ROOT

PORTAL = "http://localhost:8402"


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server.running() as server:
        yield server


@pytest.fixture
def mailed(as_settings: AsSettings, clock: Clock, server_keys: KeySet, post: MailServer) -> Uma:
    """A server that sends mail, and Alice, who wants it."""
    more = {"smtp_url": SecretStr(post.url), "mail_from": "notices@sharing.example"}
    uma = Uma(as_settings.model_copy(update=more), clock, server_keys)
    set_address(uma, "alice@example.org", checked=True)
    got = uma.owner_call("PUT", "/notices/choices", {"by_mail": True})
    assert got.json["mail"] == {"is_set": True, "address": "alice@example.org"}
    return uma


def set_address(uma: Uma, address: str | None, *, checked: bool) -> None:
    with writing(uma.app.engine) as db:
        alice = account.by_key(db, key_of(uma))
        assert alice is not None
        alice.email, alice.email_verified = address, checked
        db.add(alice)


def key_of(uma: Uma) -> str:
    return str(uma.owner_call("GET", "/people/me").json["key"])


def happens(uma: Uma, event: str, times: int = 1, **more: Any) -> None:
    owner, work = key_of(uma), uma.app.new_work()
    for _ in range(times):
        audit.record(work, event, owner, party=owner, client_id="c1", **more)
    work.commit()
    work.close()


def later(clock: Clock, **parts: float) -> None:
    clock.now += timedelta(**parts)


def sends(uma: Uma) -> None:
    assert uma.app.mailings is not None
    uma.app.mailings.send_due()


@pytest.mark.attack("WEB-28")
def test_a_mail_says_that_there_is_news_and_nothing_of_it(
    mailed: Uma, post: MailServer, clock: Clock
) -> None:
    happens(mailed, "asked", reason="For your heart failure")
    later(clock, seconds=10)
    sends(mailed)
    (mail,) = post.taken
    assert (mail["To"], mail["From"]) == ("alice@example.org", "notices@sharing.example")
    text = mail.get_content()
    assert "Somebody asked to see some of your records." in text
    assert f"Sign in at {PORTAL} to read it." in text
    assert f"{PORTAL}/settings/notices" in text and "Alguien" in text
    for secret in ("heart failure", "Alice", "Moreno", key_of(mailed), "rs1", "c1"):
        assert secret not in mail.as_string(), secret


def test_news_is_mailed_once_and_what_follows_waits(
    mailed: Uma, post: MailServer, clock: Clock
) -> None:
    happens(mailed, "asked")
    sends(mailed)
    assert post.taken == [], "a line is told of when no earlier one can come any more"
    later(clock, seconds=10)
    for _ in range(3):
        sends(mailed)
    assert len(post.taken) == 1
    happens(mailed, "tried", 50)
    later(clock, seconds=10)
    sends(mailed)
    assert len(post.taken) == 1, "not so soon after the last"
    later(clock, seconds=mailings.GAP)
    sends(mailed)
    assert len(post.taken) == 2, "fifty tries are one mail"


def test_looks_are_told_once_a_day_or_never(mailed: Uma, post: MailServer, clock: Clock) -> None:
    owner = key_of(mailed)
    happens(mailed, "issued")
    later(clock, hours=1)
    sends(mailed)
    assert post.taken == []
    later(clock, hours=24)
    sends(mailed)
    assert "let in" in post.taken[0].get_content()
    later(clock, hours=25)
    sends(mailed)
    assert len(post.taken) == 1
    work = mailed.app.new_work()
    notice_choice.choose(work.db, owner, {"looks": "off"})
    audit.record(work, "issued", owner, party="x", client_id="c1")
    work.commit()
    later(clock, hours=25)
    sends(mailed)
    assert len(post.taken) == 1


def test_two_senders_send_one(mailed: Uma, post: MailServer, clock: Clock) -> None:
    happens(mailed, "asked")
    later(clock, seconds=10)
    both = threading.Barrier(2)

    def send() -> None:
        both.wait()
        sends(mailed)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(post.taken) == 1


def test_what_is_not_taken_is_tried_again_and_given_up(
    mailed: Uma, post: MailServer, clock: Clock
) -> None:
    owner = key_of(mailed)
    post.refuses = True
    happens(mailed, "asked")
    later(clock, seconds=10)
    sends(mailed)
    sends(mailed)
    post.refuses = False
    sends(mailed)
    assert post.taken == [], "not before its time"
    later(clock, seconds=mailings.FIRST_RETRY)
    sends(mailed)
    assert len(post.taken) == 1
    later(clock, hours=1)
    post.refuses = True
    work = mailed.app.new_work()
    audit.record(work, "withdrawn", owner, party="x", client_id="c1")
    work.commit()
    later(clock, hours=1)
    for _ in range(mailings.MOST_ATTEMPTS):
        sends(mailed)
        later(clock, seconds=mailings.LONGEST_RETRY)
    post.refuses = False
    sends(mailed)
    assert len(post.taken) == 1, "given up: the notice itself is still there"


@pytest.mark.parametrize(
    ("address", "checked"), [("alice@example.org", False), (None, True), ("a b@example.org", True)]
)
def test_nothing_goes_to_an_address_that_is_not_hers_for_sure(
    mailed: Uma, post: MailServer, clock: Clock, address: str | None, checked: bool
) -> None:
    set_address(mailed, address, checked=checked)
    happens(mailed, "asked")
    later(clock, seconds=10)
    sends(mailed)
    assert post.taken == []
    assert mailed.owner_call("GET", "/notices/choices").json["mail"]["address"] is None
    wanted = mailed.owner_call("PUT", "/notices/choices", {"by_mail": True})
    assert wanted.status_code == 400


def test_who_wants_none_gets_none(mailed: Uma, post: MailServer, clock: Clock) -> None:
    assert mailed.owner_call("PUT", "/notices/choices", {"by_mail": False}).json["by_mail"] is False
    happens(mailed, "asked")
    later(clock, seconds=10)
    sends(mailed)
    assert post.taken == []


@pytest.mark.attack("WEB-18")
@pytest.mark.parametrize(
    "address",
    ["a@b.c\r\nBcc: x@y.z", "a@b.c\nBcc:x", "a@b.c, x@y.z", "<a@b.c>", "a@b@c", "\u00e9@b.c"],
)
def test_an_address_adds_no_header_and_no_reader(address: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        notice_letter.letter(address, "n@s.example", PORTAL, ["requests"], number="1", now=0)


def test_nothing_is_handed_in_in_clear_but_on_this_machine(post: MailServer) -> None:
    far = Carrier("127.0.0.1", int(post.url.rpartition(":")[2]), False, False, "", "")
    mail = notice_letter.letter("a@b.c", "n@s.example", PORTAL, ["looks"], number="1", now=0)
    with pytest.raises(NotSent):
        far.send(mail)
    assert post.taken == []


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtps:///x", "mail.example"])
def test_an_address_of_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be smtp"):
        Carrier.of(url)


def test_mail_needs_a_sender(as_settings: AsSettings) -> None:
    wrong = as_settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    with pytest.raises(ValueError, match="AS_MAIL_FROM"):
        mailings.of(wrong, lambda: None)  # type: ignore[arg-type,return-value]


def test_the_page_for_operators_sets_what_the_server_reads() -> None:
    page = (ROOT / "docs/how-to/send-notices-by-mail.md").read_text("utf-8")
    said = dict(re.findall(r"^ +AS_(SMTP_URL|MAIL_FROM)=(.+)$", page, re.MULTILINE))
    carrier = Carrier.of(said["SMTP_URL"])
    assert (carrier.host, carrier.port) == ("mail.example.org", 587)
    assert not carrier.local, "nothing is handed in in clear"
    assert notice_letter.is_address(said["MAIL_FROM"])
