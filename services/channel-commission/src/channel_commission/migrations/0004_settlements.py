"""Statements: their figures are frozen from the first moment."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_statement()
    op.execute(
        """
        CREATE FUNCTION refuse_statement_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR (NEW.id, NEW.channel_id, NEW.period, NEW.bearer, NEW.product_id, NEW.opening_fen,
                    NEW.entries, NEW.entries_fen, NEW.closing_fen, NEW.digest, NEW.calculated_at)
                IS DISTINCT FROM (OLD.id, OLD.channel_id, OLD.period, OLD.bearer, OLD.product_id, OLD.opening_fen,
                    OLD.entries, OLD.entries_fen, OLD.closing_fen, OLD.digest, OLD.calculated_at) THEN
                RAISE EXCEPTION 'the figures of a statement are frozen';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER statement_frozen BEFORE UPDATE OR DELETE ON statement
            FOR EACH ROW EXECUTE FUNCTION refuse_statement_change();
        """
    )


def _create_statement() -> None:
    op.create_table(
        "statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.CHAR(7), nullable=False),
        sa.Column("bearer", sa.String(40), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("opening_fen", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("entries_fen", sa.BigInteger(), nullable=False),
        sa.Column("closing_fen", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("calculated_at", _INSTANT, nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("invoice_number", sa.String(), nullable=True),
        sa.Column("invoiced_by", sa.Uuid(), nullable=True),
        sa.Column("payment_approved_by", sa.Uuid(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("payment_reference", sa.String(), nullable=True),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="statement_pkey"),
        sa.UniqueConstraint(
            "channel_id",
            "period",
            "bearer",
            "product_id",
            name="statement_channel_id_period_bearer_product_id_key",
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("payment_reference", name="statement_payment_reference_key"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="statement_channel_id_fkey"),
        sa.ForeignKeyConstraint(["period"], ["period.period"], name="statement_period_fkey"),
        sa.CheckConstraint("(bearer = 'trust_plan') = (product_id IS NOT NULL)", name="statement_bearer_check"),
        sa.CheckConstraint(
            "opening_fen + entries_fen = closing_fen AND opening_fen <= 0", name="statement_balance_check"
        ),
        sa.CheckConstraint("payment_approved_by <> checked_by", name="statement_two_people_check"),
        sa.CheckConstraint("paid_on IS NULL OR closing_fen > 0", name="statement_payable_check"),
    )
    op.create_index("statement_period_idx", "statement", ["period"])
    op.create_index("statement_status_idx", "statement", ["status"])
    op.create_index(
        "statement_invoice_key",
        "statement",
        ["channel_id", "invoice_number"],
        unique=True,
        postgresql_where=sa.text("invoice_number IS NOT NULL"),
    )
