"""Every kind of rate, most specific first; every day of an agreement in force has exactly one version of its card."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("DROP TRIGGER rate_rule_immutable ON rate_rule")
    _widen_rate_rule()
    _one_card_on_every_day()
    # Only the end of a rate and whether it holds may still change, so whatever columns come later are covered as well.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_rate_rule_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT status FROM rate_card WHERE id = OLD.card_id) = 'draft' THEN
                RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
            END IF;
            IF TG_OP = 'DELETE' OR to_jsonb(NEW) - '{valid_to,is_in_force}'::text[]
                IS DISTINCT FROM to_jsonb(OLD) - '{valid_to,is_in_force}'::text[] THEN
                RAISE EXCEPTION 'a rate cannot be changed once its card is submitted';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER rate_rule_immutable BEFORE UPDATE OR DELETE ON rate_rule
            FOR EACH ROW EXECUTE FUNCTION refuse_rate_rule_change();
        """
    )
    _create_investor()
    _widen_dealing()
    _widen_accrual_entry()


def _widen_rate_rule() -> None:
    added = (
        sa.Column("component", sa.String(40), nullable=False, server_default="upfront"),
        sa.Column("product_kind", sa.String(), nullable=True),
        sa.Column("share_class", sa.String(), nullable=True),
        sa.Column("investor_kind", sa.String(40), nullable=True),
        sa.Column("measure", sa.String(40), nullable=False, server_default="deal"),
        sa.Column("flat_fen", sa.BigInteger(), nullable=True),
        sa.Column("floor_fen", sa.BigInteger(), nullable=True),
        sa.Column("cap_fen", sa.BigInteger(), nullable=True),
        sa.Column("window_cap_fen", sa.BigInteger(), nullable=True),
        sa.Column("cap_window", sa.String(40), nullable=True),
        sa.Column("clawback_days", sa.Integer(), nullable=True),
        sa.Column("clawback_steps", postgresql.JSONB(), nullable=True),
        sa.Column("trailing_terms", postgresql.JSONB(), nullable=True),
        sa.Column("payees", postgresql.JSONB(), nullable=True),
    )
    for column in added:
        op.add_column("rate_rule", column)
    op.execute("UPDATE rate_rule SET measure = 'month' WHERE kind = 'marginal'")
    for name in ("component", "measure"):
        op.alter_column("rate_rule", name, server_default=None)
    op.drop_constraint("rate_rule_clawback_check", "rate_rule")
    checks = {
        "clawback": "(clawback_form IS NULL) = (clawback_months IS NULL AND clawback_days IS NULL)",
        "trailing": "(component = 'trailing') = (trailing_terms IS NOT NULL)",
        "window_cap": "(cap_window IS NULL) = (window_cap_fen IS NULL)",
        "scope": "product_id IS NULL OR product_kind IS NULL",
    }
    for name, condition in checks.items():
        op.create_check_constraint(f"rate_rule_{name}_check", "rate_rule", condition)
    op.drop_constraint("rate_rule_no_overlap", "rate_rule")
    op.execute(
        "ALTER TABLE rate_rule ADD CONSTRAINT rate_rule_no_overlap EXCLUDE USING gist (channel_id WITH =,"
        " component WITH =, coalesce(product_id, '00000000-0000-0000-0000-000000000000'::uuid) WITH =,"
        " coalesce(product_kind, '') WITH =, coalesce(share_class, '') WITH =, coalesce(investor_kind, '') WITH =,"
        " daterange(valid_from, valid_to) WITH &&) WHERE (is_in_force)"
    )


def _one_card_on_every_day() -> None:
    """Two temporal keys: approved versions share no day, and the days of an agreement in force are all among theirs."""
    op.add_column("rate_card", sa.Column("valid_to", sa.Date(), nullable=True))
    op.add_column("agreement", sa.Column("is_in_force", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("agreement", "is_in_force", server_default=None)
    # A version approved for the same day as an earlier one took all of that one's days.
    op.execute(
        "UPDATE rate_card SET valid_to = coalesce(next_from, agreement.valid_to)"
        " FROM (SELECT id, lead(valid_from) OVER (PARTITION BY agreement_id ORDER BY valid_from, version) AS next_from"
        "  FROM rate_card WHERE status = 'approved') AS next, agreement"
        " WHERE rate_card.id = next.id AND agreement.id = rate_card.agreement_id"
    )
    op.execute(
        "UPDATE agreement SET is_in_force = true WHERE EXISTS (SELECT FROM rate_card"
        " WHERE agreement_id = agreement.id AND status = 'approved' AND rate_card.valid_from = agreement.valid_from)"
    )
    op.execute(
        """
        ALTER TABLE rate_card ADD COLUMN in_force daterange GENERATED ALWAYS AS (
            CASE WHEN status = 'approved' AND valid_from < coalesce(valid_to, 'infinity'::date)
                THEN daterange(valid_from, valid_to) END) STORED;
        ALTER TABLE agreement ADD COLUMN in_force daterange GENERATED ALWAYS AS (
            CASE WHEN is_in_force THEN daterange(valid_from, valid_to) END) STORED;
        ALTER TABLE rate_card ADD CONSTRAINT rate_card_no_overlap UNIQUE (agreement_id, in_force WITHOUT OVERLAPS);
        ALTER TABLE agreement ADD CONSTRAINT agreement_no_gap FOREIGN KEY (id, PERIOD in_force)
            REFERENCES rate_card (agreement_id, PERIOD in_force) DEFERRABLE INITIALLY DEFERRED;
        """
    )


def _create_investor() -> None:
    op.create_table(
        "investor",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="investor_pkey"),
    )


def _widen_dealing() -> None:
    op.add_column("dealing", sa.Column("share_class", sa.String(), nullable=False, server_default=""))
    op.alter_column("dealing", "share_class", server_default=None)
    op.add_column("dealing", sa.Column("trailing_rule_id", sa.Uuid(), nullable=True))
    op.add_column("dealing", sa.Column("trailing_through", sa.CHAR(7), nullable=True))
    op.create_foreign_key("dealing_trailing_rule_id_fkey", "dealing", "rate_rule", ["trailing_rule_id"], ["id"])
    op.drop_constraint("dealing_terms_check", "dealing")
    op.create_check_constraint(
        "dealing_terms_check", "dealing", "(rate_rule_id IS NULL AND trailing_rule_id IS NULL) = (bearer IS NULL)"
    )
    op.create_index("dealing_trailing_rule_id_confirmed_on_idx", "dealing", ["trailing_rule_id", "confirmed_on"])
    op.create_index(
        "dealing_trailing_idx",
        "dealing",
        ["trailing_through", "id"],
        postgresql_where=sa.text("trailing_rule_id IS NOT NULL"),
    )


def _widen_accrual_entry() -> None:
    op.add_column("accrual_entry", sa.Column("component", sa.String(40), nullable=False, server_default="upfront"))
    op.alter_column("accrual_entry", "component", server_default=None)
    op.create_unique_constraint(
        "accrual_entry_event_id_component_kind_seq_key", "accrual_entry", ["event_id", "component", "kind", "seq"]
    )
    op.drop_constraint("accrual_entry_event_id_kind_seq_key", "accrual_entry")
