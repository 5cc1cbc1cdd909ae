"""What a file may be shown as: polyglots, scripts, bombs; the words of markup and nothing of it."""

from __future__ import annotations

import pytest

from heart_reading.file_names import file_name, name_of_record
from heart_reading.file_types import MOST_READ, PDF, UNKNOWN, seen
from heart_reading.markup_text import MOST, lines

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
SCRIPT = "<script>alert(1)</script>"
CDA = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    '<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2"/><title>Summary</title><component>'
    "<section><title>Allergies</title><text><table><tr><td>Penicillin</td><td>Hives</td></tr>"
    f"</table>{SCRIPT}</text><entry><value>SECRET-CODE</value></entry></section></component>"
    "</ClinicalDocument>"
)


@pytest.mark.parametrize(
    ("declared", "raw"),
    [
        ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("image/svg+xml", b"<svg onload='alert(1)'/>"), ("image/png", b"GIF89a" + SCRIPT.encode()),
        ("application/pdf", b"<html>" + SCRIPT.encode()), ("application/pdf", b" %PDF-1.7"),
        ("text/plain", b"\xff\xfe\x00"), ("text/plain", b"a\x00b"), ("image/x-icon", PNG),
        ("application/javascript", b"alert(1)"), ("text/css", b"*{}"), ("", b""),
        ("image/webp", b"RIFF"), ("text/html;x", b"<p>"),
    ],
)  # fmt: skip
def test_what_is_not_what_it_claims_is_only_bytes(declared: str, raw: bytes) -> None:
    found = seen(declared, raw)
    assert found.type == UNKNOWN and not found.words and not found.is_picture


def test_what_is_what_it_claims_is_shown() -> None:
    assert seen("image/png", PNG).is_picture
    assert seen("image/jpeg", b"\xff\xd8\xff\xe0").is_picture
    assert seen(PDF, b"%PDF-1.7 ...").type == PDF
    assert seen("text/plain", "Größe\n170".encode()).words == ("Größe", "170")
    long = seen("text/plain", b"a" * (MOST_READ + 5))
    assert not long.whole and len(long.words[0]) == MOST_READ


def test_markup_is_read_for_its_words_and_handed_over_without_a_type() -> None:
    page = seen("text/html", f"<title>No</title><p onclick=x>One &lt;b&gt;</p>{SCRIPT}".encode())
    assert page.type == UNKNOWN and "alert" not in " ".join(page.words)
    assert page.words[-1] == "One <b>"
    document = seen("application/hl7-v3+xml", CDA.encode())
    assert document.type == UNKNOWN
    assert document.words == ("Summary", "Allergies", "Penicillin  Hives")


@pytest.mark.parametrize("part", ["<div>", "<!", "<a x ", "&", "<![CDATA[", "</p>", "<!DOCTYPE["])
def test_markup_made_to_hang_a_reader_ends(part: str) -> None:
    assert isinstance(lines(part * (MOST // len(part) // 4)), list)


@pytest.mark.parametrize(
    "title",
    ["../../etc/passwd", 'a"; filename="b.exe', "a\r\nSet-Cookie: x=1", "C:\\x\\y", "\u202egnp.exe",
     "", "." * 300, "a" * 300, "\x00\x1b[2J"],
)  # fmt: skip
def test_a_name_is_words_and_a_day(title: str) -> None:
    resource = {"resourceType": "DocumentReference", "date": "2024-05-03T10:00:00Z",
                "description": title, "content": [{"attachment": {"title": title}}]}  # fmt: skip
    for name in (file_name(resource, 0, PDF), name_of_record(resource)):
        assert len(name) < 100 and name.endswith(("-2024-05-03.pdf", "-2024-05-03.json"))
        assert not set(name) & set('/\\"\r\n\x00\x1b\u202e:;')


def test_a_file_that_can_run_somewhere_does_not_say_so_in_its_name() -> None:
    resource = {"resourceType": "DocumentReference", "description": "Letter"}
    for declared in ("text/html", "image/svg+xml", "application/javascript", UNKNOWN):
        assert file_name(resource, 0, declared).endswith(".bin")
