"""Periods, dealings and the ledger of fee entries: append-only, and shut for closed months."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_period()
    _create_dealing()
    _create_accrual_entry()
    op.execute(
        """
        CREATE FUNCTION refuse_accrual_entry_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'fee entries are append-only: a correction is a further entry';
        END $$;
        CREATE TRIGGER accrual_entry_append_only BEFORE UPDATE OR DELETE ON accrual_entry
            FOR EACH ROW EXECUTE FUNCTION refuse_accrual_entry_change();

        CREATE FUNCTION refuse_entry_in_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM added JOIN period ON period.period = added.booked_period
                    WHERE period.status = 'closed') THEN
                RAISE EXCEPTION 'a closed month takes no entries';
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER accrual_entry_open_period AFTER INSERT ON accrual_entry
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_entry_in_closed_period();
        """
    )


def _create_period() -> None:
    op.create_table(
        "period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("period", sa.CHAR(7), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("statements", sa.Integer(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="period_pkey"),
        sa.UniqueConstraint("period", name="period_period_key"),
        sa.CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="period_month_check"),
    )


def _create_dealing() -> None:
    op.create_table(
        "dealing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("confirmation_number", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("heard_at", _INSTANT, nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("is_full", sa.Boolean(), nullable=False),
        sa.Column("reversed_by", sa.Uuid(), nullable=True),
        sa.Column("rate_rule_id", sa.Uuid(), nullable=True),
        sa.Column("bearer", sa.String(40), nullable=True),
        sa.Column("refusal", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("id", name="dealing_pkey"),
        sa.ForeignKeyConstraint(["rate_rule_id"], ["rate_rule.id"], name="dealing_rate_rule_id_fkey"),
        sa.CheckConstraint("(rate_rule_id IS NULL) = (bearer IS NULL)", name="dealing_terms_check"),
    )
    op.create_index("dealing_subscription_id_idx", "dealing", ["subscription_id"])
    op.create_index("dealing_rate_rule_id_confirmed_on_idx", "dealing", ["rate_rule_id", "confirmed_on"])
    op.create_index("dealing_channel_id_product_id_idx", "dealing", ["channel_id", "product_id", "confirmed_on"])
    op.create_index("dealing_refused_idx", "dealing", ["id"], postgresql_where=sa.text("refusal IS NOT NULL"))


def _create_accrual_entry() -> None:
    op.create_table(
        "accrual_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("rate_rule_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("bearer", sa.String(40), nullable=False),
        sa.Column("dealing_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("base_fen", sa.BigInteger(), nullable=False),
        sa.Column("exact", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("earned_period", sa.CHAR(7), nullable=False),
        sa.Column("booked_period", sa.CHAR(7), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("corrects_entry_id", sa.Uuid(), nullable=True),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="accrual_entry_pkey"),
        sa.UniqueConstraint("event_id", "kind", "seq", name="accrual_entry_event_id_kind_seq_key"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="accrual_entry_channel_id_fkey"),
        sa.ForeignKeyConstraint(["rate_rule_id"], ["rate_rule.id"], name="accrual_entry_rate_rule_id_fkey"),
        sa.ForeignKeyConstraint(["dealing_id"], ["dealing.id"], name="accrual_entry_dealing_id_fkey"),
        sa.ForeignKeyConstraint(["booked_period"], ["period.period"], name="accrual_entry_booked_period_fkey"),
        sa.ForeignKeyConstraint(
            ["corrects_entry_id"], ["accrual_entry.id"], name="accrual_entry_corrects_entry_id_fkey"
        ),
        sa.CheckConstraint("booked_period >= earned_period", name="accrual_entry_periods_check"),
    )
    op.create_index("accrual_entry_dealing_id_idx", "accrual_entry", ["dealing_id"])
    op.create_index("accrual_entry_channel_id_idx", "accrual_entry", ["channel_id", "id"])
    op.create_index("accrual_entry_client_id_idx", "accrual_entry", ["client_id", "id"])
    op.create_index("accrual_entry_rate_rule_id_idx", "accrual_entry", ["rate_rule_id", "product_id", "earned_period"])
    op.create_index(
        "accrual_entry_booked_period_idx",
        "accrual_entry",
        ["booked_period", "channel_id", "bearer", "product_id", "id"],
    )
