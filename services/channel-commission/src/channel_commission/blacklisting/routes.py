"""The blacklist (黑名单): proposed by one person, decided by another; it ends a partner under every name."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.blacklist import queries, rules
from channel_commission.blacklist.rules import ListingStatus
from channel_commission.blacklist.tables import BlacklistEntry
from channel_commission.blacklisting import service
from channel_commission.blacklisting.schemas import (
    Lifting,
    ListingCreate,
    ListingDecision,
    ListingRead,
    Screening,
    ScreeningResult,
)
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Blacklist")
_STEP_ERRORS = problems.docs(NotFound, rules.ListingStatusForbids, SecondPersonNeeded)


@routes.post("/blacklist", status_code=201, responses=problems.docs(rules.SubjectUnclear, rules.AlreadyListed))
async def propose_listing(
    wanted: ListingCreate, session: SessionDep, actor: ActorDep, now: NowDep, data_key: DataKeyDep
) -> ListingRead:
    """Propose that a partner, by credit code, or a person, by identity document, is put on the blacklist."""
    return ListingRead.model_validate(await service.propose(session, wanted, actor=actor, now=now, data_key=data_key))


@routes.get("/blacklist")
async def list_blacklist(
    session: SessionDep, page: PageDep, status: Annotated[ListingStatus | None, Query()] = None
) -> Page[ListingRead]:
    """List the entries, proposed and lifted ones too."""
    found, cursor = await pages.fetch(session, queries.select_entries(status), page, by=(BlacklistEntry.id,))
    return Page(items=[ListingRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post("/blacklist/screen", responses=problems.docs(rules.SubjectUnclear))
async def screen_subject(wanted: Screening, session: SessionDep, data_key: DataKeyDep) -> ScreeningResult:
    """Look a credit code or a document number up (黑名单筛查)."""
    return await service.screen(session, wanted, data_key=data_key)


@routes.post("/blacklist/{entry_id}/decide", responses=_STEP_ERRORS)
async def decide_listing(
    entry_id: UUID, wanted: ListingDecision, session: SessionDep, actor: ActorDep, now: NowDep
) -> ListingRead:
    """Decide on a proposal as a second person (复核). Channels with the code and their branches end at once."""
    entry = await service.decide(session, entry_id, is_listed=wanted.is_listed, actor=actor, now=now)
    return ListingRead.model_validate(entry)


@routes.post("/blacklist/{entry_id}/lift", responses=_STEP_ERRORS)
async def lift_listing(
    entry_id: UUID, wanted: Lifting, session: SessionDep, actor: ActorDep, now: NowDep
) -> ListingRead:
    """Take an entry off the list (移出). The partner may be entered anew; its old channels stay ended."""
    return ListingRead.model_validate(await service.lift(session, entry_id, wanted.reason, actor=actor, now=now))
