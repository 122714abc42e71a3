"""Statements that are void before they are paid: a later one takes their entries."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("statement", sa.Column("months", sa.ARRAY(sa.CHAR(7)), nullable=True))
    op.execute("UPDATE statement SET months = ARRAY[period]")
    op.alter_column("statement", "months", nullable=False)
    op.add_column("statement", sa.Column("void_into", sa.CHAR(7), nullable=True))
    op.add_column("statement", sa.Column("voided_by", sa.Uuid(), nullable=True))
    op.add_column("statement", sa.Column("void_reason", sa.String(), nullable=True))
    op.create_check_constraint("statement_void_check", "statement", "(status = 'void') = (void_into IS NOT NULL)")
    op.create_index(
        "statement_void_into_idx", "statement", ["void_into"], postgresql_where=sa.text("void_into IS NOT NULL")
    )
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_statement_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR (NEW.id, NEW.channel_id, NEW.period, NEW.months, NEW.bearer, NEW.product_id,
                    NEW.opening_fen, NEW.entries, NEW.entries_fen, NEW.closing_fen, NEW.digest, NEW.calculated_at)
                IS DISTINCT FROM (OLD.id, OLD.channel_id, OLD.period, OLD.months, OLD.bearer, OLD.product_id,
                    OLD.opening_fen, OLD.entries, OLD.entries_fen, OLD.closing_fen, OLD.digest, OLD.calculated_at) THEN
                RAISE EXCEPTION 'the figures of a statement are frozen';
            END IF;
            IF OLD.status IN ('paid', 'archived') AND NEW.status = 'void' THEN
                RAISE EXCEPTION 'what is paid cannot become void';
            END IF;
            RETURN NEW;
        END $$;
        """
    )
