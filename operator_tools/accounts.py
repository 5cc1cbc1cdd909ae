"""People who can sign in: an operator's step on the authorization server's own database."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError, OperationalError

from as_server import db, schema
from as_server.models import account
from as_server.settings import AsSettings
from as_server.signing_in.passwords import Passwords
from demo.cast import PASSWORD, Person


def add_cast(url: str, secret: str, people: Iterable[Person]) -> None:
    """Everyone of the demo, with the demo's one password."""
    passwords = _passwords(url, secret, memory_kib=64)
    engine = db.make_engine(url)
    schema.migrate(engine)
    now = int(datetime.now(UTC).timestamp())
    with db.standalone(engine) as session:
        for place, person in enumerate(people):
            account.create(
                session,
                login=person.login,
                password_hash=passwords.hash(PASSWORD),
                name=person.name,
                role=person.role,
                role_code=person.role_code,
                organization=person.organization,
                place=person.place,
                listed=person.listed,
                checked_by=person.checked_by,
                email=person.email,
                email_verified=True,
                clinician=person.clinician,
                # The sign-in page shows people in the order in which they were added.
                created_at=now + place,
            )
    engine.dispose()


def _passwords(url: str, secret: str, memory_kib: int) -> Passwords:
    return Passwords(
        AsSettings(database_url=url, secret=secret, argon2_memory_kib=memory_kib)  # type: ignore[arg-type]
    )


def add_from_command(url: str, options: argparse.Namespace) -> int:
    """`heart-uma account add`: asks for the password, or reads one line of standard input."""
    password = _ask_password(options.login)
    if password is None:
        print("The two passwords differ; nothing was changed.", file=sys.stderr)
        return 1
    settings = AsSettings(database_url=url, secret="not used: only passwords are hashed here")  # type: ignore[arg-type]  # noqa: S106
    engine = db.make_engine(url)
    try:
        with db.standalone(engine) as session:
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
