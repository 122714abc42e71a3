"""The partner side: the name under which the house settles, and reconciliations of partners' and banks' files."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_reconciliation()
    _create_reconciliation_finding()
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        " ('house.name', '2000-01-01', '\"信托公司\"',"
        "  'Until the installation enters its registered name; one that is renamed gets a further row'),"
        " ('reconciliation.tolerance_fen', '2000-01-01', '1',"
        "  'House rule of reconciliation: 0.01 yuan per line is a matter of rounding')"
    )


def _create_reconciliation() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("paid_in", sa.CHAR(7), nullable=True),
        sa.Column("inputs_sha256", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("our_fen", sa.BigInteger(), nullable=False),
        sa.Column("their_fen", sa.BigInteger(), nullable=False),
        sa.Column("compared_by", sa.Uuid(), nullable=False),
        sa.Column("compared_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="reconciliation_pkey"),
        sa.UniqueConstraint("inputs_sha256", name="reconciliation_inputs_sha256_key"),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name="reconciliation_statement_id_fkey"),
        sa.CheckConstraint("(side = 'partner') = (statement_id IS NOT NULL)", name="reconciliation_statement_check"),
        sa.CheckConstraint("(side = 'bank') = (paid_in IS NOT NULL)", name="reconciliation_paid_in_check"),
    )
    op.create_index("reconciliation_statement_id_idx", "reconciliation", ["statement_id"])
    op.create_index("reconciliation_paid_in_idx", "reconciliation", ["paid_in"])


def _create_reconciliation_finding() -> None:
    op.create_table(
        "reconciliation_finding",
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(40), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("our_fen", sa.BigInteger(), nullable=False),
        sa.Column("their_fen", sa.BigInteger(), nullable=False),
        sa.Column("ours", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("theirs", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", _INSTANT, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("reconciliation_id", "place", name="reconciliation_finding_pkey"),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["reconciliation.id"], name="reconciliation_finding_reconciliation_id_fkey"
        ),
        sa.CheckConstraint("(resolved_by IS NULL) = (reason IS NULL)", name="reconciliation_finding_resolved_check"),
    )
