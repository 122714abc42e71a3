"""Agreements, versions of their rate cards, and rates, which nobody changes once they are submitted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_agreement()
    _create_rate_card()
    _create_rate_rule()
    op.execute(
        """
        CREATE FUNCTION refuse_rate_rule_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT status FROM rate_card WHERE id = OLD.card_id) = 'draft' THEN
                RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
            END IF;
            IF TG_OP = 'DELETE' OR (NEW.id, NEW.card_id, NEW.channel_id, NEW.product_id, NEW.kind, NEW.tiers,
                    NEW.clawback_months, NEW.clawback_form, NEW.valid_from)
                IS DISTINCT FROM (OLD.id, OLD.card_id, OLD.channel_id, OLD.product_id, OLD.kind, OLD.tiers,
                    OLD.clawback_months, OLD.clawback_form, OLD.valid_from) THEN
                RAISE EXCEPTION 'a rate cannot be changed once its card is submitted';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER rate_rule_immutable BEFORE UPDATE OR DELETE ON rate_rule
            FOR EACH ROW EXECUTE FUNCTION refuse_rate_rule_change();
        """
    )


def _create_agreement() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="agreement_pkey"),
        sa.UniqueConstraint("number", name="agreement_number_key"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="agreement_channel_id_fkey"),
        sa.CheckConstraint("valid_to > valid_from", name="agreement_validity_check"),
    )
    op.create_index("agreement_channel_id_idx", "agreement", ["channel_id"])


def _create_rate_card() -> None:
    op.create_table(
        "rate_card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", _INSTANT, nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="rate_card_pkey"),
        sa.UniqueConstraint("agreement_id", "version", name="rate_card_agreement_id_version_key"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="rate_card_agreement_id_fkey"),
        # True or unknown, never false, as long as the decider is none of the makers.
        sa.CheckConstraint(
            "decided_by <> created_by AND (changed_by IS NULL OR decided_by <> changed_by)"
            " AND decided_by <> submitted_by",
            name="rate_card_two_people_check",
        ),
    )


def _create_rate_rule() -> None:
    any_product = "coalesce(product_id, '00000000-0000-0000-0000-000000000000'::uuid)"
    op.create_table(
        "rate_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("tiers", postgresql.JSONB(), nullable=False),
        sa.Column("clawback_months", sa.Integer(), nullable=True),
        sa.Column("clawback_form", sa.String(40), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("is_in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="rate_rule_pkey"),
        sa.ForeignKeyConstraint(["card_id"], ["rate_card.id"], name="rate_rule_card_id_fkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="rate_rule_channel_id_fkey"),
        sa.CheckConstraint("valid_to > valid_from", name="rate_rule_validity_check"),
        sa.CheckConstraint("(clawback_months IS NULL) = (clawback_form IS NULL)", name="rate_rule_clawback_check"),
        postgresql.ExcludeConstraint(
            (sa.column("channel_id"), "="),
            (sa.text(any_product), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            name="rate_rule_no_overlap",
            using="gist",
            where=sa.text("is_in_force"),
        ),
    )
    op.create_index("rate_rule_card_id_idx", "rate_rule", ["card_id"])
    op.create_index("rate_rule_channel_id_idx", "rate_rule", ["channel_id"], postgresql_where=sa.text("is_in_force"))
