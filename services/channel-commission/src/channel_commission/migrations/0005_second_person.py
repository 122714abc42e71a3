"""Nobody who brought a statement this far approves its payment."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.drop_constraint("statement_two_people_check", "statement")
    op.create_check_constraint(
        "statement_two_people_check",
        "statement",
        "payment_approved_by <> checked_by AND payment_approved_by <> invoiced_by"
        " AND confirmed_by <> 'staff:' || payment_approved_by",
    )
