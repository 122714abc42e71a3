from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.tables import Complaint
from complaints.routing.tables import RoutingRule
from shared.errors import NotFound


def select_rules(on: date | None) -> Select[RoutingRule]:
    statement = select(RoutingRule)
    if on is None:
        return statement
    return statement.where(
        col(RoutingRule.valid_from) <= on, or_(col(RoutingRule.valid_to).is_(None), col(RoutingRule.valid_to) > on)
    )


async def list_rules(session: AsyncSession, on: date) -> list[RoutingRule]:
    order = col(RoutingRule.position), col(RoutingRule.id)
    return list((await session.execute(select_rules(on).order_by(*order))).scalars())


async def lock_rule(session: AsyncSession, rule_id: UUID) -> RoutingRule:
    found = await session.get(RoutingRule, rule_id, with_for_update=True)
    if found is None:
        raise NotFound("No routing rule has this id.")
    return found


def received_between(statement: Select[Complaint], first: date | None, last: date | None) -> Select[Complaint]:
    if first is not None:
        statement = statement.where(col(Complaint.received_on) >= first)
    return statement if last is None else statement.where(col(Complaint.received_on) <= last)
