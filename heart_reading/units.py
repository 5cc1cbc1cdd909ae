"""PURE: units as people write them: `mmHg`, `µg/L`, `2 weeks` (UCUM; FHIR R4 Quantity)."""

from __future__ import annotations

import re

from heart_ui.words import N_
from heart_ui.words import gettext as _

_KNOWN = {
    "mm[Hg]": "mmHg", "Cel": "°C", "[degF]": "°F", "degF": "°F", "[in_i]": "in", "[in_us]": "in",
    "[ft_i]": "ft", "[lb_av]": "lb", "[oz_av]": "oz", "kg/m2": "kg/m²", "m2": "m²",
    "[IU]": "IU", "[pH]": "pH", "[ppb]": "ppb", "[drp]": "drops", "[arb'U]": "U",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²", "mL/min/1.73m2": "mL/min/1.73 m²", "1": "",
}  # fmt: skip
_A_MINUTE = {
    "/min": N_("a minute"),
    "{beats}/min": N_("beats a minute"),
    "beats/minute": N_("beats a minute"),
    "{breaths}/min": N_("breaths a minute"),
    "breaths/minute": N_("breaths a minute"),
}
_TIMES = {
    "s": (N_("1 second"), N_("%(num)s seconds")),
    "min": (N_("1 minute"), N_("%(num)s minutes")),
    "h": (N_("1 hour"), N_("%(num)s hours")),
    "d": (N_("1 day"), N_("%(num)s days")),
    "wk": (N_("1 week"), N_("%(num)s weeks")),
    "mo": (N_("1 month"), N_("%(num)s months")),
    "a": (N_("1 year"), N_("%(num)s years")),
}
_UCUM = "http://unitsofmeasure.org"
_NOTES = re.compile(r"\{[^}]*\}")
_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TENS = re.compile(r"10[*^](\d+)")
_MICRO = re.compile(r"\bu(?=\[?(?:g|L|l|mol|IU|U|m|kat)\b)")


def in_words(unit: str) -> str:
    """A unit as people write it.

    >>> in_words("mm[Hg]"), in_words("ug/L"), in_words("10*3/uL"), in_words("{score}")
    ('mmHg', 'µg/L', '10³/µL', '')
    """
    if unit in _KNOWN:
        return _KNOWN[unit]
    if unit in _A_MINUTE:
        return _(_A_MINUTE[unit])
    plain = _TENS.sub(lambda ten: "10" + ten[1].translate(_POWERS), unit)
    plain = _MICRO.sub("µ", _NOTES.sub("", plain)).replace("[IU]", "IU")
    return plain.strip(" ./") if plain.startswith(("{", "/")) else plain.strip()


def time_span(figure: str, system: str, code: str) -> str:
    """A number of a unit of time; empty for any other unit.

    >>> time_span("2", "http://unitsofmeasure.org", "wk"), time_span("1", "", "d")
    ('2 weeks', '1 day')
    """
    if code not in _TIMES or system not in ("", _UCUM):
        return ""
    one, many = _TIMES[code]
    return _(one) if figure in ("1", "1.0") else _(many, num=figure)
