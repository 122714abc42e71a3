"""Advances to channels, the bank's references over all that is paid, and alarms of payments without an answer."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_INSTANT = sa.DateTime(timezone=True)
#: 国务院办公厅关于2025年、2026年部分节假日安排的通知.
_WORKDAYS = {
    "weekdays": [1, 2, 3, 4, 5],
    "days_off": [
        ["2025-01-01", "2025-01-01"],
        ["2025-01-28", "2025-02-04"],
        ["2025-04-04", "2025-04-06"],
        ["2025-05-01", "2025-05-05"],
        ["2025-05-31", "2025-06-02"],
        ["2025-10-01", "2025-10-08"],
        ["2026-01-01", "2026-01-03"],
        ["2026-02-15", "2026-02-23"],
        ["2026-04-04", "2026-04-06"],
        ["2026-05-01", "2026-05-05"],
        ["2026-06-19", "2026-06-21"],
        ["2026-09-25", "2026-09-27"],
        ["2026-10-01", "2026-10-07"],
    ],
    "make_up_days": [
        *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    ],
}


def upgrade() -> None:
    _create_draw()
    _create_recovery()
    op.create_table(
        "bank_reference",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("paid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="bank_reference_pkey"),
    )
    op.execute(
        "INSERT INTO bank_reference SELECT payment_reference, 'statement:' || id FROM statement"
        " WHERE payment_reference IS NOT NULL"
    )
    op.add_column("statement", sa.Column("recovered_fen", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("payment_attempt", sa.Column("alarmed_at", _INSTANT, nullable=True))
    insert = sa.text(
        "INSERT INTO policy_row (code, valid_from, value, source)"
        " VALUES (:code, '2000-01-01', CAST(:value AS jsonb), :source)"
    )
    source = "国办发明电〔2024〕12号、〔2025〕7号：2025年、2026年部分节假日安排；下一年公布后登记新行"
    op.execute(insert.bindparams(code="calendar.workdays", value=json.dumps(_WORKDAYS), source=source))
    source = "House rule: a payment without the bank's answer for two workdays is looked into"
    op.execute(insert.bindparams(code="payment.answer_workdays", value="2", source=source))
    op.execute(
        """
        CREATE FUNCTION refuse_draw_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'draw' AND TG_OP = 'UPDATE' THEN
                IF OLD.status NOT IN ('paid', 'refused') AND (NEW.channel_id, NEW.bearer, NEW.plan_id, NEW.amount_fen)
                        IS NOT DISTINCT FROM (OLD.channel_id, OLD.bearer, OLD.plan_id, OLD.amount_fen) THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'what is paid or recovered never changes';
        END $$;
        CREATE TRIGGER draw_kept BEFORE UPDATE OR DELETE ON draw
            FOR EACH ROW EXECUTE FUNCTION refuse_draw_change();
        CREATE TRIGGER draw_recovery_kept BEFORE UPDATE OR DELETE ON draw_recovery
            FOR EACH ROW EXECUTE FUNCTION refuse_draw_change();
        CREATE TRIGGER bank_reference_kept BEFORE UPDATE OR DELETE ON bank_reference
            FOR EACH ROW EXECUTE FUNCTION refuse_draw_change();
        """
    )


def _create_draw() -> None:
    op.create_table(
        "draw",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("bearer", sa.String(40), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("payment_reference", sa.String(), nullable=True),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="draw_pkey"),
        sa.UniqueConstraint("payment_reference", name="draw_payment_reference_key"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="draw_channel_id_fkey"),
        sa.ForeignKeyConstraint(["plan_id"], ["product.id"], name="draw_plan_id_fkey"),
        sa.CheckConstraint("amount_fen > 0", name="draw_amount_check"),
        sa.CheckConstraint("decided_by <> proposed_by", name="draw_two_people_check"),
        sa.CheckConstraint("(bearer = 'trust_plan') = (plan_id IS NOT NULL)", name="draw_bearer_check"),
        sa.CheckConstraint(
            "(status = 'paid') = (paid_on IS NOT NULL AND payment_reference IS NOT NULL)", name="draw_paid_check"
        ),
    )
    op.create_index("draw_books_idx", "draw", ["channel_id", "bearer", "plan_id"])


def _create_recovery() -> None:
    op.create_table(
        "draw_recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("is_given_back", sa.Boolean(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="draw_recovery_pkey"),
        sa.UniqueConstraint(
            "draw_id", "statement_id", "is_given_back", name="draw_recovery_draw_id_statement_id_is_given_back_key"
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name="draw_recovery_draw_id_fkey"),
        sa.CheckConstraint(
            "CASE WHEN is_given_back THEN amount_fen < 0 ELSE amount_fen > 0 END", name="draw_recovery_amount_check"
        ),
    )
    op.create_index("draw_recovery_statement_id_idx", "draw_recovery", ["statement_id"])
