"""JSON from strangers (M8, M9, DOS-03)."""

from __future__ import annotations

import pytest

from heart_uma.strict_json import StrictJsonError, loads


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}',
        b'{"x":{"a":1,"a":2}}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e400",
        b'"\\ud800"',
        b'{"\\ud800":1}',
        b'"a\\u0000b"',
        b"\xff",
        b"",
        b"{",
        b"[" * 100_000,
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b"[1,]",
    ],
)
def test_refused(raw: bytes) -> None:
    with pytest.raises(StrictJsonError):
        loads(raw)


def test_size_is_bounded() -> None:
    with pytest.raises(StrictJsonError):
        loads(b'"' + b"a" * 100 + b'"', max_bytes=50)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":[1,2.5,"x"]}', {"a": [1, 2.5, "x"]}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"[[[[[{{{{{\\""', '[[[[[{{{{{"'),
        (b"[" * 64 + b"]" * 64, None),
        (b'{"big": 10939881000119105}', {"big": 10939881000119105}),
    ],
)
def test_accepted(raw: bytes, value: object) -> None:
    assert value is None or loads(raw) == value
    loads(raw)
