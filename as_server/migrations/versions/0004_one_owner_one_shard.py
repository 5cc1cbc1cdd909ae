"""Whatever is an owner's has the owner first in its key"""

import sqlalchemy as sa
from alembic import op

from as_server.migrations.keys_0004 import rekey

revision = "0004"
down_revision = "0003"

LIVE = sa.text("ended_at IS NULL")
UNSPENT = sa.text("revoked_at IS NULL AND rotated_at IS NULL")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES: dict[str, dict[str, list[str]]] = {
    "resource": {"resource_owner_client": ["owner", "client_id"]},
    "permission_ticket": {"ix_permission_ticket_expires_at": ["expires_at"]},
    "rpt_grant": {
        "ix_rpt_grant_party": ["party"],
        "ix_rpt_grant_client_id": ["client_id"],
        "ix_rpt_grant_expires_at": ["expires_at"],
        "rpt_grant_live": ["owner", "party", "client_id", "rs_client_id", "turn"],
    },
    "token": {
        "ix_token_client_id": ["client_id"],
        "ix_token_account_key": ["account_key"],
        "ix_token_expires_at": ["expires_at"],
        "token_family_live": ["family", "expires_at"],
    },
}
"""Those that are the same before and after."""
PARTIAL = {"rpt_grant_live": LIVE, "token_family_live": UNSPENT}
HASHED = ("permission_ticket", "token")
"""What is found by its hash alone where nothing says whose it is: values of before."""
GONE = {
    "audit_entry": ("owner",),
    "submitted_request": ("owner",),
    "token": ("rpt_grant",),
}


def upgrade() -> None:
    _epochs()
    _owners_of_tokens()
    _drop_indexes()
    for table, columns in GONE.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}", table_name=table)
    rekey("audit_entry", ("owner", "seq"), types={"seq": sa.BigInteger()})
    rekey("resource", ("owner", "id"))
    rekey("permission_ticket", ("owner", "hash"), by_key=True)
    pair = ("owner", "fingerprint")
    rekey("rpt_grant", ("owner", "id"), unique=pair, replaces=("fingerprint",))
    same = ("owner", "party", "client_id", "ask_id")
    rekey("submitted_request", ("owner", "id"), unique=same, replaces=same)
    rekey("token", ("owner", "hash"), replaces=("jti",), by_key=True)
    _make_indexes()
    for table in HASHED:
        op.create_index(f"ix_{table}_hash", table, ["hash"])


def downgrade() -> None:
    for table in HASHED:
        op.drop_index(f"ix_{table}_hash", table_name=table)
    _drop_indexes()
    # Lines were numbered owner by owner on SQLite.
    numbered = {"seq": "row_number() OVER (ORDER BY at, owner, seq)"}
    rekey("audit_entry", ("seq",), renamed=numbered, types={"seq": NUMBER})
    rekey("resource", ("id",))
    rekey("permission_ticket", ("hash",))
    rekey("rpt_grant", ("id",), unique=("fingerprint",), replaces=("owner", "fingerprint"))
    same = ("owner", "party", "client_id", "ask_id")
    rekey("submitted_request", ("id",), unique=same, replaces=same)
    rekey("token", ("hash",), unique=("jti",))
    op.drop_column("token", "owner")
    _make_indexes()
    for table, columns in GONE.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
    _epochs_undone()


def _epochs() -> None:
    op.create_table(
        "owner_epoch",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
    op.execute("INSERT INTO owner_epoch (owner, epoch) SELECT key, epoch FROM account")
    op.drop_column("account", "epoch")


def _epochs_undone() -> None:
    op.add_column(
        "account", sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE account SET epoch = "
        "coalesce((SELECT epoch FROM owner_epoch WHERE owner = account.key), 0)"
    )
    op.drop_table("owner_epoch")


def _owners_of_tokens() -> None:
    op.add_column("token", sa.Column("owner", sa.String(), nullable=False, server_default=""))
    op.execute(
        "UPDATE token SET owner = coalesce("
        "(SELECT owner FROM rpt_grant WHERE id = token.rpt_grant), account_key)"
    )


def _drop_indexes() -> None:
    for table, indexes in INDEXES.items():
        for name in indexes:
            op.drop_index(name, table_name=table)


def _make_indexes() -> None:
    for table, indexes in INDEXES.items():
        for name, columns in indexes.items():
            only = PARTIAL.get(name)
            op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
