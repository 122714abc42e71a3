"""Payment attempts keep the account they pay to; rows from before there were accounts stay without."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_foreign_key(
        "payment_attempt_payee_account_id_fkey", "payment_attempt", "payee_account", ["payee_account_id"], ["id"]
    )
    op.create_index("payment_attempt_payee_account_id_idx", "payment_attempt", ["payee_account_id"])
    op.execute(
        """
        CREATE FUNCTION refuse_payee_of_payment() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a payment has one payee account, and it never changes'; END $$;
        CREATE TRIGGER payment_attempt_payee BEFORE INSERT ON payment_attempt
            FOR EACH ROW WHEN (NEW.payee_account_id IS NULL) EXECUTE FUNCTION refuse_payee_of_payment();
        CREATE TRIGGER payment_attempt_payee_unchanged BEFORE UPDATE ON payment_attempt
            FOR EACH ROW WHEN (NEW.payee_account_id IS DISTINCT FROM OLD.payee_account_id)
            EXECUTE FUNCTION refuse_payee_of_payment();
        """
    )
