"""search-type: the records of one type that the caller may see (FHIR R4 search).

GET  /fhir/r/{record}/Observation?code=http://loinc.org|4548-4&_sort=-date
POST /fhir/r/{record}/Observation/_search        (the same parameters as a form)
"""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from fhir_rs.answers.search_answer import Asked, search_answer
from fhir_rs.context import current_rs
from fhir_rs.enforcement.query import SearchQuery, parse_search
from fhir_rs.enforcement.required import for_search
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import Invalid, NotFound, NotSupported, UnsupportedMedia
from fhir_rs.models.question import Question

bp = Blueprint("search", __name__)
_SHORT = 120
"""Characters of a question that is kept, taken apart: anybody may ask, and references by many bare
ids take up memory (each can be of any type).
"""
FORM = "application/x-www-form-urlencoded"


def search(record: str, type_: str) -> ResponseReturnValue:
    """Search by the query string."""
    return _search(record, type_)


def search_by_form(record: str, type_: str) -> ResponseReturnValue:
    """Search by a form; parameters of the query string count as well (R4 http 3.1.0.9)."""
    if request.mimetype != FORM and request.content_length:
        raise UnsupportedMedia("A search is sent as application/x-www-form-urlencoded.")
    return _search(record, type_)


def _search(record: str, type_: str) -> ResponseReturnValue:
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    query = _query(record, type_)
    access = current_rs.authorize(record, for_search(type_, query.kinds, query.joined_types()))
    asked = Asked(
        interaction="search-type",
        question=Question(query, types=frozenset({type_})),
        url=f"{access.base}/{type_}",
        pairs=query.asked,
    )
    return search_answer(current_rs.engine, current_rs.cursors, access, asked)


def _query(record: str, type_: str) -> SearchQuery:
    pairs = (*request.args.items(multi=True), *request.form.items(multi=True))
    lenient = "handling=lenient" in request.headers.get("Prefer", "").replace(" ", "")
    words = [word for pair in pairs for word in pair]
    is_plain = sum(map(len, words)) < _SHORT and not any("," in word for word in words)
    parse = _remembered if is_plain else _parsed
    try:
        return parse(type_, pairs, current_rs.settings.bases(record), lenient)
    except QueryError as error:
        text = f"{error}."
        raise (NotSupported if "supported" in text else Invalid)(text) from error


def _parsed(
    type_: str, pairs: tuple[tuple[str, str], ...], bases: tuple[str, ...], lenient: bool
) -> SearchQuery:
    return parse_search(type_, pairs, bases=bases, lenient=lenient)


# Applications ask the same few questions, page after page.
_remembered = lru_cache(maxsize=128)(_parsed)
