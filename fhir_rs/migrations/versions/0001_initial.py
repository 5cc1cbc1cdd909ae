"""Initial"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "as_client",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("jwks", sa.String(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("audit_record", "audit", ["record", "seq"], unique=False)
    op.create_table(
        "audit_checkpoint",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("checkpoint_seq", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "challenge_count",
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record", "hour"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "link",
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("tokens", sa.String(), nullable=False),
        sa.Column("pat_exp", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("catalogue", sa.String(), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record"),
    )
    op.create_index("link_owner", "link", ["issuer", "sub"], unique=False)
    op.create_table(
        "link_attempt",
        sa.Column("cookie_hash", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cookie_hash"),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("patient_ref", sa.String(), nullable=True),
        sa.Column("identity_copy", sa.Boolean(), nullable=False),
        sa.Column("source_key", sa.String(length=64), nullable=False),
        sa.Column("claim_code_hash", sa.String(length=64), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_key"),
    )
    op.create_index(op.f("ix_record_claim_code_hash"), "record", ["claim_code_hash"], unique=False)
    op.create_table(
        "registration",
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record", "type", "kind"),
    )
    op.create_table(
        "resource",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record", sa.String(length=22), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot", sa.String(length=80), nullable=False),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=True),
        sa.Column("day_low", sa.Integer(), nullable=True),
        sa.Column("day_high", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("sensitivity", sa.Text(), nullable=False),
        sa.Column("rules", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["record.id"],
        ),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("record", "address"),
    )
    op.create_index(
        "resource_enforced",
        "resource",
        ["record", "type", "slot", "level", "labels", "date", "address", "kind"],
        unique=False,
    )
    op.create_table(
        "label_hit",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.String(length=22), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("strength", sa.String(length=1), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resource.pk"],
        ),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index(op.f("ix_label_hit_record"), "label_hit", ["record"], unique=False)
    op.create_index(op.f("ix_label_hit_resource"), "label_hit", ["resource"], unique=False)
    op.create_table(
        "resource_reference",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.String(length=22), nullable=False),
        sa.Column("param", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("carries", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resource.pk"],
        ),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index(
        op.f("ix_resource_reference_resource"), "resource_reference", ["resource"], unique=False
    )
    op.create_index(
        "ix_resource_reference_target", "resource_reference", ["target", "record"], unique=False
    )
    op.create_table(
        "resource_version",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=80), nullable=False),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resource.pk"],
        ),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("resource", "version"),
    )
    op.create_table(
        "search_index",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.String(length=22), nullable=False),
        sa.Column("param", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resource.pk"],
        ),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index(op.f("ix_search_index_resource"), "search_index", ["resource"], unique=False)
    op.create_index(
        "ix_search_index_value", "search_index", ["record", "param", "value"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_search_index_value", table_name="search_index")
    op.drop_index(op.f("ix_search_index_resource"), table_name="search_index")
    op.drop_table("search_index")
    op.drop_table("resource_version")
    op.drop_index("ix_resource_reference_target", table_name="resource_reference")
    op.drop_index(op.f("ix_resource_reference_resource"), table_name="resource_reference")
    op.drop_table("resource_reference")
    op.drop_index(op.f("ix_label_hit_resource"), table_name="label_hit")
    op.drop_index(op.f("ix_label_hit_record"), table_name="label_hit")
    op.drop_table("label_hit")
    op.drop_index("resource_enforced", table_name="resource")
    op.drop_table("resource")
    op.drop_table("registration")
    op.drop_index(op.f("ix_record_claim_code_hash"), table_name="record")
    op.drop_table("record")
    op.drop_table("link_attempt")
    op.drop_index("link_owner", table_name="link")
    op.drop_table("link")
    op.drop_table("lease")
    op.drop_table("challenge_count")
    op.drop_table("audit_head")
    op.drop_table("audit_checkpoint")
    op.drop_index("audit_record", table_name="audit")
    op.drop_table("audit")
    op.drop_table("as_client")
