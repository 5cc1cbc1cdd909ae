"""Commands of an operator: make the tables, rotate the signing key, disable or enable a person or
client.

What a disabled person held has ended for good; an account that is enabled again starts anew.

flask --app as_server.app:create_app rotate-keys
"""

import click
from flask import Flask
from flask.cli import with_appcontext

from as_server.client_commands import give_client_secret, set_client_profile
from as_server.clients import static
from as_server.context import current_as, work
from as_server.models import account as accounts
from as_server.models.client import Client
from as_server.sharing import withdrawal
from as_server.tokens import keys
from heart_ground.migrations import migrate


def register(app: Flask) -> None:
    accounts_of = (disable_account, enable_account)
    clients_of = (disable_client, enable_client, set_client_profile, give_client_secret)
    for command in (init_db, rotate_keys, *accounts_of, *clients_of):
        # Ids and logins are no options, also where they begin with a dash.
        command.context_settings["ignore_unknown_options"] = True
        app.cli.add_command(command)


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Bring the tables up to date."""
    migrate(current_as.engine, "as_server")
    click.echo("The tables are up to date.")


@click.command("rotate-keys")
@with_appcontext
def rotate_keys() -> None:
    """Put a new signing key first; the old ones stay for verifying. Restart afterwards."""
    path = current_as.settings.key_file
    if path is None:
        raise click.ClickException("AS_KEY_FILE is not set.")
    found = keys.rotate(path, current_as.settings.signing_algorithm)
    click.echo(f"{len(found.keys)} keys; the new one is {found.keys[0].kid}.")


@click.command("disable-account")
@click.argument("login")
@with_appcontext
def disable_account(login: str) -> None:
    """End everything a person can do here, as owner and as requesting party."""
    account = accounts.by_login(work().db, login)
    if account is None:
        raise click.ClickException("Nobody has this login.")
    name = account.login
    current_as.announcements.tell(work(), withdrawal.account_disabled(work(), account.key))
    click.echo(f"{name} is disabled.")


@click.command("enable-account")
@click.argument("login")
@with_appcontext
def enable_account(login: str) -> None:
    """Let a disabled person sign in again. Shares that name them hold again; old keys stay dead."""
    account = accounts.by_login(work().db, login, disabled=True)
    if account is None:
        raise click.ClickException("Nobody with this login is disabled.")
    account.disabled, name = False, account.login
    work().commit()
    click.echo(f"{name} is enabled.")


@click.command("disable-client")
@click.argument("client_id")
@with_appcontext
def disable_client(client_id: str) -> None:
    """End everything a client can do here."""
    if work().db.get(Client, client_id) is None:
        raise click.ClickException("No client has this id.")
    current_as.announcements.tell(work(), withdrawal.client_disabled(work(), client_id))
    click.echo(f"{client_id} is disabled.")


@click.command("enable-client")
@click.argument("client_id")
@with_appcontext
def enable_client(client_id: str) -> None:
    """Let a client that was disabled act again; the tokens it had stay ended."""
    client = work().db.get(Client, client_id)
    if client is None:
        raise click.ClickException("No client has this id.")
    client.disabled_by_operator = False
    # One that is no longer listed comes back when it is listed and the service starts.
    client.disabled = not client.dynamic and not static.is_listed(current_as.settings, client_id)
    work().commit()
    click.echo(
        f"{client_id} is not in AS_CLIENTS_FILE and stays out."
        if client.disabled
        else f"{client_id} is enabled."
    )
