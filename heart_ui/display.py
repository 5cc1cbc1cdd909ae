"""How a reader wants her pages: language, colors and size of text, each kept in a cookie.

One form in the foot of every page of every face changes them, without a sign-in and without a
script. What the browser asks for (`Accept-Language`, its colors) counts until she chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.wrappers import Response

from heart_ui import words
from heart_ui.words import N_
from heart_ui.words import gettext as _

A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Setting:
    """One thing to choose: its name in a form, its cookie, and its values with their words."""

    name: str
    cookie: str
    legend: str
    usual: str
    values: tuple[tuple[str, str], ...]

    def chosen(self, cookies: Mapping[str, str]) -> str:
        """What she chose; empty where she chose nothing, or nothing that there is."""
        found = cookies.get(self.cookie, "")
        return found if found in dict(self.values) else ""

    def keep(self, answer: Response, value: str) -> None:
        """The usual value, and any other word, is no choice."""
        if value in dict(self.values) and value != self.usual:
            answer.set_cookie(self.cookie, value, max_age=A_YEAR, httponly=True, samesite="Lax")
        else:
            answer.delete_cookie(self.cookie, httponly=True, samesite="Lax")


COLORS = Setting(
    "theme",
    "heart_theme",
    N_("Colors"),
    "system",
    (("system", N_("System")), ("light", N_("Light")), ("dark", N_("Dark"))),
)
SIZE = Setting(
    "size",
    "heart_size",
    N_("Text size"),
    "normal",
    (("normal", N_("Normal")), ("large", N_("Large")), ("larger", N_("Largest"))),
)


def language() -> Setting:
    """The languages that there are; there is no usual one, since each browser has its own."""
    return Setting("language", "heart_language", N_("Language"), "", tuple(words.offered()))


@dataclass(frozen=True)
class Choice:
    """One setting as a page offers it: `options` are (value, words, language of the words)."""

    name: str
    legend: str
    now: str
    options: tuple[tuple[str, str, str], ...]


def choices(cookies: Mapping[str, str]) -> list[Choice]:
    """Everything there is to choose, in the order of every page."""
    spoken = words.language()
    tongues = tuple((tag, name, tag if tag != spoken else "") for tag, name in words.offered())
    found = [Choice("language", _("Language"), spoken, tongues)]
    for one in (SIZE, COLORS):
        options = tuple((value, _(said), "") for value, said in one.values)
        found.append(Choice(one.name, _(one.legend), one.chosen(cookies) or one.usual, options))
    return found


def keep(answer: Response, form: Mapping[str, str]) -> None:
    """Remember what a form chose; what it does not name stays."""
    for one in (language(), SIZE, COLORS):
        if one.name in form:
            one.keep(answer, form[one.name])
