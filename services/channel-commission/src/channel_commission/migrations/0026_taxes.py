"""Value added tax of fees: the channels' status by day, and what each statement was frozen with."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


#: The rates stay from one law to the other; small-scale taxpayers pay less until the end of 2027.
_RELIEF = (
    "财税〔2016〕36号附件1，2026年起增值税法第十条、第十一条；小规模减按1%：财政部 税务总局公告2023年第1号、第19号"
)


def upgrade() -> None:
    _create_status()
    _add_policy()
    op.add_column("statement", sa.Column("tax_status", sa.String(40), nullable=True))
    op.add_column("statement", sa.Column("vat_rate", sa.Numeric(6, 4), nullable=True))
    op.add_column("statement", sa.Column("is_vat_withheld", sa.Boolean(), nullable=True))
    op.add_column("statement", sa.Column("tax_policy", sa.String(), nullable=True))
    op.add_column("statement", sa.Column("payment_fen", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE statement SET tax_status = 'general', vat_rate = 0.06, is_vat_withheld = false,"
        " tax_policy = 'tax.vat@2000-01-01',"
        " payment_fen = CASE WHEN payment_approved_by IS NOT NULL THEN closing_fen - held_fen END"
    )
    # Running code of the release before closes months on, by the terms that hold while no status is recorded.
    for column, default in (
        ("tax_status", "general"),
        ("vat_rate", "0.06"),
        ("is_vat_withheld", "false"),
        ("tax_policy", "tax.vat@2000-01-01"),
    ):
        op.alter_column("statement", column, nullable=False, server_default=default)
    op.create_check_constraint(
        "statement_payment_check", "statement", "payment_fen BETWEEN 0 AND closing_fen - held_fen"
    )
    op.create_check_constraint(
        "statement_payment_approval_check", "statement", "(payment_approved_by IS NULL) = (payment_fen IS NULL)"
    )
    _freeze_terms()


def _create_status() -> None:
    op.create_table(
        "channel_tax_status",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="channel_tax_status_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_tax_status_channel_id_fkey"),
    )
    op.create_index("channel_tax_status_channel_id_valid_from_idx", "channel_tax_status", ["channel_id", "valid_from"])


def _add_policy() -> None:
    others = '"general": {"rate": "0.06", "withheld": false}, "non_resident": {"rate": "0.06", "withheld": true}'
    small = [
        ("2000-01-01", "2023-01-01", "0.03", "财税〔2016〕36号附件1第十五条、第十六条、第二十条"),
        ("2023-01-01", "2028-01-01", "0.01", _RELIEF),
        ("2028-01-01", None, "0.03", "中华人民共和国增值税法第十条、第十一条"),
    ]
    insert = sa.text(
        "INSERT INTO policy_row (code, valid_from, valid_to, value, source)"
        " VALUES (:code, CAST(:valid_from AS date), CAST(:valid_to AS date), CAST(:value AS jsonb), :source)"
    )
    for valid_from, valid_to, rate, source in small:
        value = f'{{{others}, "small_scale": {{"rate": "{rate}", "withheld": false}}}}'
        op.execute(
            insert.bindparams(code="tax.vat", valid_from=valid_from, valid_to=valid_to, value=value, source=source)
        )
    op.execute(
        insert.bindparams(
            code="tax.status_unknown",
            valid_from="2000-01-01",
            valid_to=None,
            value='"general"',
            source="House rule: channels are licensed institutions; taken for general taxpayers until recorded",
        )
    )


def _freeze_terms() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_tax_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'what is frozen or recorded of taxes never changes'; END $$;
        CREATE TRIGGER statement_tax_frozen BEFORE UPDATE ON statement FOR EACH ROW
            WHEN ((NEW.tax_status, NEW.vat_rate, NEW.is_vat_withheld, NEW.tax_policy)
                IS DISTINCT FROM (OLD.tax_status, OLD.vat_rate, OLD.is_vat_withheld, OLD.tax_policy))
            EXECUTE FUNCTION refuse_tax_change();
        CREATE TRIGGER channel_tax_status_kept BEFORE UPDATE OR DELETE ON channel_tax_status
            FOR EACH ROW EXECUTE FUNCTION refuse_tax_change();
        """
    )
