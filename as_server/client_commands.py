"""Commands of an operator that give one registered client the rules of others, and a secret.

flask --app as_server.app:create_app set-client-profile CLIENT_ID smart --scope "system/*.read"
"""

import hashlib
import json

import click
from flask.cli import with_appcontext

from as_server.clients.metadata import validate
from as_server.clients.profiles import CLIENT_CREDENTIALS, HEART, PROFILES, SECRET_METHODS
from as_server.clients.static import fill
from as_server.context import current_as, work
from as_server.errors import WireError
from as_server.models.client import Client
from as_server.sharing import withdrawal
from heart_uma import typed
from heart_uma.loopback import is_loopback_url

SECRET_BYTES = 32


@click.command("set-client-profile")
@click.argument("client_id")
@click.argument("profile", type=click.Choice(list(PROFILES)))
@click.option("--scope", help="The scopes that it may have from now on; without: those it has.")
@click.option("--client-credentials", is_flag=True, help="Let it act without a person, too.")
@with_appcontext
def set_client_profile(
    client_id: str, profile: str, scope: str | None, client_credentials: bool
) -> None:
    """Let a registered client follow the rules of `smart`, `oidc` or `heart`. Its tokens end."""
    client, settings = _registered(client_id), current_as.settings
    if profile != HEART.name and profile not in settings.client_profiles:
        raise click.ClickException(f"AS_CLIENT_PROFILES does not name {profile}.")
    wanted = dict(client.metadata_members)
    grants = [one for one in client.grant_types if one in PROFILES[profile].grant_types]
    wanted["grant_types"] = grants + [CLIENT_CREDENTIALS] * client_credentials
    wanted["scope"] = wanted["scope"] if scope is None else scope
    try:
        kept = validate(
            wanted,
            dynamic=False,
            loopback_allowed=is_loopback_url(settings.issuer),
            id_token_algorithms=current_as.keys.id_token_algorithms,
            profile=PROFILES[profile],
        )
    except WireError as error:
        raise click.ClickException(f"{error.description}") from error
    off, by_operator = client.disabled, client.disabled_by_operator
    # What it holds was given under other rules.
    owners = withdrawal.client_disabled(work(), client_id)
    client = _registered(client_id)
    client.disabled, client.disabled_by_operator = off, by_operator
    client.profile = profile
    if kept["token_endpoint_auth_method"] not in SECRET_METHODS:
        client.secret_hash = None
    fill(client, kept)
    current_as.announcements.tell(work(), owners)
    click.echo(f"{client_id} follows {profile}, with the scopes {kept['scope']!r}.")


@click.command("give-client-secret")
@click.argument("client_id")
@click.option("--method", type=click.Choice(SECRET_METHODS), default=SECRET_METHODS[0])
@with_appcontext
def give_client_secret(client_id: str, method: str) -> None:
    """Make a secret for a client of another profile and print it, this once."""
    client = _registered(client_id)
    if client.profile == HEART.name:
        raise click.ClickException("A HEART client has keys and never a secret.")
    secret = typed.new(SECRET_BYTES)
    members = {**client.metadata_members, "token_endpoint_auth_method": method}
    for name in ("jwks", "jwks_uri", "token_endpoint_auth_signing_alg"):
        members.pop(name, None)
    client.registration, client.auth_method = json.dumps(members), method
    client.secret_hash = hashlib.sha256(secret.encode()).hexdigest()
    work().commit()
    click.echo(secret)


def _registered(client_id: str) -> Client:
    client = work().db.get(Client, client_id)
    if client is None or not client.dynamic:
        raise click.ClickException(
            "No registered client has this id. One of AS_CLIENTS_FILE gets its profile there."
        )
    return client
