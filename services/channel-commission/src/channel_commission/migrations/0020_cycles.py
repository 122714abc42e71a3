"""Agreements settle by the month, by the quarter or at the establishment of a plan."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    # Everything so far is settled by the month; the defaults stay, so that code of before goes on writing beside this.
    for table, name in (("agreement", "cycle"), ("rate_rule", "cycle"), ("accrual_entry", "run"), ("statement", "run")):
        op.add_column(table, sa.Column(name, sa.String(40), nullable=False, server_default="monthly"))
    op.create_table(
        "establishment",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.CHAR(7), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name="establishment_pkey"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="establishment_product_id_fkey"),
        sa.ForeignKeyConstraint(["period"], ["period.period"], name="establishment_period_fkey"),
    )
    op.create_index(
        "accrual_entry_at_establishment_idx",
        "accrual_entry",
        ["product_id"],
        postgresql_where=sa.text("run = 'at_establishment'"),
    )
    _one_statement_per_run()
    _freeze_runs()


def _one_statement_per_run() -> None:
    op.create_index(
        "statement_of_month_key",
        "statement",
        ["channel_id", "period", "run", "bearer", "product_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("run <> 'at_establishment' OR status <> 'void'"),
    )
    op.drop_constraint("statement_channel_id_period_bearer_product_id_key", "statement")
    op.drop_constraint("statement_bearer_check", "statement")
    op.create_check_constraint(
        "statement_bearer_check",
        "statement",
        "(bearer = 'trust_plan' OR run = 'at_establishment') = (product_id IS NOT NULL)",
    )
    op.create_check_constraint(
        "statement_no_debt_at_establishment_check", "statement", "run <> 'at_establishment' OR closing_fen >= 0"
    )


def _freeze_runs() -> None:
    """What a statement takes never changes, its run included; nor does the cycle of an agreement."""
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_statement_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR (NEW.id, NEW.channel_id, NEW.period, NEW.run, NEW.months, NEW.bearer,
                    NEW.product_id, NEW.opening_fen, NEW.entries, NEW.entries_fen, NEW.closing_fen, NEW.digest,
                    NEW.calculated_at)
                IS DISTINCT FROM (OLD.id, OLD.channel_id, OLD.period, OLD.run, OLD.months, OLD.bearer,
                    OLD.product_id, OLD.opening_fen, OLD.entries, OLD.entries_fen, OLD.closing_fen, OLD.digest,
                    OLD.calculated_at) THEN
                RAISE EXCEPTION 'the figures of a statement are frozen';
            END IF;
            IF OLD.status IN ('paid', 'archived') AND NEW.status = 'void' THEN
                RAISE EXCEPTION 'what is paid cannot become void';
            END IF;
            RETURN NEW;
        END $$;
        CREATE FUNCTION refuse_cycle_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.cycle IS DISTINCT FROM OLD.cycle THEN
                RAISE EXCEPTION 'the cycle of an agreement is chosen once';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER agreement_cycle BEFORE UPDATE ON agreement
            FOR EACH ROW EXECUTE FUNCTION refuse_cycle_change();
        """
    )
