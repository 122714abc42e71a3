import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.inspections import queries, rules
from complaints.inspections.rules import InspectionCommand, InspectionStatus
from complaints.inspections.schemas import InspectionDetail, InspectionPlan, InspectionRead
from complaints.inspections.tables import Inspection, Inspector, SampledCase
from complaints.parties import service as parties
from shared.audit import trail
from shared.clock import business_date
from shared.errors import NotYetKnown
from shared.http.callers import Actor
from shared.ids import new_id


async def plan(session: AsyncSession, wanted: InspectionPlan, *, actor: Actor, now: datetime) -> Inspection:
    """Plan an inspection; what its sample will be is settled by a seed that nobody chooses.

    Raises:
        InspectionPeriodInvalid, InspectorTwice, InspectorUnfit: see the rules.
        NotYetKnown: client-profile has not told of an inspector yet.
    """
    rules.require_period(wanted.received_from, wanted.received_to, today=business_date(now))
    rules.require_each_once(wanted.inspector_ids)
    inspection = Inspection(
        id=new_id(),
        **wanted.model_dump(exclude={"inspector_ids"}),
        seed=secrets.token_hex(8),
        planned_at=now,
        planned_by=actor.id,
    )
    session.add(inspection)
    await session.flush()
    for place, staff_id in enumerate(wanted.inspector_ids):
        session.add(await _inspector(session, inspection, staff_id, place=place))
    await session.flush()
    facts = {"seed": inspection.seed, "inspector_ids": wanted.inspector_ids}
    await trail.record(session, "inspection.planned", kind="inspection", id=inspection.id, facts=facts)
    return inspection


async def draw(session: AsyncSession, inspection_id: UUID, *, now: datetime) -> Inspection:
    """Draw the sample that the seed and the plan settle among the cases of this moment, and keep it.

    Raises:
        NotFound: there is no such inspection.
        InspectionCommandNotAllowed: it was drawn or canceled.
        NothingToInspect: no case is of this scope and period.
    """
    inspection = await take(session, inspection_id, InspectionCommand.DRAW)
    candidates = await queries.list_candidates(session, inspection)
    sample = rules.draw(candidates, inspection.sample_size)
    populations = {one.stratum: one.population for one in candidates}
    drawn = {stratum: sum(one.stratum == stratum for one in sample) for stratum in populations}
    inspection.strata = [
        {"stratum": stratum, "population": population, "drawn": drawn[stratum]}
        for stratum, population in populations.items()
    ]
    inspection.drawn_at = now
    for one in sample:
        session.add(SampledCase(inspection_id=inspection.id, complaint_id=one.id, stratum=one.stratum, place=one.place))
    await move(session, inspection, InspectionCommand.DRAW, facts={"strata": inspection.strata})
    return inspection


async def cancel(session: AsyncSession, inspection_id: UUID, *, reason: str) -> Inspection:
    """End an inspection before its sample is drawn; a drawn one is carried out.

    Raises:
        NotFound: there is no such inspection.
        InspectionCommandNotAllowed: it was drawn or canceled.
    """
    inspection = await take(session, inspection_id, InspectionCommand.CANCEL)
    inspection.end_reason = reason
    await move(session, inspection, InspectionCommand.CANCEL, reason=reason)
    return inspection


async def get(session: AsyncSession, inspection_id: UUID) -> Inspection:
    """Return an inspection.

    Raises:
        NotFound: there is none.
    """
    return await queries.get_inspection(session, inspection_id)


async def take(session: AsyncSession, inspection_id: UUID, command: InspectionCommand) -> Inspection:
    """Lock an inspection for a command and return it.

    Raises:
        NotFound: there is none.
        InspectionCommandNotAllowed: the state does not take the command.
    """
    inspection = await queries.get_inspection(session, inspection_id, for_update=True)
    rules.after(command, inspection.status)
    return inspection


async def move(
    session: AsyncSession,
    inspection: Inspection,
    command: InspectionCommand,
    *,
    reason: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Bring an inspection into the state that a command leads to, and leave a trace of who did."""
    inspection.status = rules.after(command, inspection.status)
    inspection.version += 1
    await session.flush()
    name = f"inspection.{command.name.lower()}"
    await trail.record(session, name, kind="inspection", id=inspection.id, reason=reason, facts=facts)


async def detail(session: AsyncSession, inspection_id: UUID) -> InspectionDetail:
    """Return an inspection with those who inspect.

    Raises:
        NotFound: there is none.
    """
    inspection = await queries.get_inspection(session, inspection_id)
    found = await queries.list_inspectors(session, inspection.id)
    return InspectionDetail(**shown(inspection).model_dump(), inspector_ids=[one.staff_id for one in found])


async def inspectors(session: AsyncSession, inspection_id: UUID) -> dict[UUID, UUID | None]:
    """Return who inspects, each with the unit at the time of planning."""
    return {one.staff_id: one.unit_id for one in await queries.list_inspectors(session, inspection_id)}


def select_inspections(status: InspectionStatus | None) -> Select[Inspection]:
    """Return the select of the inspections in a state, or of all."""
    return queries.select_inspections(status)


async def select_sample(session: AsyncSession, inspection_id: UUID) -> Select[SampledCase]:
    """Return the select of the cases drawn.

    Raises:
        NotFound: there is no such inspection.
    """
    inspection = await queries.get_inspection(session, inspection_id)
    return queries.select_sample(inspection.id)


def shown(inspection: Inspection) -> InspectionRead:
    """Return an inspection as staff are shown it."""
    return InspectionRead.model_validate(inspection.model_dump() | {"allowed": rules.allowed(inspection.status)})


async def _inspector(session: AsyncSession, inspection: Inspection, staff_id: UUID, *, place: int) -> Inspector:
    person = await parties.find_staff(session, staff_id)
    if person is None:
        raise NotYetKnown("This staff member is not known yet.", pointer=f"/inspector_ids/{place}")
    rules.require_inspector(
        place=place,
        roles=person.roles,
        has_left=person.left_at is not None,
        unit_path=await parties.units_of(session, person.id),
        inspected_unit=inspection.unit_id,
    )
    return Inspector(inspection_id=inspection.id, staff_id=person.id, unit_id=person.unit_id)
