"""Holds: fees that are not paid while something about their sale is looked into."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.holds import queries, rules, service
from channel_commission.holds.schemas import HoldCreate, HoldRead, Release
from channel_commission.holds.tables import FeeHold
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Holds")


@routes.post("/fee-holds", status_code=201, responses=problems.docs(NotFound, rules.AlreadyHeld, rules.NothingToHold))
async def hold_fee(wanted: HoldCreate, session: SessionDep, actor: ActorDep, now: NowDep) -> HoldRead:
    """Withhold the fees of a dealing (暂缓支付): they go out of the first open month until somebody else releases them.

    What a redemption or reversal makes due is booked as if nothing were withheld.
    """
    return HoldRead.model_validate(await service.hold(session, wanted, actor=actor, now=now))


@routes.get("/fee-holds")
async def list_fee_holds(
    session: SessionDep,
    page: PageDep,
    dealing_id: Annotated[UUID | None, Query()] = None,
    only_open: Annotated[bool, Query(description="Those not released yet.")] = False,
) -> Page[HoldRead]:
    """List holds, the oldest first."""
    statement = queries.select_holds(dealing_id=dealing_id, only_open=only_open)
    found, cursor = await pages.fetch(session, statement, page, by=(FeeHold.id,))
    return Page(items=[HoldRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/fee-holds/{hold_id}/release",
    responses=problems.docs(NotFound, rules.HoldReleased, SecondPersonNeeded),
)
async def release_fee(hold_id: UUID, wanted: Release, session: SessionDep, actor: ActorDep, now: NowDep) -> HoldRead:
    """Pay after all (恢复支付), by somebody else than who withheld it: the amount comes into the first open month."""
    return HoldRead.model_validate(await service.release(session, hold_id, wanted.reason, actor=actor, now=now))
