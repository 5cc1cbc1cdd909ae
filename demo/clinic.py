"""Settings of one of the demo's resource servers, for operators' commands run beside it."""

from pydantic import SecretStr

from demo.layout import Layout
from fhir_rs.settings import Settings


def settings(layout: Layout, source: str) -> Settings:
    """What that server runs with; its secret is left out, since no command opens sealed tokens."""
    return Settings(
        base_url=layout.fhir_base(source),
        name=layout.title(source),
        database_url=layout.database(source),
        key_file=layout.key_file(source),
        secret=SecretStr("commands seal nothing and open nothing"),
        trusted_as=(layout.issuer,),
    )
