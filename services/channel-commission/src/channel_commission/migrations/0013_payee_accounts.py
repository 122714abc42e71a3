"""Payee accounts of channels: one in force at a time, confirmed by a second person, never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "payee_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("bank_name", sa.String(), nullable=False),
        sa.Column("bank_code", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("masked_number", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", _INSTANT, nullable=False),
        sa.Column("call_back", sa.String(), nullable=True),
        sa.Column("called_back_by", sa.Uuid(), nullable=True),
        sa.Column("called_back_at", _INSTANT, nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="payee_account_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="payee_account_channel_id_fkey"),
        sa.CheckConstraint(
            "called_back_by <> proposed_by AND confirmed_by <> proposed_by", name="payee_account_two_people_check"
        ),
        sa.CheckConstraint("valid_until >= valid_from", name="payee_account_period_check"),
        sa.CheckConstraint(
            "status NOT IN ('confirmed', 'stopped') OR valid_from IS NOT NULL", name="payee_account_confirmed_check"
        ),
        sa.CheckConstraint(
            "valid_from IS NULL OR (called_back_at IS NOT NULL AND confirmed_by IS NOT NULL)",
            name="payee_account_eyes_check",
        ),
    )
    op.create_index("payee_account_channel_id_idx", "payee_account", ["channel_id"])
    op.create_index(
        "payee_account_one_pending_key",
        "payee_account",
        ["channel_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('proposed', 'called_back')"),
    )
    op.execute(
        "ALTER TABLE payee_account ADD CONSTRAINT payee_account_one_in_force EXCLUDE USING gist"
        " (channel_id WITH =, daterange(valid_from, valid_until) WITH &&) WHERE (valid_from IS NOT NULL)"
    )
    op.execute(
        "CREATE FUNCTION refuse_payee_account_change() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'a payee account never changes; another one follows it'; END $$"
    )
    op.execute(
        "CREATE TRIGGER payee_account_unchanged BEFORE UPDATE OF"
        " channel_id, holder, bank_name, bank_code, sealed, masked_number, proposed_by ON payee_account"
        " FOR EACH ROW EXECUTE FUNCTION refuse_payee_account_change()"
    )
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        " ('payee_account.waiting_days', '2000-01-01', '1',"
        "  'House rule: one whole day passes between the confirmation of an account and the first payment to it')"
    )
