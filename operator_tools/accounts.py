"""People who can sign in: an operator's step on the authorization server's own database."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError, OperationalError

from as_server import db
from as_server.models import account
from as_server.settings import AsSettings
from as_server.signing_in.passwords import Passwords
from heart_ground import orm
from heart_ground.engines import BY_ANY_WAY


def add_from_command(url: str, options: argparse.Namespace) -> int:
    """`heart-uma account add`: asks for the password, or reads one line of standard input."""
    password = _ask_password(options.login)
    if password is None:
        print("The two passwords differ; nothing was changed.", file=sys.stderr)
        return 1
    settings = AsSettings(database_url=url, secret="not used: only passwords are hashed here")  # type: ignore[arg-type]  # noqa: S106
    engine = db.make_engine(url, BY_ANY_WAY)
    try:
        with orm.writing(engine) as session:
            account.create(
                session,
                login=options.login,
                password_hash=Passwords(settings).hash(password),
                name=options.name,
                role=options.role,
                role_code=options.role_code,
                organization=options.organization,
                place=options.place,
                listed=options.clinician,
                checked_by=options.checked_by,
                email=options.email,
                email_verified=options.email_verified,
                clinician=options.clinician,
                created_at=int(datetime.now(UTC).timestamp()),
            )
    except IntegrityError:
        print(f"There is already a person with the login {options.login}.", file=sys.stderr)
        return 1
    except OperationalError:
        print("The sharing service has no database yet; start it once first.", file=sys.stderr)
        return 1
    except ValueError as problem:
        print(f"{problem}; nothing was changed.", file=sys.stderr)
        return 1
    print(f"{options.name} can now sign in as {options.login}.")
    return 0


def _ask_password(login: str) -> str | None:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(f"Password for {login}: ")
    return first if getpass.getpass("The same again: ") == first else None
