"""Postings for the finance ledger and their exports. Months closed before stand in that ledger by hand already."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ExcludeConstraint

revision = "0028"
down_revision = "0027"

_INSTANT = sa.DateTime(timezone=True)
_ACCOUNTS = {
    "company": {
        "expense": ["6421", "手续费及佣金支出—代销服务费"],
        "input_tax": ["2221.01.01", "应交税费—应交增值税（进项税额）"],
        "accrued": ["2241.05.01", "其他应付款—代销服务费暂估"],
        "payable": ["2202.03", "应付账款—代销渠道"],
        "tax_withheld": ["2221.12", "应交税费—代扣代交增值税"],
        "advance": ["1123.03", "预付账款—代销渠道"],
        "bank": ["1002", "银行存款"],
    },
    # A plan pays value added tax by the simple method (财税〔2017〕56号), so it deducts none.
    "trust_plan": {
        "expense": ["6601.03", "信托费用—代销服务费"],
        "accrued": ["2206.02", "应付代销服务费—暂估"],
        "payable": ["2206.01", "应付代销服务费"],
        "tax_withheld": ["2221.12", "应交税费—代扣代交增值税"],
        "advance": ["1123.03", "预付代销服务费"],
        "bank": ["1002", "银行存款—信托财产专户"],
    },
}


def upgrade() -> None:
    op.execute("CREATE SEQUENCE voucher_export_number_seq")
    _create_export()
    _create_posting()
    op.execute(
        sa.text(
            "INSERT INTO policy_row (code, valid_from, value, source)"
            " VALUES ('ledger.accounts', '2000-01-01', CAST(:value AS jsonb), :source)"
        ).bindparams(
            value=json.dumps(_ACCOUNTS, ensure_ascii=False),
            source="示例科目，待财务部按本公司科目表登记新行",
        )
    )
    op.execute(
        """
        CREATE FUNCTION refuse_posting_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'posting' THEN
                IF OLD.export_id IS NULL AND NEW.export_id IS NOT NULL
                        AND to_jsonb(NEW) - 'export_id' = to_jsonb(OLD) - 'export_id' THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'what is posted or exported never changes';
        END $$;
        CREATE TRIGGER posting_kept BEFORE UPDATE OR DELETE ON posting
            FOR EACH ROW EXECUTE FUNCTION refuse_posting_change();
        CREATE TRIGGER voucher_export_kept BEFORE UPDATE OR DELETE ON voucher_export
            FOR EACH ROW EXECUTE FUNCTION refuse_posting_change();
        """
    )


def _create_export() -> None:
    op.create_table(
        "voucher_export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("bearer", sa.String(40), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("exported_by", sa.Uuid(), nullable=False),
        sa.Column("exported_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="voucher_export_pkey"),
        sa.UniqueConstraint("number", name="voucher_export_number_key"),
    )


def _create_posting() -> None:
    op.create_table(
        "posting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("txn_key", sa.String(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("bearer", sa.String(40), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("debit", sa.String(40), nullable=False),
        sa.Column("credit", sa.String(40), nullable=False),
        sa.Column("debit_account", sa.String(), nullable=False),
        sa.Column("credit_account", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("posted_at", _INSTANT, nullable=False),
        sa.Column("export_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="posting_pkey"),
        sa.UniqueConstraint("txn_key", "leg", name="posting_txn_key_leg_key"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="posting_channel_id_fkey"),
        sa.ForeignKeyConstraint(["export_id"], ["voucher_export.id"], name="posting_export_id_fkey"),
        sa.CheckConstraint("amount_fen > 0 AND debit <> credit", name="posting_pair_check"),
        sa.CheckConstraint("(bearer = 'trust_plan') = (plan_id IS NOT NULL)", name="posting_bearer_check"),
        ExcludeConstraint(
            ("txn_key", "="),
            (sa.text("coalesce(plan_id, '00000000-0000-0000-0000-000000000000'::uuid)"), "<>"),
            name="posting_one_bearer",
            using="gist",
        ),
    )
    for column in ("channel_id", "export_id"):
        op.create_index(f"posting_{column}_idx", "posting", [column])
    op.create_index(
        "posting_to_export_idx", "posting", ["bearer", "plan_id"], postgresql_where=sa.text("export_id IS NULL")
    )
