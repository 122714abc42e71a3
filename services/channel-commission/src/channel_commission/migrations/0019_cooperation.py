"""Working with partners: contacts, visits and trainings, sales quotas."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channel_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("masked_name", sa.String(), nullable=False),
        sa.Column("masked_phone", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="channel_contact_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_contact_channel_id_fkey"),
        sa.CheckConstraint("valid_until >= valid_from", name="channel_contact_period_check"),
    )
    op.create_index("channel_contact_channel_id_idx", "channel_contact", ["channel_id"])
    op.create_table(
        "channel_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("attendees", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="channel_visit_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_visit_channel_id_fkey"),
        sa.CheckConstraint("attendees >= 0", name="channel_visit_attendees_check"),
    )
    op.create_index("channel_visit_channel_id_held_on_idx", "channel_visit", ["channel_id", "held_on"])
    _create_sales_quota()


def _create_sales_quota() -> None:
    op.create_table(
        "sales_quota",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("alarm_given", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="sales_quota_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="sales_quota_channel_id_fkey"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="sales_quota_product_id_fkey"),
        sa.CheckConstraint("valid_until > valid_from", name="sales_quota_period_check"),
        sa.CheckConstraint("amount_fen > 0", name="sales_quota_amount_check"),
    )
    op.execute(
        "ALTER TABLE sales_quota ADD CONSTRAINT sales_quota_no_overlap EXCLUDE USING gist"
        " (channel_id WITH =, product_id WITH =, daterange(valid_from, valid_until) WITH &&)"
    )
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        " ('channel.quota_alarm_percents', '2000-01-01', '[80, 100]',"
        "  'House rule: an alarm at 80 and at 100 percent of a sales quota')"
    )
