"""Reading parameters strictly: each one once, and one without a value is left out (RFC 6749 3).

A form post is an urlencoded body and nothing else.
"""

from collections.abc import Collection

from flask import Request
from werkzeug.datastructures import MultiDict

from as_server.errors import InvalidRequest


def read_form(request: Request, repeatable: Collection[str] = ()) -> MultiDict[str, str]:
    """The form of this request, without the parameters that have no value.

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
    return with_values(request.form)


def with_values(parameters: MultiDict[str, str]) -> MultiDict[str, str]:
    """`parameters` without those that were sent empty: they are as if left out (RFC 6749 3.1, 3.2).

    Look for parameters sent twice before: an empty one counts there.
    """
    pairs = parameters.items(multi=True)
    return MultiDict([(name, value) for name, value in pairs if value])
