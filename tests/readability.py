"""How hard a sentence is to read, counted here: what packages offer for it loads word lists.

English: the grade of Flesch and Kincaid (1975). Spanish: the ease of Fernández Huerta (1959) with
words a sentence, as Szigriszt read it; 60 to 70 is what pupils of grades 7 and 8 read, more is
easier.
"""

from __future__ import annotations

import re
from collections.abc import Callable

GRADE = 8.0
EASE = 60.0
LONG = 10
"""Words from which on a sentence is measured: shorter ones say nothing about reading."""
_FILLED = re.compile(r"%\(\w+\)[a-z]|\N{OBJECT REPLACEMENT CHARACTER}")
_ENDS = re.compile(r"(?<=[.?!:;])\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_STRONG, _WEAK = "aeoáéíóú", "iuü"


def words_of(text: str) -> list[str]:
    """Its words; a value that comes in later counts as a short name."""
    return _WORD.findall(_FILLED.sub("Ann", text))


def english_grade(text: str) -> float:
    """The school year in which this is read without effort."""
    words, spoken = words_of(text), sum(map(_english, words_of(text)))
    return 0.39 * len(words) / _sentences(text) + 11.8 * spoken / len(words) - 15.59


def spanish_ease(text: str) -> float:
    """From 0, very hard, to 100."""
    words, spoken = words_of(text), sum(map(spanish_syllables, words_of(text)))
    return 206.84 - 60 * spoken / len(words) - 1.02 * len(words) / _sentences(text)


def _sentences(text: str) -> int:
    return len([one for one in _ENDS.split(text.strip()) if _WORD.search(one)]) or 1


def _english(word: str) -> int:
    word = word.lower()
    count = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith(("le", "ee", "ye")):
        count -= 1
    if word.endswith("es") and not re.search(r"(s|x|z|ch|sh|c|g)es$", word):
        count -= 1
    if word.endswith("ed") and not re.search(r"[td]ed$", word):
        count -= 1
    return max(count, 1)


def spanish_syllables(word: str) -> int:
    """Vowels that meet are one syllable, unless both are strong or one has an accent for it."""
    word = re.sub(r"([qg])u(?=[eéií])", r"\1", word.lower())
    word = re.sub(r"(?<=[^aeiouáéíóúü])y$|^y$", "i", word)
    count, before = 0, ""
    for letter in word:
        if letter in _STRONG + _WEAK:
            joined = before and not (
                (before in _STRONG and letter in _STRONG) or letter in "íú" or before in "íú"
            )
            count += 0 if joined else 1
            before = letter
        else:
            before = ""
    return max(count, 1)


def too_hard(
    texts: list[str], measure: Callable[[str], float], fits: Callable[[float], bool]
) -> list[str]:
    """Those of ten words or more that do not fit, with what was measured."""
    measured = [(measure(text), text) for text in texts if len(words_of(text)) >= LONG]
    return [f"{value:.1f} {text}" for value, text in sorted(measured) if not fits(value)]
