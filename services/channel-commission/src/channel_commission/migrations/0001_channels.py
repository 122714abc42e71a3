"""Channels with their licenses and active days; products and authorizations; the tables of shared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.schema import SHARED_V1

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute(SHARED_V1)
    # Exclusion constraints compare ids by equality, which GiST offers only with this trusted extension.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_channel()
    _create_channel_license()
    _create_channel_days()
    _create_product()
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        " ('channel.license_notice_days', '2000-01-01', '[60, 30]',"
        "  'House rule: notice 60 and 30 days before the last day of a license, suspension after it')"
    )


def _create_channel() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("suspension_reason", sa.String(40), nullable=True),
        sa.Column("uscc", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("due_diligence_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="channel_pkey"),
        sa.UniqueConstraint("number", name="channel_number_key"),
        sa.UniqueConstraint("origin", "external_id", name="channel_origin_external_id_key"),
        sa.ForeignKeyConstraint(["parent_id"], ["channel.id"], name="channel_parent_id_fkey"),
        sa.CheckConstraint(
            "kind <> 'unlicensed' OR status NOT IN ('active', 'suspended')", name="channel_licensed_check"
        ),
        sa.CheckConstraint("approved_by <> due_diligence_by", name="channel_two_people_check"),
    )
    op.create_index("channel_status_idx", "channel", ["status"])
    op.create_index("channel_parent_id_idx", "channel", ["parent_id"])
    op.execute("CREATE SEQUENCE channel_number_seq OWNED BY channel.number")


def _create_channel_license() -> None:
    op.create_table(
        "channel_license",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("notice_given", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="channel_license_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_license_channel_id_fkey"),
        sa.CheckConstraint("valid_to >= valid_from", name="channel_license_period_check"),
    )
    op.create_index("channel_license_channel_id_valid_to_idx", "channel_license", ["channel_id", "valid_to"])


def _create_channel_days() -> None:
    op.create_table(
        "channel_active_span",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("active_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="channel_active_span_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_active_span_channel_id_fkey"),
        sa.CheckConstraint("active_until >= active_from", name="channel_active_span_period_check"),
        postgresql.ExcludeConstraint(
            (sa.column("channel_id"), "="),
            (sa.text("daterange(active_from, active_until)"), "&&"),
            name="channel_active_span_no_overlap",
            using="gist",
        ),
    )
    op.create_index("channel_active_span_channel_id_idx", "channel_active_span", ["channel_id"])
    op.create_table(
        "channel_reassessment",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("done_up_to", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("channel_id", name="channel_reassessment_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_reassessment_channel_id_fkey"),
    )
    op.create_index("channel_reassessment_since_idx", "channel_reassessment", ["since"])


def _create_product() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="product_pkey"),
    )
    op.create_table(
        "product_authorization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("bearer", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("authorized_by", sa.Uuid(), nullable=False),
        sa.Column("authorized_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="product_authorization_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="product_authorization_channel_id_fkey"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="product_authorization_product_id_fkey"),
        sa.CheckConstraint("valid_to > valid_from", name="product_authorization_validity_check"),
        postgresql.ExcludeConstraint(
            (sa.column("channel_id"), "="),
            (sa.column("product_id"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            name="product_authorization_no_overlap",
            using="gist",
        ),
    )
