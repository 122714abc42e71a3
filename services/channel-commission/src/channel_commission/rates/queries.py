from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.balances.rules import trailing
from channel_commission.clawbacks.rules import clawback
from channel_commission.cycles.rules import Cycle
from channel_commission.rates.rules import Component, Found, Payee, RuleInForce, Sale, Window, WindowCap
from channel_commission.rates.tables import RateRule
from channel_commission.tariffs.rules import Measure, TariffKind, tariff

#: For each sale and component the most specific rule. One for a kind of investor fits a sale whose investor is not
#: known yet, so that such a sale waits instead of earning by a rule that may be wrong.
_SQL = """
    SELECT wanted.place, rule.* FROM unnest(CAST(:channels AS uuid[]), CAST(:products AS uuid[]),
            CAST(:days AS date[]), CAST(:classes AS text[]), CAST(:investors AS text[]))
        WITH ORDINALITY AS wanted (channel_id, product_id, day, share_class, investor_kind, place)
    LEFT JOIN product ON product.id = wanted.product_id
    CROSS JOIN (VALUES ('upfront'), ('trailing'), ('override')) AS part (component)
    CROSS JOIN LATERAL (
        SELECT * FROM rate_rule WHERE {holds} AND channel_id = wanted.channel_id AND component = part.component
            AND (product_id IS NULL OR product_id = wanted.product_id)
            AND (product_kind IS NULL OR product_kind = product.kind)
            AND (share_class IS NULL OR share_class = wanted.share_class)
            AND (investor_kind IS NULL OR wanted.investor_kind IS NULL OR investor_kind = wanted.investor_kind)
        ORDER BY product_id NULLS LAST, product_kind NULLS LAST, share_class NULLS LAST, investor_kind NULLS LAST
        LIMIT 1
    ) AS rule
"""
_IN_FORCE = text(
    _SQL.format(holds="is_in_force AND valid_from <= wanted.day AND (valid_to IS NULL OR wanted.day < valid_to)")
)
_OF_CARD = text(_SQL.format(holds="card_id = :card"))


async def in_force(session: AsyncSession, wanted: Collection[Sale], card_id: UUID | None = None) -> dict[Sale, Found]:
    sales = list(wanted)
    arrays = {
        "channels": [sale.channel_id for sale in sales],
        "products": [sale.product_id for sale in sales],
        "days": [sale.day for sale in sales],
        "classes": [sale.share_class for sale in sales],
        "investors": [sale.investor_kind for sale in sales],
    }
    found: dict[Sale, Found] = {}
    statement, wanted_card = (_IN_FORCE, {}) if card_id is None else (_OF_CARD, {"card": card_id})
    for row in await session.execute(statement, {**arrays, **wanted_card}):
        sale = sales[row.place - 1]
        before = found.get(sale, Found())
        if row.investor_kind is not None and sale.investor_kind is None:
            found[sale] = before._replace(needs_investor=True)
        elif row.component == Component.TRAILING:
            found[sale] = before._replace(trailing=rule_of(row))
        elif row.component == Component.OVERRIDE:
            found[sale] = before._replace(override=rule_of(row))
        else:
            found[sale] = before._replace(upfront=rule_of(row))
    return found


async def sharing_with(session: AsyncSession, channel_id: UUID) -> list[UUID]:
    statement = text(
        "SELECT DISTINCT channel_id FROM rate_rule WHERE is_in_force"
        " AND payees @> jsonb_build_array(jsonb_build_array(CAST(:channel AS text)))"
    )
    return list((await session.execute(statement, {"channel": str(channel_id)})).scalars())


async def channels_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    statement = select(col(RateRule.id), col(RateRule.channel_id)).where(col(RateRule.id).in_(ids))
    return {rule_id: channel_id for rule_id, channel_id in await session.execute(statement)}


async def by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, RuleInForce]:
    rules = (await session.execute(select(RateRule).where(col(RateRule.id).in_(ids)))).scalars()
    return {rule.id: rule_of(rule) for rule in rules}


def rule_of(row: Any) -> RuleInForce:
    """Return the rate that a row of `rate_rule` says."""
    priced = None
    if row.component == Component.UPFRONT:
        bounds = {"flat_fen": row.flat_fen, "floor_fen": row.floor_fen, "cap_fen": row.cap_fen}
        priced = tariff(TariffKind(row.kind), row.tiers, **bounds)
    schedule = None
    if row.clawback_form is not None:
        term = row.clawback_months if row.clawback_days is None else row.clawback_days
        schedule = clawback({"form": row.clawback_form, "term": term, "steps": row.clawback_steps or ()})
    return RuleInForce(
        row.id,
        priced,
        measure=Measure(row.measure),
        clawback=schedule,
        cap=None if row.window_cap_fen is None else WindowCap(row.window_cap_fen, Window(row.cap_window)),
        trailing=None if row.trailing_terms is None else trailing(row.trailing_terms),
        payees=tuple(Payee(UUID(channel), Decimal(share)) for channel, share in row.payees or ()),
        cycle=Cycle(row.cycle),
        share=Decimal(row.tiers[0][1]) if row.component == Component.OVERRIDE else None,
    )
