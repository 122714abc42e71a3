from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.rules import ServiceClass
from client_profile.contribution import queries, rules
from client_profile.contribution.rules import Contribution, ContributionRule, Period
from client_profile.contribution.schemas import (
    ContributionRead,
    FeeLineRead,
    Group,
    RankedClient,
    RankingRead,
    RebateLineRead,
)
from client_profile.contribution.tables import RebateEntry
from client_profile.products import service as products
from client_profile.products.rules import yuan
from shared import policy
from shared.http.callers import Actor
from shared.money import Money, round_fen

_RULE = "contribution.rule"
#: Entries shown behind a rebate.
_MOST_ENTRIES = 200


async def of_client(session: AsyncSession, client_id: UUID, period: Period, *, today: date) -> ContributionRead:
    """Return what a client contributed in a period, with facts and arithmetic.

    Args:
        session: The caller's session.
        client_id: A client that exists and the caller reaches.
        period: Which days.
        today: Decides which rule is in force.
    """
    row = await policy.row(session, _RULE, on=today)
    rule = rules.contribution_rule(row.value)
    [found] = (await _contributions(session, period, rule, queries.only(client_id), always=[client_id])).values()
    entries = await queries.rebate_entries(session, period, client_id, _MOST_ENTRIES)
    return ContributionRead(
        client_id=client_id,
        begins=period.begins,
        ends=period.ends,
        days=period.days,
        fees=Money.from_fen(sum(line.fee_fen for line in found.lines)),
        fee_lines=[
            FeeLineRead(
                product_id=line.product_id,
                yuan_days=yuan(line.fen_days),
                fee_rate=line.fee_rate,
                fee=Money.from_fen(line.fee_fen),
            )
            for line in found.lines
        ],
        rebate=Money.from_fen(found.rebate_fen),
        rebate_lines=[_rebate_line(entry) for entry in entries],
        service_cost=Money.from_fen(found.service_cost_fen),
        service_class=found.service_class,
        contribution=Money.from_fen(found.total_fen),
        year_days=rule.year_days,
        rule_version=row.version,
    )


async def ranking(session: AsyncSession, period_name: str, *, actor: Actor, limit: int, today: date) -> RankingRead:
    """Return who makes most of the contribution among the clients an actor reaches.

    Raises:
        PeriodInvalid: the name stands for no period.
    """
    period = rules.named_period(period_name)
    row = await policy.row(session, _RULE, on=today)
    rule = rules.contribution_rule(row.value)
    found = await _contributions(session, period, rule, clients.reached(actor), always=[])
    top, whole = rules.makers(((client_id, one.total_fen) for client_id, one in found.items()), rule.top_share)
    in_top = {client_id for client_id, _ in top}
    rest = [(id_, one.total_fen) for id_, one in found.items() if one.total_fen > 0 and id_ not in in_top]
    classes = {client_id: one.service_class for client_id, one in found.items()}
    return RankingRead(
        period=period_name,
        begins=period.begins,
        ends=period.ends,
        top_share=f"{rule.top_share:f}",
        total=Money.from_fen(whole),
        makers=_group(top, classes),
        others=_group(rest, classes),
        without_contribution=len(found) - len(top) - len(rest),
        clients=[
            RankedClient(client_id=id_, service_class=classes[id_], contribution=Money.from_fen(fen))
            for id_, fen in top[:limit]
        ],
        rule_version=row.version,
    )


async def _contributions(
    session: AsyncSession,
    period: Period,
    rule: ContributionRule,
    wanted: ColumnElement[bool],
    *,
    always: Sequence[UUID],
) -> dict[UUID, Contribution]:
    """Return the contribution of the clients who held something or brought rebates, and of those in `always`."""
    held = await queries.fen_days(session, period, wanted)
    rebates = await queries.rebates(session, period, wanted)
    known = await products.get_many(session, {row.product_id for row in held})
    lines: dict[UUID, list[rules.FeeLine]] = {client_id: [] for client_id in (*always, *rebates)}
    for row in held:
        product = known[row.product_id]
        line = rules.fee_line(product.id, int(row.fen_days), kind=product.kind, own_rate=product.fee_rate, rule=rule)
        lines.setdefault(row.client_id, []).append(line)
    classes = await queries.service_classes(session, list(lines))
    return {
        client_id: Contribution(
            service_class=classes[client_id],
            lines=of_client,
            rebate_fen=rebates.get(client_id, 0),
            service_cost_fen=rules.service_cost_fen(classes[client_id], period.days, rule),
        )
        for client_id, of_client in lines.items()
    }


def _group(members: Sequence[tuple[UUID, int]], classes: dict[UUID, ServiceClass]) -> Group:
    whole = sum(fen for _, fen in members)
    counts = Counter(classes[client_id] for client_id, _ in members)
    average = round_fen(Money.from_fen(whole).amount / len(members)) if members else None
    return Group(
        clients=len(members),
        contribution=Money.from_fen(whole),
        average=None if average is None else Money.from_fen(average),
        by_class={code: counts[code] for code in ServiceClass},
    )


def _rebate_line(entry: RebateEntry) -> RebateLineRead:
    return RebateLineRead(
        accrual_id=entry.accrual_id,
        channel_id=entry.channel_id,
        product_id=entry.product_id,
        dealing_id=entry.dealing_id,
        earned_period=f"{entry.earned_month:%Y-%m}",
        amount=Money.from_fen(entry.amount_fen),
    )
