"""Clients, their identity documents, screenings, at-risk levels, relationships and origins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Exclusion constraints compare ids by equality, which GiST offers only with this trusted extension.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_client()
    _create_personal_record()
    _create_identity_document()
    _create_screening()
    _create_client_risk()
    _create_client_source()
    _create_client_relationship()


def _create_client() -> None:
    op.create_table(
        "client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("screening", sa.String(40), nullable=True),
        sa.Column("service_class", sa.String(40), nullable=False, server_default="C"),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("manager_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("activated_at", _INSTANT, nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="client_pkey"),
        sa.UniqueConstraint("number", name="client_number_key"),
        sa.ForeignKeyConstraint(["manager_id"], ["staff.id"], name="client_manager_id_fkey"),
        sa.ForeignKeyConstraint(["unit_id"], ["organization_unit.id"], name="client_unit_id_fkey"),
    )
    for column in ("manager_id", "unit_id", "channel_id"):
        op.create_index(f"client_{column}_idx", "client", [column])
    op.execute("CREATE SEQUENCE client_number_seq OWNED BY client.number")


def _create_personal_record() -> None:
    op.create_table(
        "personal_record",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("name_tokens", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("phone_last4", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="personal_record_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="personal_record_client_id_fkey"),
    )
    for column in ("name_tokens", "phone_last4"):
        op.create_index(f"personal_record_{column}_idx", "personal_record", [column], postgresql_using="gin")


def _create_identity_document() -> None:
    op.create_table(
        "identity_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("replaced_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="identity_document_pkey"),
        # Deferred: a document claims its number before its client is written, so the loser of a race writes nothing.
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.id"],
            name="identity_document_client_id_fkey",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    for column in ("number_hash", "client_id"):
        op.create_index(
            f"identity_document_current_{column}_key",
            "identity_document",
            [column],
            unique=True,
            postgresql_where=sa.text("replaced_at IS NULL"),
        )


def _create_screening() -> None:
    op.create_table(
        "screening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.String(40), nullable=False),
        sa.Column("list_version", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("screened_by", sa.Uuid(), nullable=False),
        sa.Column("screened_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="screening_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="screening_client_id_fkey"),
    )
    op.create_index("screening_client_id_idx", "screening", ["client_id"])


def _create_client_risk() -> None:
    # No foreign key: a level may be heard of before its client.
    op.create_table(
        "client_risk",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("event_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="client_risk_pkey"),
    )


def _create_client_source() -> None:
    op.create_table(
        "client_source",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "external_id", name="client_source_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="client_source_client_id_fkey"),
    )
    op.create_index("client_source_client_id_idx", "client_source", ["client_id"])


def _create_client_relationship() -> None:
    op.create_table(
        "client_relationship",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("other_client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="client_relationship_pkey"),
        sa.UniqueConstraint("origin", "external_id", name="client_relationship_origin_external_id_key"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="client_relationship_client_id_fkey"),
        sa.ForeignKeyConstraint(["other_client_id"], ["client.id"], name="client_relationship_other_client_id_fkey"),
        sa.CheckConstraint("client_id <> other_client_id", name="client_relationship_two_clients_check"),
        sa.CheckConstraint("ended_on >= started_on", name="client_relationship_period_check"),
        postgresql.ExcludeConstraint(
            (sa.column("client_id"), "="),
            (sa.column("other_client_id"), "="),
            (sa.column("kind"), "="),
            (sa.text("daterange(started_on, ended_on, '[]')"), "&&"),
            name="client_relationship_no_overlap",
            using="gist",
        ),
    )
    for column in ("client_id", "other_client_id"):
        op.create_index(f"client_relationship_{column}_idx", "client_relationship", [column])
