from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.agreements import queries, rules
from channel_commission.agreements.rules import CardStatus
from channel_commission.agreements.schemas import AgreementCreate, AgreementRead, CardChange, CardCreate, CardRead
from channel_commission.agreements.tables import Agreement, RateCard
from channel_commission.channels import service as channels
from channel_commission.rates import service as rates
from channel_commission.rates.schemas import RuleBody, RuleRead
from channel_commission.rates.tables import RateRule
from shared.audit import trail
from shared.http.callers import Actor
from shared.http.preconditions import require_version


async def conclude(session: AsyncSession, wanted: AgreementCreate, *, actor: Actor, now: datetime) -> Agreement:
    """Enter an agreement with the first version of its rate card as a draft.

    Raises:
        ChannelUnknown: no channel has this id.
        ValidityEmpty: it ends before it begins.
        AgreementNumberUsed: another agreement has this number.
        Invalid: a rule is malformed, see `rates.service.draft`.
        ProductNotYetKnown: a rule names a product not heard of yet.
    """
    channel = await channels.get(session, wanted.channel_id, pointer="/channel_id")
    rules.require_validity(wanted.valid_from, wanted.valid_to)
    if await queries.number_is_used(session, wanted.number):
        raise rules.AgreementNumberUsed("Another agreement has this number.", pointer="/number")
    agreement = Agreement(
        channel_id=channel.id,
        number=wanted.number,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        cycle=wanted.cycle,
        created_at=now,
    )
    session.add(agreement)
    await session.flush()
    await _draft(session, agreement, CardCreate(valid_from=wanted.valid_from, rules=wanted.rules), actor, now)
    return agreement


async def draft_card(
    session: AsyncSession, agreement_id: UUID, wanted: CardCreate, *, actor: Actor, now: datetime
) -> Agreement:
    """Enter a further version of the rate card as a draft.

    Raises:
        NotFound: no agreement has this id.
        CardOutsideAgreement: it begins outside the agreement.
        Invalid, ProductNotYetKnown: as for `conclude`.
    """
    agreement = await queries.get_agreement(session, agreement_id)
    await channels.get(session, agreement.channel_id, lock=True)
    rules.require_inside(wanted.valid_from, agreement.valid_from, agreement.valid_to)
    await _draft(session, agreement, wanted, actor, now)
    return agreement


async def change_card(
    session: AsyncSession,
    agreement_id: UUID,
    version: int,
    wanted: CardChange,
    *,
    expected_edits: int,
    actor: Actor,
) -> Agreement:
    """Replace the rules of a draft; who changes it counts as its maker.

    Raises:
        NotFound: there is no such version.
        CardStatusForbids: it was submitted.
        Stale: somebody else changed it since it was read.
        Invalid, ProductNotYetKnown: as for `conclude`.
    """
    agreement = await queries.get_agreement(session, agreement_id)
    card = await queries.get_card(session, agreement_id, version, for_update=True)
    card.status = rules.next_status(card.status, "change")
    require_version(expected_edits, card.edits)
    card.edits, card.changed_by = card.edits + 1, actor.id
    replaced = await _draft_rules(session, agreement, card, wanted.rules)
    await queries.delete_rules(session, card.id)
    session.add_all(replaced)
    return agreement


async def submit_card(
    session: AsyncSession, agreement_id: UUID, version: int, *, actor: Actor, now: datetime
) -> Agreement:
    """Hand a draft in for approval; nothing in it can be changed from now on.

    Raises:
        NotFound: there is no such version.
        CardStatusForbids: it is no draft.
    """
    agreement = await queries.get_agreement(session, agreement_id)
    card = await queries.get_card(session, agreement_id, version, for_update=True)
    card.status = rules.next_status(card.status, "submit")
    card.submitted_by, card.submitted_at = actor.id, now
    await _audit(session, "rate_card.submitted", agreement, card)
    return agreement


async def approve_card(
    session: AsyncSession, agreement_id: UUID, version: int, *, actor: Actor, now: datetime
) -> Agreement:
    """Put a submitted version in force; the version before it ends where this one begins.

    Raises:
        NotFound: there is no such version.
        CardStatusForbids: it is not submitted.
        SecondPersonNeeded: the caller wrote or submitted it.
        CardLeavesGap: it is the first in force and begins later than the agreement.
        CardNotLatest: the version in force begins later.
        AlreadyPriced: fees of these days are booked with the version in force.
        RateRuleOverlaps: another agreement of the channel has a rate for one of the products on these days.
    """
    agreement = await queries.get_agreement(session, agreement_id)
    # Bookings of the channel wait, so that no fee is booked with a rate that ends at this moment.
    await channels.get(session, agreement.channel_id, lock=True)
    card, status = await _to_decide(session, agreement_id, version, "approve", actor)
    await _end_earlier(session, agreement, card)
    card.status, card.decided_by, card.decided_at = status, actor.id, now
    card.valid_to, agreement.is_in_force = agreement.valid_to, True
    wanted = await queries.rules_of(session, [card.id])
    if await queries.overlapping(session, agreement.id, wanted) is not None:
        raise rules.RateRuleOverlaps("Another agreement of this channel has a rate for this product on these days.")
    for rule in wanted:
        rule.is_in_force = True
    await channels.ask_reassessment(session, agreement.channel_id, now=now)
    await _audit(session, "rate_card.approved", agreement, card)
    return agreement


