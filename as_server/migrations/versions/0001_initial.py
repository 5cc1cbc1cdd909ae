"""Initial"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("role_code", sa.String(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("clinician", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("login"),
    )
    op.create_index(op.f("ix_account_email"), "account", ["email"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("rs_client_id", sa.String(), nullable=True),
        sa.Column("policy", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(op.f("ix_audit_entry_owner"), "audit_entry", ["owner"], unique=False)
    op.create_table(
        "authorization_code",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("code_challenge", sa.String(), nullable=False),
        sa.Column("code_challenge_method", sa.String(), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("acr", sa.String(), nullable=False),
        sa.Column("amr", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(
        op.f("ix_authorization_code_expires_at"), "authorization_code", ["expires_at"], unique=False
    )
    op.create_table(
        "authorization_request",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=True),
        sa.Column("authenticated_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        op.f("ix_authorization_request_created_at"),
        "authorization_request",
        ["created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_authorization_request_session_key"),
        "authorization_request",
        ["session_key"],
        unique=False,
    )
    op.create_table(
        "browser_session",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("cookie_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("cookie_hash"),
    )
    op.create_index(
        op.f("ix_browser_session_seen_at"), "browser_session", ["seen_at"], unique=False
    )
    op.create_table(
        "client",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("auth_method", sa.String(), nullable=False),
        sa.Column("dynamic", sa.Boolean(), nullable=False),
        sa.Column("skip_consent", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("rs_base", sa.String(), nullable=True),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_index(op.f("ix_client_rs_base"), "client", ["rs_base"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("told_epoch", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "client_id"),
    )
    op.create_index(op.f("ix_outbox_next_attempt_at"), "outbox", ["next_attempt_at"], unique=False)
    op.create_table(
        "pairwise_subject",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "sub"),
    )
    op.create_index(
        op.f("ix_pairwise_subject_account_key"), "pairwise_subject", ["account_key"], unique=False
    )
    op.create_table(
        "permission_ticket",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("rs_client_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("permissions", sa.Text(), nullable=False),
        sa.Column("request", sa.String(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(
        op.f("ix_permission_ticket_expires_at"), "permission_ticket", ["expires_at"], unique=False
    )
    op.create_table(
        "policy",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("withholds", sa.Boolean(), nullable=False),
        sa.Column("who_level", sa.Integer(), nullable=False),
        sa.Column("who_value", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "id"),
    )
    op.create_index("policy_party", "policy", ["owner", "who_level", "who_value"], unique=False)
    op.create_table(
        "policy_version",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "id", "version"),
    )
    op.create_table(
        "remembered_consent",
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("granted", sa.String(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_key", "account_key", "client_id", "scope"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("pat_family", sa.String(), nullable=False),
        sa.Column("fhir_type", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("resource_owner_client", "resource", ["owner", "client_id"], unique=False)
    op.create_table(
        "rpt_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("rs_client_id", sa.String(), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index(op.f("ix_rpt_grant_client_id"), "rpt_grant", ["client_id"], unique=False)
    op.create_index(op.f("ix_rpt_grant_party"), "rpt_grant", ["party"], unique=False)
    op.create_index("rpt_grant_owner", "rpt_grant", ["owner", "expires_at"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("acr", sa.String(), nullable=False),
        sa.Column("amr", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("session_key", "account_key"),
    )
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
    op.create_table(
        "submitted_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("ask_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("requested_until", sa.String(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("runs_out_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("policy", sa.String(), nullable=True),
        sa.Column("tell_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "party", "client_id", "ask_id"),
    )
    op.create_index(
        op.f("ix_submitted_request_owner"), "submitted_request", ["owner"], unique=False
    )
    op.create_table(
        "token",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("rpt_grant", sa.String(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("acr", sa.String(), nullable=False),
        sa.Column("amr", sa.String(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("rotated_at", sa.BigInteger(), nullable=True),
        sa.Column("repeated_at", sa.BigInteger(), nullable=True),
        sa.Column("successor_hash", sa.String(), nullable=True),
        sa.Column("successor_sealed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("hash"),
        sa.UniqueConstraint("jti"),
    )
    op.create_index(op.f("ix_token_account_key"), "token", ["account_key"], unique=False)
    op.create_index(op.f("ix_token_client_id"), "token", ["client_id"], unique=False)
    op.create_index(op.f("ix_token_expires_at"), "token", ["expires_at"], unique=False)
    op.create_index(op.f("ix_token_family"), "token", ["family"], unique=False)
    op.create_index(op.f("ix_token_rpt_grant"), "token", ["rpt_grant"], unique=False)
    op.create_table(
        "used_jti",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("jti_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti_hash"),
    )
    op.create_index(op.f("ix_used_jti_expires_at"), "used_jti", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_used_jti_expires_at"), table_name="used_jti")
    op.drop_table("used_jti")
    op.drop_index(op.f("ix_token_rpt_grant"), table_name="token")
    op.drop_index(op.f("ix_token_family"), table_name="token")
    op.drop_index(op.f("ix_token_expires_at"), table_name="token")
    op.drop_index(op.f("ix_token_client_id"), table_name="token")
    op.drop_index(op.f("ix_token_account_key"), table_name="token")
    op.drop_table("token")
    op.drop_index(op.f("ix_submitted_request_owner"), table_name="submitted_request")
    op.drop_table("submitted_request")
    op.drop_index(
        op.f("ix_spent_authorization_code_expires_at"), table_name="spent_authorization_code"
    )
    op.drop_table("spent_authorization_code")
    op.drop_table("sign_in")
    op.drop_index("rpt_grant_owner", table_name="rpt_grant")
    op.drop_index(op.f("ix_rpt_grant_party"), table_name="rpt_grant")
    op.drop_index(op.f("ix_rpt_grant_client_id"), table_name="rpt_grant")
    op.drop_table("rpt_grant")
    op.drop_index("resource_owner_client", table_name="resource")
    op.drop_table("resource")
    op.drop_table("remembered_consent")
    op.drop_table("policy_version")
    op.drop_index("policy_party", table_name="policy")
    op.drop_table("policy")
    op.drop_index(op.f("ix_permission_ticket_expires_at"), table_name="permission_ticket")
    op.drop_table("permission_ticket")
    op.drop_index(op.f("ix_pairwise_subject_account_key"), table_name="pairwise_subject")
    op.drop_table("pairwise_subject")
    op.drop_index(op.f("ix_outbox_next_attempt_at"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_client_rs_base"), table_name="client")
    op.drop_table("client")
    op.drop_index(op.f("ix_browser_session_seen_at"), table_name="browser_session")
    op.drop_table("browser_session")
    op.drop_index(op.f("ix_authorization_request_session_key"), table_name="authorization_request")
    op.drop_index(op.f("ix_authorization_request_created_at"), table_name="authorization_request")
    op.drop_table("authorization_request")
    op.drop_index(op.f("ix_authorization_code_expires_at"), table_name="authorization_code")
    op.drop_table("authorization_code")
    op.drop_index(op.f("ix_audit_entry_owner"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_account_email"), table_name="account")
    op.drop_table("account")
