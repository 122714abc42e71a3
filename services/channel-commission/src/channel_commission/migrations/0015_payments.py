"""Payment files and attempts: a statement has one attempt that is not over, and one settled for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE payment_file_number_seq")
    op.create_table(
        "payment_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("format_version", sa.Integer(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("prepared_at", _INSTANT, nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", _INSTANT, nullable=True),
        sa.Column("canceled_by", sa.Uuid(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="payment_file_pkey"),
        sa.UniqueConstraint("number", name="payment_file_number_key"),
        sa.CheckConstraint("released_by <> prepared_by", name="payment_file_two_people_check"),
        sa.CheckConstraint("(status = 'released') = (released_by IS NOT NULL)", name="payment_file_release_check"),
        sa.CheckConstraint("total_fen > 0 AND payments > 0", name="payment_file_totals_check"),
    )
    _create_attempt()
    op.execute(
        """
        CREATE FUNCTION refuse_payment_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'payments are kept';
            ELSIF TG_TABLE_NAME = 'payment_file' THEN
                IF (NEW.content, NEW.digest, NEW.total_fen) IS DISTINCT FROM
                        (OLD.content, OLD.digest, OLD.total_fen) THEN
                    RAISE EXCEPTION 'what a payment file says never changes';
                END IF;
            ELSIF OLD.status IN ('settled', 'rejected', 'canceled') OR NEW.key <> OLD.key
                    OR NEW.amount_fen <> OLD.amount_fen THEN
                RAISE EXCEPTION 'a payment attempt that is over stays as it is';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER payment_file_kept BEFORE UPDATE OR DELETE ON payment_file
            FOR EACH ROW EXECUTE FUNCTION refuse_payment_change();
        CREATE TRIGGER payment_attempt_kept BEFORE UPDATE OR DELETE ON payment_attempt
            FOR EACH ROW EXECUTE FUNCTION refuse_payment_change();
        """
    )


def _create_attempt() -> None:
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("payee_account_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="payment_attempt_pkey"),
        sa.UniqueConstraint("statement_id", "number", name="payment_attempt_statement_id_number_key"),
        sa.UniqueConstraint("key", name="payment_attempt_key_key"),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name="payment_attempt_statement_id_fkey"),
        sa.ForeignKeyConstraint(["file_id"], ["payment_file.id"], name="payment_attempt_file_id_fkey"),
        sa.CheckConstraint("amount_fen > 0", name="payment_attempt_amount_check"),
        sa.CheckConstraint(
            "(status = 'settled') = (reference IS NOT NULL AND paid_on IS NOT NULL)",
            name="payment_attempt_settled_check",
        ),
    )
    op.create_index("payment_attempt_file_id_idx", "payment_attempt", ["file_id"])
    op.create_index("payment_attempt_status_idx", "payment_attempt", ["status"])
    op.create_index(
        "payment_attempt_one_key",
        "payment_attempt",
        ["statement_id"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('rejected', 'canceled')"),
    )
