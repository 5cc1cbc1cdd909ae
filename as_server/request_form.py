"""Reading a form post strictly: urlencoded body only, each parameter once (RFC 6749 3.2)."""

from collections.abc import Collection

from flask import request
from werkzeug.datastructures import MultiDict

from as_server.errors import InvalidRequest


def read_form(repeatable: Collection[str] = ()) -> MultiDict[str, str]:
    """The form of this request.

    Parameters in the query are refused (they would be in every log), and so is a parameter given
    twice unless named in `repeatable`: last-wins and first-wins readers must not disagree.
    """
    if request.args:
        raise InvalidRequest("Parameters belong in the body, not in the query.")
    if request.mimetype != "application/x-www-form-urlencoded":
        raise InvalidRequest("The body must be application/x-www-form-urlencoded.")
    for name, values in request.form.lists():
        if len(values) > 1 and name not in repeatable:
            raise InvalidRequest("A parameter was sent more than once.")
        if any("\x00" in value or "\ufffd" in value for value in (name, *values)):
            raise InvalidRequest("A parameter holds characters that cannot be used.")
    return request.form
