"""What a stop has to walk is bounded, what comes twice is known, a disabled client stays so"""

import sqlalchemy as sa
from alembic import op

from as_server.migrations import people_0003

revision = "0003"
down_revision = "0002"

LIVE = sa.text("ended_at IS NULL")
UNSPENT = sa.text("revoked_at IS NULL AND rotated_at IS NULL")


def upgrade() -> None:
    _clients()
    _grants()
    _codes()
    _people()


def downgrade() -> None:
    _people_undone()
    _codes_undone()
    _grants_undone()
    _clients_undone()


def _clients() -> None:
    """Who was disabled and who only left the operator's file could not be told apart: both stay
    out until the operator says otherwise (`enable-client`)."""
    no = sa.false()
    op.add_column(
        "client",
        sa.Column("disabled_by_operator", sa.Boolean(), nullable=False, server_default=no),
    )
    op.execute("UPDATE client SET disabled_by_operator = disabled")
    op.add_column(
        "client", sa.Column("profile", sa.String(), nullable=False, server_default="heart")
    )
    op.add_column("client", sa.Column("secret_hash", sa.String(), nullable=True))


def _clients_undone() -> None:
    for name in ("secret_hash", "profile", "disabled_by_operator"):
        op.drop_column("client", name)


def _grants() -> None:
    """A reason belongs to a token; a grant knows its turn among those of the same parties."""
    op.add_column("token", sa.Column("reason", sa.String(), nullable=True))
    op.execute(
        "UPDATE token SET reason = (SELECT reason FROM rpt_grant WHERE id = token.rpt_grant) "
        "WHERE rpt_grant IS NOT NULL"
    )
    op.drop_column("rpt_grant", "reason")
    op.drop_column("token", "repeated_at")
    op.add_column(
        "rpt_grant", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.drop_index("rpt_grant_owner", table_name="rpt_grant")
    op.create_index(
        "rpt_grant_live",
        "rpt_grant",
        ["owner", "party", "client_id", "rs_client_id", "turn"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(op.f("ix_rpt_grant_expires_at"), "rpt_grant", ["expires_at"], unique=False)
    op.drop_index(op.f("ix_token_family"), table_name="token")
    op.create_index(
        "token_family_live",
        "token",
        ["family", "expires_at"],
        sqlite_where=UNSPENT,
        postgresql_where=UNSPENT,
    )


def _grants_undone() -> None:
    op.drop_index("token_family_live", table_name="token")
    op.create_index(op.f("ix_token_family"), "token", ["family"], unique=False)
    op.drop_index(op.f("ix_rpt_grant_expires_at"), table_name="rpt_grant")
    op.drop_index("rpt_grant_live", table_name="rpt_grant")
    op.create_index("rpt_grant_owner", "rpt_grant", ["owner", "expires_at"], unique=False)
    op.drop_column("rpt_grant", "turn")
    op.add_column("token", sa.Column("repeated_at", sa.BigInteger(), nullable=True))
    op.add_column("rpt_grant", sa.Column("reason", sa.String(), nullable=True))
    op.drop_column("token", "reason")


def _codes() -> None:
    """A spent code stays in its row, so that who presents it again can be told from a stranger.

    Codes spent before say nothing of their client, so nobody can prove to hold one: they go.
    """
    op.add_column("authorization_code", sa.Column("used_at", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_authorization_code_account_key"),
        "authorization_code",
        ["account_key"],
        unique=False,
    )
    op.drop_index(
        op.f("ix_spent_authorization_code_expires_at"), table_name="spent_authorization_code"
    )
    op.drop_table("spent_authorization_code")


def _codes_undone() -> None:
    op.execute("DELETE FROM authorization_code WHERE used_at IS NOT NULL")
    op.drop_index(op.f("ix_authorization_code_account_key"), table_name="authorization_code")
    op.drop_column("authorization_code", "used_at")
    op.create_table(
        "spent_authorization_code",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(
        op.f("ix_spent_authorization_code_expires_at"),
        "spent_authorization_code",
        ["expires_at"],
        unique=False,
    )


def _people() -> None:
    op.add_column(
        "account", sa.Column("login_folded", sa.String(), nullable=False, server_default="")
    )
    op.add_column("account", sa.Column("email_folded", sa.String(), nullable=True))
    op.add_column(
        "account", sa.Column("directory_words", sa.Text(), nullable=False, server_default="")
    )
    people_0003.fold_names(op.get_bind())
    op.create_index(op.f("ix_account_login_folded"), "account", ["login_folded"], unique=True)
    op.create_index(op.f("ix_account_email_folded"), "account", ["email_folded"], unique=False)
    op.drop_index(op.f("ix_account_email"), table_name="account")
    op.create_table(
        "outcome_change",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("withheld_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("owner", "policy"),
    )
    people_0003.list_changed_outcomes(op.get_bind())
    # Whatever was answered by the order of rules before is forgotten by the resource servers.
    op.execute("UPDATE account SET epoch = epoch + 1")


def _people_undone() -> None:
    op.drop_table("outcome_change")
    op.create_index(op.f("ix_account_email"), "account", ["email"], unique=False)
    for name in ("email_folded", "login_folded"):
        op.drop_index(op.f(f"ix_account_{name}"), table_name="account")
    for name in ("directory_words", "email_folded", "login_folded"):
        op.drop_column("account", name)
