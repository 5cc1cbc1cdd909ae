"""What an attachment says, whatever it calls itself; nothing raises, nothing takes long."""

from __future__ import annotations

import base64
import codecs
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_rs.enforcement.attachments import MAX_READ, Reading, decoded, text_of

NOTE = "Séropositif: HIV positive, on treatment"
CDA = (
    '<?xml version="1.0"?><!DOCTYPE c [<!ENTITY lol "HIV">]>'
    '<ClinicalDocument xmlns="urn:hl7-org:v3">'
    '<code code="34117-2" displayName="History and physical"/><section><text>Known <content>H'
    '</content>IV</text><entry><observation><value code="86406008" displayName="Human '
    'immunodeficiency virus infection"/></observation></entry></section></ClinicalDocument>'
)


def words(data: bytes) -> list[str]:
    return text_of(data).text.split()


@pytest.mark.parametrize(
    "data",
    [
        NOTE.encode(),
        codecs.BOM_UTF8 + NOTE.encode(),
        NOTE.encode("utf-16"),
        codecs.BOM_UTF16_BE + NOTE.encode("utf-16-be"),
        NOTE.encode("utf-16-le"),
        NOTE.encode("utf-16-be"),
        NOTE.encode("utf-32"),
        NOTE.encode("latin-1"),
        NOTE.encode("cp1252"),
        f"<html><body><p>{NOTE}</p></body></html>".encode(),
        f"<p>{NOTE}".replace("é", "&eacute;").encode(),
        f"<!-- a --><p title='x'>{NOTE.replace('HIV', 'H<b>I</b>V')}".encode(),
        json.dumps({"note": NOTE.replace("HIV", "H\u0049V")}).encode(),
        json.dumps({"note": NOTE}).replace("HIV", "\\u0048\\u0049\\u0056").encode(),
        rb"{\rtf1\ansi\ansicpg1252 S\'e9ropositif: H\b I\b0 V {\v positive}, on treatment\par}",
        rb"{\rtf1\uc1 S\u233?ropositif: {\*\annotation H}IV positive, on treatment}",
    ],
)
def test_text_is_read_in_every_dress(data: bytes) -> None:
    said = " ".join(words(data))
    assert "Séropositif" in said
    assert "HIV positive, on treatment" in said
    assert text_of(data).whole


@pytest.mark.parametrize(
    ("markup", "hidden"),
    [
        ('<img src="x.png" alt="HIV clinic">', "HIV clinic"),
        ("<span title='HIV'>.</span>", "HIV"),
        ("<code code='1' displayName='HIV'/>", "HIV"),
        ("<p><!-- HIV --></p>", "HIV"),
        ("<![CDATA[HIV]]>", "HIV"),
        ("<script>var a = 'HIV'</script>", "HIV"),
        ("<p style='display:none'>HIV</p>", "HIV"),
        ("&#72;&#x49;&#00000000000086;", "HIV"),
        ("<span>HIV</span><span>positive</span>", "HIV positive"),
        ("H<wbr>I<i>V</i>", "HIV"),
        ("a < b, HIV", "HIV"),
        ("<a title='HIV", "HIV"),
        ("see <b>H</b>IV", "HIV"),
        (CDA, "HIV"),
        (CDA, "Human immunodeficiency virus infection"),
    ],
)
def test_nothing_hides_in_markup(markup: str, hidden: str) -> None:
    assert f" {hidden} " in f" {' '.join(words(markup.encode()))} ".replace("'", " ").replace(
        '"', " "
    )


def test_an_entity_is_never_expanded() -> None:
    bomb = "<!DOCTYPE a [" + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(20))
    assert len(text_of(f"{bomb}]><a>&a19;</a>".encode()).text) < 10_000


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n1 0 obj\n" + bytes(range(256)) * 8,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
        b"\0" * 128 + b"DICM" + bytes(range(256)) * 8,
        b"PK\x03\x04" + bytes(range(256)) * 8,
        bytes(range(256)) * 8,
        b"\0" * 100,
    ],
)
def test_what_is_no_text_is_not_read(data: bytes) -> None:
    assert text_of(data) == Reading("", False)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"GIF89a Known HIV positive", "HIV"),
        (b"%PDF-1.4 Known HIV positive", "HIV"),
        (b"Known H\0I\0V positive", "HIV"),
        ("Известна HIV инфекция".encode("cp1251"), "HIV"),
        (rb"{\rtf1 HIV {\pict\pngblip 89504e47}}", "HIV"),
        (rb"{\rtf1 HIV \bin4 abcd}", "HIV"),
        (b"<p>HIV<img src='data:image/png;base64,AAAA'></p>", "HIV"),
        (b"<text mediaType='application/pdf' representation='B64'>JVBER</text><p>HIV", "HIV"),
        (b"HIV " + b"x" * MAX_READ, "HIV"),
    ],
)
def test_what_is_read_in_part_counts_and_is_said_to_be_a_part(data: bytes, said: str) -> None:
    reading = text_of(data)
    assert said in reading.text.split()
    assert not reading.whole


def test_nothing_is_read_whole_and_the_cap_cuts_no_character() -> None:
    assert text_of(b"") == Reading("", True)
    cut = text_of(b"x" + "é".encode() * (MAX_READ // 2))
    assert set(cut.text) == {"x", "é"}
    assert not cut.whole
    assert text_of(b"x" * MAX_READ).whole


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    for start in (b"", b"<", b"<!", b"{\\rtf1", b"{", b"&#", b"\xff\xfe", b"<a title='"):
        assert isinstance(text_of(start + data), Reading)


@given(st.text(alphabet="<>\"'/!-?[]&#;x9= \\{}uabin\u00e9", max_size=200))
def test_no_markup_makes_it_raise_or_loses_a_word(text: str) -> None:
    for data in (text, f"<{text}", f"{{\\rtf1 {text}"):
        assert isinstance(text_of(data.encode()), Reading)
    assert "zebra" in text_of(f"<p>zebra</p>{text}".encode()).text


@pytest.mark.parametrize(
    "piece",
    [
        "<", "<!--", "<![CDATA[", "<a ", "</", "<a x=", "<a \">\" ", "<a b=\"'\" c='", "&", "&#0",
        "&#9", "{\\rtf1{", "{\\rtf1\\u9", "{\\u", "<a b ", "<a = ", "<i>", "representation ",
    ],
)  # fmt: skip
def test_time_grows_with_the_size_and_no_faster(piece: str) -> None:
    def seconds(times: int) -> float:
        data = (piece[:5] + piece * times).encode()
        start = time.process_time()
        text_of(data)
        return time.process_time() - start

    # Quadratic time would take minutes for what takes a part of a second.
    assert seconds(60_000) < 3
    assert seconds(1) < 1


def test_base64_is_read_strictly_but_for_white_space() -> None:
    assert decoded(base64.b64encode(NOTE.encode()).decode()) == NOTE.encode()
    assert decoded(" SE\r\nlW\t") == b"HIV"
    assert decoded("") == b""
    for wrong in ("SElW=", "SEl", "S*lW", "SElW-_", "é", "SEk=SEk="):
        assert decoded(wrong) is None


@given(st.text(max_size=60))
def test_any_text_is_base64_or_is_not(text: str) -> None:
    assert decoded(text) is None or isinstance(decoded(text), bytes)