async def reject_card(
    session: AsyncSession, agreement_id: UUID, version: int, reason: str, *, actor: Actor, now: datetime
) -> Agreement:
    """Turn a submitted version down; a new version takes its place.

    Raises:
        NotFound: there is no such version.
        CardStatusForbids: it is not submitted.
        SecondPersonNeeded: the caller wrote or submitted it.
    """
    agreement = await queries.get_agreement(session, agreement_id)
    card, status = await _to_decide(session, agreement_id, version, "reject", actor)
    card.status, card.decided_by, card.decided_at = status, actor.id, now
    await _audit(session, "rate_card.rejected", agreement, card, reason=reason)
    return agreement


async def get_card(session: AsyncSession, agreement_id: UUID, version: int) -> tuple[Agreement, RateCard]:
    """Return an agreement and a version of its rate card, whatever its status.

    Raises:
        NotFound: there is no such version.
    """
    agreement = await queries.get_agreement(session, agreement_id)
    return agreement, await queries.get_card(session, agreement_id, version)


async def is_in_force(session: AsyncSession, channel_id: UUID, day: date) -> bool:
    """Return whether an agreement of the channel has an approved rate on `day` (Asia/Shanghai)."""
    return await queries.is_in_force(session, channel_id, day)


async def origin_of_rule(session: AsyncSession, rule_id: UUID) -> tuple[Agreement, RateCard]:
    """Return the agreement and the version of its rate card that a rate stands in."""
    return await queries.origin_of_rule(session, rule_id)


async def read_all(session: AsyncSession, agreements: Collection[Agreement], *, actor: Actor) -> list[AgreementRead]:
    """Return agreements as `actor` sees them, with the versions of their rate cards: a channel sees approved ones."""
    await session.flush()
    cards = await queries.cards(session, [agreement.id for agreement in agreements])
    if actor.kind == "channel":
        cards = [card for card in cards if card.status is CardStatus.APPROVED]
    rules_of, cards_of = defaultdict[UUID, list[RuleRead]](list), defaultdict[UUID, list[CardRead]](list)
    for rule in await queries.rules_of(session, [card.id for card in cards]):
        rules_of[rule.card_id].append(RuleRead.model_validate(rule))
    for card in cards:
        read = CardRead.model_validate({**card.model_dump(), "rules": rules_of[card.id]})
        cards_of[card.agreement_id].append(read)
    return [
        AgreementRead.model_validate(
            {**agreement.model_dump(), "cycle_zh": agreement.cycle.zh, "cards": cards_of[agreement.id]}
        )
        for agreement in agreements
    ]


async def _draft(session: AsyncSession, agreement: Agreement, wanted: CardCreate, actor: Actor, now: datetime) -> None:
    version = await queries.last_version(session, agreement.id) + 1
    card = RateCard(
        agreement_id=agreement.id, version=version, valid_from=wanted.valid_from, created_by=actor.id, created_at=now
    )
    session.add(card)
    await session.flush()
    session.add_all(await _draft_rules(session, agreement, card, wanted.rules))


async def _draft_rules(
    session: AsyncSession, agreement: Agreement, card: RateCard, wanted: Sequence[RuleBody]
) -> list[RateRule]:
    return await rates.draft(
        session,
        agreement.channel_id,
        wanted,
        card_id=card.id,
        cycle=agreement.cycle,
        valid_from=card.valid_from,
        valid_to=agreement.valid_to,
    )


async def _to_decide(
    session: AsyncSession, agreement_id: UUID, version: int, command: str, actor: Actor
) -> tuple[RateCard, CardStatus]:
    card = await queries.get_card(session, agreement_id, version, for_update=True)
    status = rules.next_status(card.status, command)
    rules.require_second_person({card.created_by, card.changed_by, card.submitted_by}, actor.id)
    return card, status


async def _end_earlier(session: AsyncSession, agreement: Agreement, card: RateCard) -> None:
    with session.no_autoflush:
        latest = await queries.latest_approved(session, agreement.id)
    if latest is None:
        rules.require_begins_agreement(card.valid_from, agreement.valid_from)
        return
    earlier = await queries.rules_of(session, [latest.id])
    rules.require_supersedes(card.valid_from, latest.valid_from, await queries.last_priced_on(session, earlier))
    latest.valid_to = card.valid_from
    for rule in earlier:
        if rule.valid_from >= card.valid_from:
            rule.is_in_force = False
        elif rule.valid_to is None or rule.valid_to > card.valid_from:
            rule.valid_to = card.valid_from
    # The database checks overlaps row by row: what ends must be written before what begins.
    await session.flush()


async def _audit(
    session: AsyncSession, action: str, agreement: Agreement, card: RateCard, *, reason: str | None = None
) -> None:
    facts = {"channel_id": agreement.channel_id, "version": card.version, "valid_from": card.valid_from}
    await trail.record(session, action, kind="agreement", id=agreement.id, reason=reason, facts=facts)
