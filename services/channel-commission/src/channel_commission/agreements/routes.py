"""Agreements with channels and the versions of their rate cards."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from channel_commission.agreements import queries, rules, service
from channel_commission.agreements.schemas import (
    AgreementCreate,
    AgreementRead,
    CardChange,
    CardCreate,
    Rejection,
)
from channel_commission.agreements.tables import Agreement
from channel_commission.channels.rules import ChannelUnknown
from channel_commission.clawbacks.rules import ClawbackIncomplete, StepsNotInOrder
from channel_commission.products.rules import ProductNotYetKnown
from channel_commission.rates import rules as rates
from channel_commission.tariffs import rules as tariffs
from shared.errors import NotFound, SecondPersonNeeded, Stale
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Agreements")

_DRAFT_ERRORS = (
    rates.FieldNotOfKind,
    rates.ClawbackNotAllowed,
    rates.ScopeTwice,
    rates.ScopeContradicts,
    rates.PayeeTwice,
    rates.SharesNotBelowOne,
    tariffs.TiersNotInOrder,
    tariffs.RatesMustRise,
    tariffs.BoundsCross,
    ClawbackIncomplete,
    StepsNotInOrder,
    ProductNotYetKnown,
)
Version = Annotated[int, Path(ge=1, le=10_000)]


async def _answer(session: SessionDep, agreement: Agreement, actor: ActorDep) -> AgreementRead:
    return (await service.read_all(session, [agreement], actor=actor))[0]


@routes.post(
    "/agreements",
    status_code=201,
    responses=problems.docs(ChannelUnknown, rules.ValidityEmpty, rules.AgreementNumberUsed, *_DRAFT_ERRORS),
)
async def conclude_agreement(
    wanted: AgreementCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> AgreementRead:
    """Enter an agreement (代销协议) with the first version of its rate card as a draft.

    It earns nothing before the rate card is submitted and approved by a second person.
    """
    return await _answer(session, await service.conclude(session, wanted, actor=actor, now=now), actor)


@routes.get("/agreements")
async def list_agreements(
    session: SessionDep, actor: ActorDep, page: PageDep, channel_id: Annotated[UUID | None, Query()] = None
) -> Page[AgreementRead]:
    """List agreements with the versions of their rate cards; a channel sees its own, and approved versions only."""
    statement = queries.select_agreements(actor, channel_id)
    found, cursor = await pages.fetch(session, statement, page, by=(Agreement.id,))
    return Page(items=await service.read_all(session, found, actor=actor), next_cursor=cursor)


@routes.get("/agreements/{agreement_id}", responses=problems.docs(NotFound))
async def read_agreement(agreement_id: UUID, session: SessionDep, actor: ActorDep) -> AgreementRead:
    """Read one agreement with the versions of its rate card; a channel sees approved ones."""
    return await _answer(session, await queries.get_agreement(session, agreement_id, actor=actor), actor)


@routes.post(
    "/agreements/{agreement_id}/rate-cards",
    status_code=201,
    responses=problems.docs(NotFound, rules.CardOutsideAgreement, *_DRAFT_ERRORS),
)
async def draft_rate_card(
    agreement_id: UUID, wanted: CardCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> AgreementRead:
    """Draft the next version of the rate card; approved, it takes over from its `valid_from` on."""
    return await _answer(session, await service.draft_card(session, agreement_id, wanted, actor=actor, now=now), actor)


@routes.put(
    "/agreements/{agreement_id}/rate-cards/{version}",
    responses=problems.docs(NotFound, Stale, rules.CardStatusForbids, *_DRAFT_ERRORS),
)
async def change_rate_card(
    agreement_id: UUID,
    version: Version,
    wanted: CardChange,
    session: SessionDep,
    actor: ActorDep,
    if_match: IfMatchDep,
    response: Response,
) -> AgreementRead:
    """Replace the rules of a draft. Send `"<edits>"` of the version you read as If-Match."""
    agreement = await service.change_card(session, agreement_id, version, wanted, expected_edits=if_match, actor=actor)
    set_etag(response, if_match + 1)
    return await _answer(session, agreement, actor)


@routes.post(
    "/agreements/{agreement_id}/rate-cards/{version}/submit",
    responses=problems.docs(NotFound, rules.CardStatusForbids),
)
async def submit_rate_card(
    agreement_id: UUID, version: Version, session: SessionDep, actor: ActorDep, now: NowDep
) -> AgreementRead:
    """Submit a draft for approval; from now on nothing in it can be changed."""
    return await _answer(
        session, await service.submit_card(session, agreement_id, version, actor=actor, now=now), actor
    )


@routes.post(
    "/agreements/{agreement_id}/rate-cards/{version}/approve",
    responses=problems.docs(
        NotFound,
        rules.CardStatusForbids,
        SecondPersonNeeded,
        rules.CardLeavesGap,
        rules.CardNotLatest,
        rules.AlreadyPriced,
        rules.RateRuleOverlaps,
    ),
)
async def approve_rate_card(
    agreement_id: UUID, version: Version, session: SessionDep, actor: ActorDep, now: NowDep
) -> AgreementRead:
    """Approve a submitted version; somebody else than who wrote or submitted it. The version before ends with it."""
    return await _answer(
        session, await service.approve_card(session, agreement_id, version, actor=actor, now=now), actor
    )


@routes.post(
    "/agreements/{agreement_id}/rate-cards/{version}/reject",
    responses=problems.docs(NotFound, rules.CardStatusForbids, SecondPersonNeeded),
)
async def reject_rate_card(
    agreement_id: UUID, version: Version, wanted: Rejection, session: SessionDep, actor: ActorDep, now: NowDep
) -> AgreementRead:
    """Turn a submitted version down with a reason; draft a new version instead."""
    agreement = await service.reject_card(session, agreement_id, version, wanted.reason, actor=actor, now=now)
    return await _answer(session, agreement, actor)
