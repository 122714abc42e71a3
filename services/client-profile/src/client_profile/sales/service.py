from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.queries import get_client
from client_profile.clients.rules import ScreeningResult
from client_profile.clients.tables import Client
from client_profile.identity.service import Keys
from client_profile.products import service as products
from client_profile.qualifications import service as qualifications
from client_profile.sales import queries, rules
from client_profile.sales.rules import ChannelFacts, Refusal, SaleFacts, SaleRules
from client_profile.sales.schemas import RefusalRead, SaleCheckRead, SaleCheckWhy, SaleQuestion, SaleWhy
from client_profile.sales.tables import SaleCheck
from client_profile.suitability import service as suitability
from shared import policy
from shared.clock import business_date
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.money import Money
from shared.policy import PolicyRow

_POLICIES = ("sale.gate", "sale.matching", "sale.qualified_kinds", "product.minimum_amount")
_FACTS = TypeAdapter(SaleFacts)


async def check(session: AsyncSession, wanted: SaleQuestion, *, actor: Actor, keys: Keys, now: datetime) -> SaleCheck:
    """Pass a sale through the gate and keep facts and answer.

    Raises:
        ClientUnknown: no client within the actor's reach has this id.
        ProductUnknown: no product has this id.
        OtherChannel: a channel asks for another one.
        ChannelNotYetKnown: nothing has been heard of the channel.
    """
    today = business_date(now)
    channel_id = rules.selling_channel(actor.kind, actor.id, wanted.channel_id)
    facts = await _facts(session, wanted, channel_id, actor=actor, keys=keys, today=today)
    policies = await policy.rows(session, _POLICIES, on=today)
    refusals = rules.gate(facts, _rules(policies))
    kept = SaleCheck(
        client_id=wanted.client_id,
        product_id=wanted.product_id,
        channel_id=channel_id,
        amount_fen=wanted.amount.fen,
        channel_grade=wanted.channel_grade,
        recording_number=wanted.recording_number,
        allowed=not refusals,
        facts=_FACTS.dump_python(facts, mode="json"),
        reasons=[_reason(refusal).model_dump(mode="json") for refusal in refusals],
        checked_by=actor.name,
        checked_at=now,
    )
    session.add(kept)
    await session.flush()
    return kept


async def named_client(session: AsyncSession, client_id: UUID, actor: Actor, *, for_update: bool = False) -> Client:
    """Return the client that a request body names.

    Raises:
        ClientUnknown: no client within the actor's reach has this id.
    """
    try:
        return await get_client(session, client_id, actor, for_update=for_update)
    except NotFound as error:
        raise rules.ClientUnknown(error.detail, pointer="/client_id") from None


async def get(session: AsyncSession, sale_check_id: UUID, *, actor: Actor) -> SaleCheck:
    """Return a kept check.

    Raises:
        NotFound: no check within the actor's reach has this id.
    """
    return await queries.get_sale_check(session, sale_check_id, actor)


async def known_channels(session: AsyncSession, ids: set[UUID]) -> set[UUID]:
    """Return those of the channels that have been heard of."""
    return await queries.known_channels(session, ids)


def read(kept: SaleCheck) -> SaleCheckRead:
    """Return a check as callers see it."""
    return SaleCheckRead.model_validate({**kept.model_dump(), "amount": Money.from_fen(kept.amount_fen)})


async def why(session: AsyncSession, kept: SaleCheck) -> SaleCheckWhy:
    """Return a check with facts and rules, passed through the gate again."""
    facts = _FACTS.validate_python(kept.facts)
    policies = await policy.rows(session, _POLICIES, on=facts.on)
    refusals = rules.gate(facts, _rules(policies))
    again = SaleWhy(
        facts=kept.facts,
        rules={
            code: {"value": row.value, "version": row.version, "source": row.source} for code, row in policies.items()
        },
        reasons=[_reason(refusal) for refusal in refusals],
        allowed=not refusals,
    )
    return SaleCheckWhy(**read(kept).model_dump(), why=again)


async def _facts(
    session: AsyncSession, wanted: SaleQuestion, channel_id: UUID | None, *, actor: Actor, keys: Keys, today: date
) -> SaleFacts:
    client = await named_client(session, wanted.client_id, actor)
    product = await products.get(session, wanted.product_id, pointer="/product_id")
    known = await clients.sale_facts(session, client, keys)
    standing = await suitability.standing(session, client.id, today=today)
    return SaleFacts(
        on=today,
        client_status=known.status,
        is_screened=known.screening is ScreeningResult.CLEAR,
        age=None if known.birth_date is None else rules.full_years(known.birth_date, today),
        risk_level=standing.risk_level,
        risk_level_until=standing.until,
        qualified_until=await qualifications.qualified_until(session, client.id),
        product_kind=product.kind,
        product_grade=product.grade,
        product_status=product.status,
        term_months=product.term_months,
        amount_fen=wanted.amount.fen,
        channel_grade=wanted.channel_grade,
        channel=None if channel_id is None else await _channel(session, channel_id, product.id, today),
        recording_number=wanted.recording_number,
    )


async def _channel(session: AsyncSession, channel_id: UUID, product_id: UUID, on: date) -> ChannelFacts:
    facts = await queries.find_channel(session, channel_id, product_id, on)
    if facts is None:
        raise rules.ChannelNotYetKnown("Nothing has been heard of this channel yet; try again.", pointer="/channel_id")
    return facts


def _rules(policies: dict[str, PolicyRow]) -> SaleRules:
    return SaleRules(
        gate=policies["sale.gate"].value,
        matching=policies["sale.matching"].value,
        qualified_kinds=policies["sale.qualified_kinds"].value,
        minimum_amount=policies["product.minimum_amount"].value,
        versions={code: row.version for code, row in policies.items()},
    )


def _reason(refusal: Refusal) -> RefusalRead:
    facts: dict[str, Any] = dict(refusal.facts)
    return RefusalRead(
        code=refusal.reason,
        name=refusal.reason.zh,
        detail=refusal.detail,
        facts=facts,
        rule_version=refusal.rule_version,
    )
