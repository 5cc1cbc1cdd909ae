"""What a grant writes: one row for its tokens, and no index that only an operator would ask"""

import sqlalchemy as sa
from alembic import op

from as_server.migrations import sharing_0005
from as_server.migrations.keys_0004 import rekey

revision = "0005"
down_revision = "0004"

UNSPENT = sa.text("revoked_at IS NULL AND rotated_at IS NULL")
OF_RPT = sa.text("refresh_hash IS NOT NULL")
OF_NO_RPT = sa.text("rpt_grant IS NULL")
BEFORE = {
    "permission_ticket": {"ix_permission_ticket_hash": ["hash"]},
    "rpt_grant": {"ix_rpt_grant_party": ["party"], "ix_rpt_grant_client_id": ["client_id"]},
    "token": {
        "ix_token_hash": ["hash"],
        "ix_token_client_id": ["client_id"],
        "ix_token_account_key": ["account_key"],
        "ix_token_expires_at": ["expires_at"],
    },
}
FAMILY = "token_family_live"
JTI_ENDS = "ix_used_jti_expires_at"
REFRESH_ROWS = """
INSERT INTO token (
    owner, hash, kind, jti, family, client_id, account_key, scope, audience, rpt_grant, nonce,
    auth_time, acr, amr, issued_at, expires_at, ends_at, reason, revoked_at
) SELECT
    owner, refresh_hash, 'refresh', '', family, client_id, account_key, scope, '', rpt_grant, nonce,
    auth_time, acr, amr, issued_at, ends_at, ends_at, reason, revoked_at
FROM token WHERE refresh_hash IS NOT NULL
"""


def upgrade() -> None:
    for table, indexes in BEFORE.items():
        for name in indexes:
            op.drop_index(name, table_name=table)
    op.drop_index(FAMILY, table_name="token")
    op.add_column("token", sa.Column("refresh_hash", sa.String(), nullable=True))
    op.add_column(
        "token", sa.Column("ends_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute("UPDATE token SET ends_at = expires_at")
    _partial(FAMILY, ["family", "ends_at"], UNSPENT)
    _partial("token_refresh", ["owner", "refresh_hash"], OF_RPT, unique=True)
    _partial("token_client", ["client_id"], OF_NO_RPT)
    _partial("token_account", ["account_key"], OF_NO_RPT)
    op.create_index("ix_token_ends_at", "token", ["ends_at"])
    _by_key(by_key=True)
    _unsealed()
    sharing_0005.count()


def downgrade() -> None:
    sharing_0005.count_no_more()
    op.drop_table("routing_key")
    op.drop_table("unsealed_value")
    _by_key(by_key=False)
    op.execute(REFRESH_ROWS)
    for name in (FAMILY, "token_refresh", "token_client", "token_account", "ix_token_ends_at"):
        op.drop_index(name, table_name="token")
    op.drop_column("token", "refresh_hash")
    op.drop_column("token", "ends_at")
    _partial(FAMILY, ["family", "expires_at"], UNSPENT)
    for table, indexes in BEFORE.items():
        for name, columns in indexes.items():
            op.create_index(name, table, columns)


def _partial(name: str, columns: list[str], only: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, "token", columns, unique=unique, sqlite_where=only, postgresql_where=only)


def _by_key(*, by_key: bool) -> None:
    """Rows in their key, without a row id, on SQLite."""
    if op.get_bind().dialect.name == "postgresql":
        return
    op.drop_index(JTI_ENDS, table_name="used_jti")
    rekey("used_jti", ("client_id", "jti_hash"), by_key=by_key)
    rekey("audit_entry", ("owner", "seq"), by_key=by_key)
    op.create_index(JTI_ENDS, "used_jti", ["expires_at"])


def _unsealed() -> None:
    """Filled when a service first starts, which knows what it sealed."""
    op.create_table(
        "unsealed_value",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_unsealed_value_expires_at", "unsealed_value", ["expires_at"])
    op.create_table(
        "routing_key",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key_id"),
    )
