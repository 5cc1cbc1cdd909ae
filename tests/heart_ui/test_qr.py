"""A QR code holds what it was given, in words too, and brings no style of its own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import segno

from heart_ui import qr

LINK = "https://clinic.example/open?from=Alice+%26+Co&at=https%3A%2F%2Fone.example%2Ffhir%2Fr%2Fx"


def _drawn(svg: str) -> list[list[int]]:
    """The modules as they are drawn: row after row, without the quiet zone."""
    found = re.search(r'viewBox="0 0 (\d+) ', svg)
    path = re.search(r'stroke="#000" d="([^"]+)"', svg)
    assert found
    assert path
    side = int(found[1])
    rows = [[0] * side for _ in range(side)]
    across = down = 0
    for move, first, second in re.findall(r"([Mmh])(\d+)(?: ([\d.]+))?", path[1]):
        if move == "M":
            across, down = int(first), int(float(second))
        elif move == "m":
            across += int(first)
        else:
            rows[down][across : across + int(first)] = [1] * int(first)
            across += int(first)
    assert not any(any(row) for row in (*rows[: qr.QUIET], *rows[-qr.QUIET :]))
    return [row[qr.QUIET : -qr.QUIET] for row in rows[qr.QUIET : -qr.QUIET]]


def test_what_is_drawn_is_the_code_of_the_text() -> None:
    svg = qr.code(LINK, key="q", title="A code", spoken="Holds the link.")
    meant = segno.make(LINK, error="m", micro=False).matrix
    assert _drawn(svg) == [list(row) for row in meant]


def test_it_is_named_well_formed_and_has_no_inline_style() -> None:
    svg = qr.code(LINK, key="q", title='For "Bob" <b>', spoken="Holds the link & no more.")
    drawing = ElementTree.fromstring(svg)
    assert drawing.get("role") == "img"
    assert drawing.get("aria-labelledby") == "q-t q-d"
    assert [one.text for one in drawing if one.get("id")] == [
        'For "Bob" <b>',
        "Holds the link & no more.",
    ]
    assert "style" not in svg
    assert 'fill="#fff"' in svg, "a reader needs a light ground, in the dark theme too"


def test_what_no_phone_could_read_from_paper_is_not_drawn() -> None:
    assert qr.code("x" * qr.LONGEST, key="q", title="", spoken="")
    assert qr.code("x" * (qr.LONGEST + 1), key="q", title="", spoken="") == ""
