"""Charts are plain SVG with words beside the drawing, and gaps that stay gaps."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

from heart_ui.bar_chart import bars
from heart_ui.chart_frame import Band, Series
from heart_ui.charts import lines, small_multiples

START = date(2025, 5, 5)


def _weeks(*values: float | None) -> list[tuple[date, float | None]]:
    return [(START + timedelta(weeks=n), value) for n, value in enumerate(values)]


def test_missing_reading_breaks_the_line() -> None:
    svg = lines(
        [Series("Weight", _weeks(92, 91, None, 90, 89))], key="w", title="Weight", unit="kg"
    )
    assert svg.count("<polyline") == 2
    assert svg.count("<circle") == 4


def test_long_pause_breaks_the_line() -> None:
    points = [*_weeks(92, 91), (START + timedelta(weeks=20), 90.0)]
    svg = lines([Series("Weight", points)], key="w", title="Weight", gap=timedelta(weeks=3))
    assert svg.count("<polyline") == 1


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


def test_names_of_lines_that_end_together_do_not_overlap() -> None:
    svg = lines([Series("A", _weeks(10, 20)), Series("B", _weeks(30, 20.1))], key="k", title="T")
    ends = [float(n.attrib["y"]) for n in ElementTree.fromstring(svg).iter("text")][-2:]
    assert abs(ends[0] - ends[1]) >= 15


def test_one_reading_and_none_are_drawn_without_error() -> None:
    assert "<circle" in lines([Series("A", _weeks(5))], key="k", title="T")
    assert lines([Series("A", _weeks(None))], key="k", title="T") == ""


def test_bars_write_zero() -> None:
    svg = bars([0, 3], ["w1", "w2"], key="b", title="Looks")
    assert "w1: 0, w2: 3" in svg
    ElementTree.fromstring(svg)
    assert bars([], [], key="b", title="Looks") == ""


def test_small_multiples_have_their_own_keys() -> None:
    markup = small_multiples([(Series("A", _weeks(1, 2)), None)] * 2, key="m")
    assert 'id="m0-t"' in markup
    assert 'id="m1-t"' in markup
