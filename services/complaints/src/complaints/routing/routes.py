"""Routing (分派规则): which handlers a case goes to, as dated rules, and where cases would go by them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from complaints.cases.tables import Complaint
from complaints.routing import rules, service
from complaints.routing.schemas import DryRun, RoutedCase, RuleCreate, RuleEnd, RuleRead
from complaints.routing.tables import RoutingRule
from shared.clock import business_date
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint routing")


@routes.get("/routing-rules")
async def list_routing_rules(
    session: SessionDep, page: PageDep, on: Annotated[date | None, Query(description="In force on this day.")] = None
) -> Page[RuleRead]:
    """List the rules in the order in which they are tried."""
    by = (RoutingRule.position, RoutingRule.id)
    found, cursor = await pages.fetch(session, service.select_rules(on), page, by=by)
    return Page(items=[RuleRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post("/routing-rules", status_code=201, responses=problems.docs(rules.RuleOutOfTime, rules.TargetUnclear))
async def add_routing_rule(wanted: RuleCreate, session: SessionDep, actor: ActorDep, now: NowDep) -> RuleRead:
    """Add a rule from today or a later day on. A rule is never changed: end it and add another."""
    return RuleRead.model_validate(await service.add(session, wanted, actor=actor, now=now))


@routes.post("/routing-rules/{rule_id}/end", responses=problems.docs(NotFound, rules.RuleOutOfTime))
async def end_routing_rule(
    rule_id: UUID, wanted: RuleEnd, session: SessionDep, actor: ActorDep, now: NowDep
) -> RuleRead:
    """End a rule on a day, today or later."""
    return RuleRead.model_validate(await service.end(session, rule_id, wanted, actor=actor, now=now))


@routes.post("/routing-rules/dry-run", responses=problems.docs(rules.TargetUnclear))
async def try_routing_rules(
    wanted: DryRun, session: SessionDep, actor: ActorDep, now: NowDep, page: PageDep
) -> Page[RoutedCase]:
    """Try the rules of a day, or drafts, on open or past cases: where each would go and which rule says so.

    Nothing is changed. Send the same body with `cursor` for the next page.
    """
    today = business_date(now)
    statement = service.select_cases(actor, wanted, today=today)
    found, cursor = await pages.fetch(session, statement, page, by=(Complaint.due_on, Complaint.id))
    return Page(items=await service.dry_run(session, wanted, found, today=today), next_cursor=cursor)
