"""A link changes hands: to copy, to scan, on paper and by mail; none of it says what is shared."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

from patient_portal.words import letter
from tests.patient_portal import story
from tests.patient_portal.conftest import Alice

DANA = "s-dana-000000000000000"
SLIP = f"/share/{DANA}/slip"


def _main(html: str) -> str:
    return html.partition("<main")[2].partition("</main>")[0]


def _told(alice: Alice) -> list[str]:
    """What a stranger must not read from a paper or a mail."""
    clinics = alice.service.clinics.values()
    titles = [item.title for clinic in clinics for item in clinic.items]
    return [
        *titles,
        *story.TYPES,
        story.CEDAR,
        story.HARBOR,
        story.HOME,
        "Alcohol",
        "Mental health",
        "records from",
    ]


def test_a_share_can_be_handed_over_in_four_ways(alice: Alice) -> None:
    html = _main(alice.opens(f"/share/{DANA}").text)
    assert '<svg class="qr"' in html
    assert f'href="{SLIP}"' in html
    copied = re.findall(r'data-copy="(\w+)"', html)
    assert copied == ["link", "letter"]
    assert all(re.search(rf'<textarea id="{one}"[^>]* readonly>', html) for one in copied)
    # Nothing here opens it as Alice herself.
    assert not re.search(r'<a[^>]*href="http://localhost:8403', html)


def test_mail_brings_the_link_and_no_word_of_what_is_shared(alice: Alice) -> None:
    html = _main(alice.opens(f"/share/{DANA}").text)
    text = unescape(html.partition('<textarea id="letter"')[2].partition(">")[2].partition("<")[0])
    mailto = unescape(re.findall(r'href="(mailto:[^"]*)"', html)[0])
    assert len(mailto) <= letter.LONGEST_ADDRESS
    sent = parse_qs(urlsplit(mailto).query)
    assert sent["body"][0].replace("\r\n", "\n") == text
    assert sent["subject"] == ["A link from Alice Moreno"]
    link = next(line for line in text.splitlines() if line.startswith("http"))
    told = parse_qs(urlsplit(link).query)
    assert told["from"] == ["Alice Moreno"]
    assert {"at", "from"} == set(told), "the name of a clinic would tell where she is treated"
    letter_alone = unquote(text.replace(link, ""))
    assert not [word for word in _told(alice) if word in letter_alone]


def test_a_slip_is_from_whom_she_chose_and_tells_nothing_else(alice: Alice) -> None:
    html = alice.opens(f"{SLIP}?from=Ali+%3Cb%3E+M.").text
    assert "Ali &lt;b&gt; M. shares health records with you" in html
    slip = html.partition('<section class="card stack slip"')[2].partition("</section>")[0]
    assert "Dana Fox, LCSW" in slip
    assert '<svg class="qr"' in slip
    link = unescape(re.findall(r"<code>([^<]+)</code>", slip)[0])
    assert parse_qs(urlsplit(link).query)["from"] == ["Ali <b> M."]
    told = re.sub(r"<[^>]+>", " ", slip.replace(link, ""))
    assert not [word for word in _told(alice) if word in told]
    # Without a choice of hers it is her own name, and a long one is cut to a line.
    assert "Alice Moreno shares health records" in alice.opens(f"{SLIP}?from=+").text
    assert "x" * 61 not in _main(alice.opens(f"{SLIP}?from={'x' * 99}").text)


def test_a_share_that_gives_nothing_has_no_slip(alice: Alice) -> None:
    alice.sends(f"/share/{DANA}/stop")
    assert alice.opens(SLIP).location == f"/share/{DANA}"


def test_a_letter_too_long_for_a_mail_app_can_still_be_copied() -> None:
    long = letter.to("https://clinic.example/open?at=" + "x" * letter.LONGEST_ADDRESS, "Alice")
    assert long.mailto == ""
    assert "xxx" in long.text
    assert letter.to("https://clinic.example/open", "Alice").mailto.startswith("mailto:?subject=")
