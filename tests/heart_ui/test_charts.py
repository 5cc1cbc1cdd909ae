"""Charts are plain SVG with words beside the drawing, and gaps that stay gaps."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from heart_ui.bar_chart import bars
from heart_ui.chart_frame import Band, Series
from heart_ui.charts import lines

START = date(2025, 5, 5)


def _weeks(*values: float | None) -> list[tuple[date, float | None]]:
    return [(START + timedelta(weeks=n), value) for n, value in enumerate(values)]


def _both(markup: str) -> tuple[str, str]:
    """The wide drawing and the narrow one."""
    wide, narrow = re.findall(r"<svg.*?</svg>", markup)
    assert 'class="chart chart-l"' in wide and 'class="chart chart-s"' in narrow
    return wide, narrow


def _texts(svg: str) -> list[tuple[str, float, float]]:
    found = ElementTree.fromstring(svg).iter("text")
    return [(n.text or "", float(n.attrib["x"]), float(n.attrib["y"])) for n in found]


def _line(svg: str) -> list[tuple[float, float]]:
    (points,) = re.findall(r'<polyline class="l1" points="([^"]{20,})"', svg)
    return [(float(x), float(y)) for x, y in (p.split(",") for p in points.split())]


def test_missing_reading_breaks_the_line() -> None:
    drawn = lines(
        [Series("Weight", _weeks(92, 91, None, 90, 89))], key="w", title="Weight", unit="kg"
    )
    for svg in _both(drawn):
        assert svg.count("<polyline") == 2
        assert svg.count("h0") == 4


def test_long_pause_breaks_the_line() -> None:
    points = [*_weeks(92, 91), (START + timedelta(weeks=20), 90.0)]
    drawn = lines([Series("Weight", points)], key="w", title="Weight", gap=timedelta(weeks=3))
    assert all(svg.count("<polyline") == 1 for svg in _both(drawn))


def test_summary_says_first_last_lowest_highest() -> None:
    svg = lines([Series("HbA1c", _weeks(9.1, 8.0, 6.8))], key="a", title="HbA1c", unit="%")
    assert "first 9.1, last 6.8, lowest 6.8, highest 9.1 %" in svg


def test_drawing_is_well_formed_and_has_no_inline_style() -> None:
    svg = lines(
        [Series("Top <b>", _weeks(148, 134)), Series("Bottom", _weeks(93, 85))],
        key="bp",
        title="Blood & pressure",
        band=Band(60, 130, "Goal: under 130"),
    )
    ElementTree.fromstring(svg)
    assert "style=" not in svg
    assert "Top &lt;b&gt;" in svg
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids)) == 4


@pytest.mark.fault("16")
def test_numbers_on_the_axis_are_round_and_their_unit_is_there() -> None:
    points = _weeks(9.1, 8.4, 8.0, 7.6, 7.4, 7.1, 6.9, 6.8)
    drawn = lines([Series("HbA1c", points)], key="a", title="HbA1c", unit="%")
    for svg in _both(drawn):
        words = [words for words, _x, _y in _texts(svg)]
        assert [w for w in words if w in "789"] == ["7", "8", "9"]
        assert words[0] == "%" and words[-1] == "6.8"
    pressure = [Series("Systolic", _weeks(148, 134)), Series("Diastolic", _weeks(93, 85))]
    for svg in _both(lines(pressure, key="bp", title="Pressure", unit="mmHg")):
        words = [words for words, _x, _y in _texts(svg)]
        assert [w for w in words if w.isdigit()][:4] == ["80", "100", "120", "140"]
        assert words[-2:] == ["134", "85"]


@pytest.mark.fault("16")
def test_no_word_is_across_a_line_or_off_the_drawing() -> None:
    values = [90 + 8 * (n % 3) for n in range(26)]
    band = Band(-1e9, 95, "Common goal: under 95, as many people have it who are not ill at all")
    drawn = lines([Series("A", _weeks(*values))], key="k", title="T", unit="mmHg", band=band)
    for svg, width in zip(_both(drawn), (640, 256), strict=True):
        line = _line(svg)
        texts = _texts(svg)
        assert all(x >= 0 and 0 < y < 250 for _words, x, y in texts)
        anchored = re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="start">([^<]+)<', svg)
        assert all(float(x) + 8 * len(words) <= width + 1 for x, words in anchored)
        for words, x, y in texts[:-1]:
            near = [py for px, py in line if x - 8 <= px <= x + 8 * len(words)]
            inside = min(px for px, _ in line) < x < max(px for px, _ in line)
            assert not inside or all(y < py - 8 or y > py + 8 for py in near), words
        assert texts[-1][1] > max(x for x, _y in line)


@pytest.mark.fault("16")
def test_letters_are_as_large_on_a_phone() -> None:
    """The narrow drawing is 256 wide, as a card on a phone of 320 is; its letters are 13 high."""
    _wide, narrow = _both(lines([Series("A", _weeks(1, 2))], key="k", title="T"))
    assert 'viewBox="0 0 256 ' in narrow
    _wide, narrow = _both(bars([1, 2], ["w1", "w2"], key="b", title="Looks"))
    assert 'viewBox="0 0 256 ' in narrow


@pytest.mark.parametrize("days", [1, 6, 20, 45, 100, 400, 3000, 20_000])
def test_days_below_the_axis_are_few_and_apart(days: int) -> None:
    points = [(START, 1.0), (START + timedelta(days=days), 2.0)]
    drawn = lines([Series("A", points)], key="k", title="T")
    for svg in _both(drawn):
        foot = max(y for _words, _x, y in _texts(svg))
        below = [(x, len(words) * 4) for words, x, y in _texts(svg) if y == foot]
        assert below
        assert all(a + half < b - more for (a, half), (b, more) in pairwise(below)), below


@pytest.mark.parametrize("values", [(5,), (5, 5), (0, 0), (1e-7, 2e-7), (1e9, 1e9 + 1), (-3, 4)])
def test_every_line_has_numbers_beside_it(values: tuple[float, ...]) -> None:
    for svg in _both(lines([Series("A", _weeks(*values))], key="k", title="T")):
        assert 3 <= svg.count('class="rule"') <= 12


def test_names_of_lines_that_end_together_do_not_overlap() -> None:
    drawn = lines([Series("A", _weeks(10, 20)), Series("B", _weeks(30, 20.1))], key="k", title="T")
    for svg in _both(drawn):
        ends = [float(n.attrib["y"]) for n in ElementTree.fromstring(svg).iter("text")][-2:]
        assert abs(ends[0] - ends[1]) >= 15


def test_one_reading_and_none_are_drawn_without_error() -> None:
    assert "h0" in lines([Series("A", _weeks(5))], key="k", title="T")
    assert lines([Series("A", _weeks(None))], key="k", title="T") == ""


def test_bars_write_zero() -> None:
    svg = bars([0, 3], ["w1", "w2"], key="b", title="Looks")
    assert "w1: 0, w2: 3" in svg
    ElementTree.fromstring(svg)
    assert bars([], [], key="b", title="Looks") == ""
