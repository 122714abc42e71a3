from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command
from complaints.cases.tables import Complaint
from complaints.parties import service as parties
from complaints.parties.rules import Relation
from complaints.representatives import queries, rules
from complaints.representatives.rules import Paper, PartyRole
from complaints.representatives.schemas import (
    AgentCreate,
    ComplainantSeen,
    HeirCreate,
    JointCreate,
    PaperCreate,
    PartyEnd,
    PartyRead,
    People,
    PersonCreate,
    RepresentativeAdd,
)
from complaints.representatives.tables import CaseParty
from complaints.signals import service as signals
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.erasure import guard
from shared.events.complaints import ComplaintClassified
from shared.http.callers import Actor
from shared.ids import new_id
from shared.lineage import clients as lineage


async def take_in(
    session: AsyncSession,
    complaint: Complaint,
    *,
    agent: AgentCreate | None,
    heir: HeirCreate | None,
    joint: JointCreate | None,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> None:
    """Keep who speaks in a new case; one of so many persons is a major one.

    Raises:
        WithoutAuthority, PersonUnclear, TooManyRepresentatives, PersonsTooFew: see the rules.
        ClientIsErased: one of them is an erased client.
    """
    today, taken = business_date(now), {complaint.client_id} - {None}
    said: list[tuple[str, PartyRole, PersonCreate, PaperCreate | None]] = []
    if agent is not None:
        _require_paper(agent.authority, agent.identity_checked, today, "/agent", "authority")
        said.append(("/agent", PartyRole.AGENT, agent, agent.authority))
    if heir is not None:
        _require_paper(heir.succession, heir.identity_checked, today, "/heir", "succession")
        said.append(("/heir", PartyRole.HEIR, heir, heir.succession))
    if joint is not None:
        await _require_few(session, complaint, len(joint.representatives), joint.persons, at="/joint")
        await _count_persons(session, complaint, joint.persons)
        for place, person in enumerate(joint.representatives):
            said.append((f"/joint/representatives/{place}", PartyRole.REPRESENTATIVE, person, None))
    if said:
        await session.flush()  # the case stands before whoever speaks in it
    for at, role, person, paper in said:
        await _require_person(session, person, {one for one in taken if one}, at=at, now=now)
        taken.add(person.client_id)
        reason = agent.reason if agent is not None and role is PartyRole.AGENT else None
        session.add(_party(complaint, role, person, paper, reason, actor=actor, now=now, data_key=data_key))


async def add(
    session: AsyncSession,
    complaint_id: UUID,
    wanted: RepresentativeAdd,
    *,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> People:
    """Add a representative to a case, and count the persons anew.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the complainant was informed, or the case is over.
        TooManyRepresentatives, PersonsTooFew, PersonUnclear: see the rules.
        ClientIsErased: the client is erased.
    """
    complaint = await cases.take(session, complaint_id, Command.REPRESENT, actor=actor)
    known = [one for one in await queries.list_parties(session, complaint.id) if one.ended_at is None]
    speaking = sum(one.role is PartyRole.REPRESENTATIVE for one in known)
    persons = max(complaint.persons, 2) if wanted.persons is None else wanted.persons
    await _require_few(session, complaint, speaking + 1, persons, at="")
    taken = {complaint.client_id, *(one.client_id for one in known)} - {None}
    await _require_person(session, wanted, {one for one in taken if one}, at="", now=now)
    before = {"persons": complaint.persons, "level": complaint.level}
    await _count_persons(session, complaint, persons)
    party = _party(complaint, PartyRole.REPRESENTATIVE, wanted, None, None, actor=actor, now=now, data_key=data_key)
    session.add(party)
    after = {"party_id": party.id, "persons": persons, "level": complaint.level}
    if complaint.level is not before["level"]:
        raised = ComplaintClassified(**cases.about(complaint, at=now), level=complaint.level, reason=complaint.reason)
        await outbox.record(session, complaint, raised)
    await _changed(session, complaint, "complaint.representative_added", facts=after | {"before": before})
    return await people(session, complaint.id, actor=actor)


async def end(
    session: AsyncSession, complaint_id: UUID, party_id: UUID, wanted: PartyEnd, *, actor: Actor, now: datetime
) -> People:
    """Record that somebody speaks in a case no more: an authority was revoked, a representative replaced.

    Raises:
        NotFound: there is no such case in reach, or nobody with this id speaks in it.
        CommandNotAllowed: the complainant was informed, or the case is over.
        PartyHasEnded: so it was recorded already.
    """
    complaint = await cases.take(session, complaint_id, Command.REPRESENT, actor=actor)
    party = await queries.get_party(session, complaint.id, party_id)
    if party.ended_at is not None:
        raise rules.PartyHasEnded("This person speaks here no more already.")
    party.ended_at, party.ended_by = now, actor.name
    await _changed(session, complaint, "complaint.party_ended", facts={"party_id": party.id}, reason=wanted.reason)
    return await people(session, complaint.id, actor=actor)


async def people(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> People:
    """Return who takes part in a case, the complainant with what the company knows already.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return People(
        complaint_id=complaint.id,
        complainant=await _complainant(session, complaint),
        persons=complaint.persons,
        parties=[PartyRead.model_validate(one) for one in await queries.list_parties(session, complaint.id)],
    )


async def has_any(session: AsyncSession, complaint_id: UUID) -> bool:
    """Return whether somebody speaks, or spoke, in a case besides the complainant."""
    return bool(await queries.list_parties(session, complaint_id))


async def _complainant(session: AsyncSession, complaint: Complaint) -> ComplainantSeen:
    client_id, relation = complaint.client_id, Relation()
    if client_id is not None:
        survivor = await lineage.survivor(session, client_id)
        relation = (await parties.relations(session, [survivor])).get(survivor, relation)
    contact = await parties.find_complainant(session, complaint.id)
    return ComplainantSeen(
        kind=rules.complainant_kind(client_id, left_on=relation.left_on, received_on=complaint.received_on),
        client_id=client_id,
        masked_name=contact.masked_name if contact else None,
        masked_phone=contact.masked_phone if contact else None,
        service_class=relation.service_class,
        client_since=relation.registered_on,
        left_on=relation.left_on,
        manager_ids=sorted(await parties.managers_of(session, client_id)),
        channel_ids=await parties.channels_of(session, client_id),
    )


def _require_paper(paper: PaperCreate | None, identity_checked: bool, today: date, at: str, name: str) -> None:
    shown = Paper(paper.signed_on, paper.valid_until, paper.original_seen) if paper else None
    rules.require_authority(shown, identity_checked=identity_checked, today=today, at=at, name=name)


async def _require_few(
    session: AsyncSession, complaint: Complaint, representatives: int, persons: int, *, at: str
) -> None:
    most = await policy.row(session, rules.MAX_REPRESENTATIVES, on=complaint.received_on)
    rules.require_few(representatives, most=int(most.value), persons=persons, at=at)


async def _require_person(
    session: AsyncSession, person: PersonCreate, taken: set[UUID], *, at: str, now: datetime
) -> None:
    rules.require_person(client_id=person.client_id, has_contact=person.contact is not None, others=taken, at=at)
    if person.client_id is not None:
        await guard.require_present(session, person.client_id)
        await parties.hear_of(session, [person.client_id], at=now)


async def _count_persons(session: AsyncSession, complaint: Complaint, persons: int) -> None:
    major = await policy.row(session, rules.MAJOR_PERSONS, on=complaint.received_on)
    complaint.persons = persons
    complaint.level = rules.level_of(complaint.level, persons=persons, major_from=int(major.value))


async def _changed(
    session: AsyncSession, complaint: Complaint, action: str, *, facts: dict[str, Any], reason: str | None = None
) -> None:
    # Who speaks concerns no other service, so no event raises the version that approvals name.
    complaint.version += 1
    await session.flush()
    await trail.record(session, action, kind="complaint", id=complaint.id, facts=facts, reason=reason)
    await signals.mark_changed(session, [complaint.client_id])


def _party(
    complaint: Complaint,
    role: PartyRole,
    person: PersonCreate,
    paper: PaperCreate | None,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> CaseParty:
    party_id = new_id()
    contact = parties.sealed_contact(person.contact, place=party_id, data_key=data_key) if person.contact else {}
    said = paper.model_dump(exclude={"original_seen"}) if paper else {}
    return CaseParty(
        id=party_id,
        complaint_id=complaint.id,
        role=role,
        client_id=person.client_id,
        reason=reason,
        added_at=now,
        added_by=actor.name,
        **contact,
        **said,
    )
