"""Invoices over statements, several of one, with red-letter ones; the house's credit code, which they must name."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("buyer_name", sa.String(), nullable=False),
        sa.Column("buyer_uscc", sa.String(), nullable=False),
        sa.Column("seller_uscc", sa.String(), nullable=True),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("vat_fen", sa.BigInteger(), nullable=False),
        sa.Column("red_letter_of", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="invoice_pkey"),
        sa.UniqueConstraint("code", "number", name="invoice_code_number_key", postgresql_nulls_not_distinct=True),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name="invoice_statement_id_fkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="invoice_channel_id_fkey"),
        sa.ForeignKeyConstraint(["red_letter_of"], ["invoice.id"], name="invoice_red_letter_of_fkey"),
        sa.CheckConstraint(
            "CASE WHEN red_letter_of IS NULL THEN net_fen > 0 AND vat_fen >= 0 ELSE net_fen <= 0 AND vat_fen <= 0 END",
            name="invoice_sign_check",
        ),
    )
    for column in ("statement_id", "channel_id", "red_letter_of"):
        op.create_index(f"invoice_{column}_idx", "invoice", [column])
    # Numbers are unique over all channels in the new table; a statement may have several invoices.
    op.drop_index("statement_invoice_key", "statement")
    op.execute(
        """
        CREATE FUNCTION refuse_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'an invoice never changes; a red-letter one takes it back'; END $$;
        CREATE TRIGGER invoice_kept BEFORE UPDATE OR DELETE ON invoice
            FOR EACH ROW EXECUTE FUNCTION refuse_invoice_change();
        INSERT INTO policy_row (code, valid_from, value, source) VALUES
            ('house.uscc', '2000-01-01', '"91350100M000100Y43"',
             'Until the installation enters its own; this one is the example of GB 32100-2015');
        """
    )
