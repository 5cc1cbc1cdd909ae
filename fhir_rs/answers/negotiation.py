"""Which format a client wants, and which one it sent (R4 http 3.1.0.1.11, RFC 9110 12.5.1).

There is one format here, JSON of FHIR 4.0. Whoever asks for another one only is told so (406): a
client that wants XML and gets JSON with status 200 fails later, and elsewhere.
"""

from __future__ import annotations

from functools import lru_cache

from werkzeug.http import parse_list_header, parse_options_header
from werkzeug.wrappers import Request

from fhir_rs.errors import NotAcceptable, UnsupportedMedia

FHIR_VERSION = "4.0"
JSON = frozenset({"application/fhir+json", "application/json", "text/json"})
_RANGES = JSON | {"*/*", "application/*", "text/*", "*"}
# The plus of an address that was not percent-encoded is a blank.
_FORMATS = JSON | {"json", "application/fhir json"}
_FORM = "application/x-www-form-urlencoded"


@lru_cache(maxsize=256)
def is_served(accept: str) -> bool:
    """True when an `Accept` header allows JSON of this FHIR version; "" allows everything.

    >>> is_served("application/fhir+xml, application/json;q=0.5"), is_served("text/html")
    (True, False)
    """
    ranges = [parse_options_header(each) for each in parse_list_header(accept)]
    return not ranges or any(
        name.strip().lower() in _RANGES and _is_ours(options) and _is_wanted(options.get("q", "1"))
        for name, options in ranges
    )


@lru_cache(maxsize=256)
def is_json_of_ours(content_type: str) -> bool:
    """True for a body that is JSON, in UTF-8 and not of another FHIR version."""
    name, options = parse_options_header(content_type)
    charset = options.get("charset", "utf-8").lower().replace("-", "")
    return name.lower() in JSON and _is_ours(options) and charset in ("utf8", "usascii")


def _is_ours(options: dict[str, str]) -> bool:
    return options.get("fhirversion", options.get("fhirVersion", FHIR_VERSION)) == FHIR_VERSION


def _is_wanted(quality: str) -> bool:
    try:
        return float(quality) > 0
    except ValueError:
        return False


def check(request: Request, base: str) -> None:
    """Raise NotAcceptable or UnsupportedMedia for what is not to be had here, before anything else.

    `_format` stands above `Accept` (R4 http 3.1.0.1.11.2). Documents of other standards, such as
    SMART's, have formats of their own. `base` is the path of the FHIR base.
    """
    environ, mimetype = request.environ, request.mimetype
    path = str(environ.get("PATH_INFO", ""))
    if request.method == "OPTIONS" or not path.startswith(f"{base}/") or "/.well-known/" in path:
        return
    # Most reads have no query at all, and then none is parsed.
    asked = request.args.getlist("_format") if environ.get("QUERY_STRING") else []
    if mimetype == _FORM:
        asked += request.form.getlist("_format")
    asked = [each for each in asked if each]
    if asked:
        served = all(_format(each) for each in asked)
    else:
        # The gateway interface has put several of these headers into one.
        served = is_served(environ.get("HTTP_ACCEPT", ""))
    if not served:
        raise NotAcceptable
    if mimetype in JSON and not is_json_of_ours(request.headers.get("Content-Type", "")):
        raise UnsupportedMedia


def _format(value: str) -> bool:
    name, options = parse_options_header(value)
    return name.strip().lower() in _FORMATS and _is_ours(options)
