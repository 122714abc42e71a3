from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases import service as cases
from complaints.parties import service as parties
from complaints.reasons.rules import POLICIES, RiskLevel, RiskPolicy
from complaints.risk import queries, rules
from complaints.risk.rules import Assessment, Override, Standing
from complaints.risk.schemas import (
    OverrideCreate,
    OverrideRead,
    Recompute,
    Recomputed,
    RiskDay,
    RiskRead,
    RiskRule,
    RiskWhy,
)
from complaints.risk.tables import ClientRisk, RiskOverride
from complaints.signals import service as signals
from complaints.signals.rules import Horizon, Rhythm
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.context import Cause, current_cause
from shared.delivery import outbox
from shared.erasure import guard
from shared.errors import NotFound
from shared.events.base import Event
from shared.events.risk import ClientCleared, ClientFlagged, ClientRiskChanged
from shared.http.callers import Actor
from shared.lineage import clients as lineage
from shared.policy import PolicyRow

#: Clients assessed in one transaction.
BATCH = 200
_EVENTS: Mapping[str, type[ClientFlagged] | type[ClientRiskChanged] | type[ClientCleared]] = {
    "flagged": ClientFlagged,
    "changed": ClientRiskChanged,
    "cleared": ClientCleared,
}


async def assess_changed(session: AsyncSession, now: datetime, _limit: int) -> int:
    """Assess clients of whom a fact changed; return how many notes were taken. A timer of the worker."""
    taken, causes = await signals.take_changed(session, BATCH)
    if causes:
        await _assess(session, sorted(causes), causes=causes, now=now)
    return taken


async def assess_daily(session: AsyncSession, now: datetime, _limit: int) -> int:
    """Assess clients not assessed today, since silence and time have no event. A timer of the worker."""
    due = await queries.list_not_assessed_since(session, business_date(now), BATCH)
    if due:
        await _assess(session, sorted(due), causes={}, now=now)
    return len(due)


async def recompute(session: AsyncSession, wanted: Recompute, *, now: datetime) -> Recomputed:
    """Assess the next clients in the order of their ids and say where to go on."""
    found = await parties.client_ids(session, after=wanted.after, limit=wanted.limit)
    changed = await _assess(session, found, causes={}, now=now) if found else 0
    return Recomputed(assessed=len(found), changed=changed, after=found[-1] if len(found) == wanted.limit else None)


async def why(session: AsyncSession, client_id: UUID, *, actor: Actor, now: datetime) -> RiskWhy:
    """Return why a client has its level, recomputed from the facts now.

    Raises:
        NotFound: the client was never heard of or is out of reach.
        ClientIsErased: the client is erased.
        ClientIsMerged: another client stands for it.
    """
    await _require_client(session, client_id, actor=actor)
    today = business_date(now)
    rows, rule = await rule_on(session, today)
    horizon = _horizon(rule, today - timedelta(days=rules.FORECAST_DAYS))
    facts = (await signals.facts(session, [client_id], horizon))[client_id]
    given = (await queries.overrides(session, [client_id], today=today)).get(client_id, [])
    assessed = rules.assess(facts, rule, today, [_override(one) for one in given])
    since = rules.held_since(facts, rule, today)
    is_flagged = assessed.level is not RiskLevel.LOW
    recorded = await queries.find(session, client_id)
    ids = [client_id, *(await lineage.merged(session, [client_id]))]
    hidden = frozenset(str(one.id) for one in await cases.of_clients(session, ids) if cases.names(one, actor))
    return RiskWhy(
        client_id=client_id,
        level=assessed.level,
        today=RiskDay.of(assessed.today, hidden, since),
        decided_by=RiskDay.of(assessed.decided_by, hidden, {}),
        clears_on=assessed.clears_on,
        clears_by_itself_on=rules.clears_by_itself_on(facts, rule, today) if is_flagged else None,
        override=OverrideRead.model_validate(given[-1]) if assessed.override else None,
        rule=RiskRule(
            version=rule.version,
            source="；".join(row.source for row in rows),
            value={name: number for row in rows for name, number in row.value.items()} | {"points": dict(rule.points)},
        ),
        recorded=shown(recorded) if recorded else None,
        is_current=recorded is not None and _standing(recorded) == assessed.standing,
    )


async def override(
    session: AsyncSession, client_id: UUID, wanted: OverrideCreate, *, actor: Actor, now: datetime
) -> RiskOverride:
    """Put the caller's judgement of a client's level in place of the rule's until it expires.

    Raises:
        NotFound: the client was never heard of or is out of reach.
        ClientIsErased: the client is erased.
        OverrideTooLong: it ends today or before, or later than the house allows.
    """
    await _require_client(session, client_id, actor=actor)
    today = business_date(now)
    row = await policy.row(session, rules.OVERRIDE_DAYS, on=today)
    rules.require_override(wanted.expires_on, today=today, days_allowed=int(row.value))
    for one in (await queries.overrides(session, [client_id], today=today)).get(client_id, []):
        one.until, one.ended_by = today, actor.name
    given = RiskOverride(
        client_id=client_id,
        level=wanted.level,
        reason=wanted.reason,
        given_on=today,
        given_by=actor.name,
        until=wanted.expires_on,
    )
    session.add(given)
    facts = {"level": wanted.level, "expires_on": wanted.expires_on}
    await trail.record(session, "risk.overridden", kind="client", id=client_id, reason=wanted.reason, facts=facts)
    await signals.mark_changed(session, [client_id])
    await session.flush()
    return given


async def end_override(session: AsyncSession, client_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take back the judgement that stands in place of the rule's.

    Raises:
        NotFound: the client was never heard of or is out of reach.
        ClientIsErased: the client is erased.
        NotOverridden: there is none.
    """
    await _require_client(session, client_id, actor=actor)
    today = business_date(now)
    holding = (await queries.overrides(session, [client_id], today=today)).get(client_id, [])
    if not holding:
        raise rules.NotOverridden("No judgement stands in place of the rule's.")
    for one in holding:
        one.until, one.ended_by = today, actor.name
    await trail.record(session, "risk.override_ended", kind="client", id=client_id, reason=reason)
    await signals.mark_changed(session, [client_id])


def shown(row: ClientRisk) -> RiskRead:
    """Return an assessment as recorded."""
    return RiskRead.model_validate(row.model_dump() | {"client_id": row.id})


def select_listed(actor: Actor, level: RiskLevel | None) -> Select[ClientRisk]:
    """Return the select of the clients a caller reaches that have this level; of those at risk if it is None."""
    return queries.select_listed(parties.reached(actor, client=col(ClientRisk.id)), level)


async def _assess(
    session: AsyncSession, client_ids: Sequence[UUID], *, causes: Mapping[UUID, Cause], now: datetime
) -> int:
    """Assess clients (ids ascending), record what changed, and return for how many an event was recorded."""
    gone = await guard.erased_among(session, client_ids)
    client_ids = [client_id for client_id in client_ids if client_id not in gone]
    today = business_date(now)
    _, rule = await rule_on(session, today)
    horizon, rhythm = _horizon(rule, today), Rhythm(rule.cadence_days, rule.cadence_of_unknown)
    judged = await queries.overrides(session, client_ids, today=today)
    notable = judged.keys() | await signals.notable(session, client_ids, horizon, today, rhythm)
    # Of most clients nothing is recorded and nothing speaks for their leaving: those need no closer look. What comes
    # after this look is noted as a change of theirs.
    await queries.mark_calm(session, client_ids, notable, rule_version=rule.version, today=today)
    recorded = await queries.lock_others(session, client_ids, notable)
    close = list(recorded)
    # Facts are read after the lock, so that whoever assesses last has seen everything.
    given = await queries.overrides(session, close, today=today)
    facts = await signals.facts(session, close, horizon)
    assessed = {
        client_id: rules.assess(facts[client_id], rule, today, [_override(one) for one in given.get(client_id, ())])
        for client_id in close
    }
    differing = [client_id for client_id in close if recorded[client_id] != assessed[client_id].standing]
    told: list[tuple[ClientRisk, Event]] = []
    for client in await queries.list_rows(session, differing) if differing else []:
        change = rules.change(recorded[client.id], assessed[client.id].standing)
        _keep(client, assessed[client.id], rule_version=rule.version)
        if change is not None:
            client.flagged_at = {"flagged": now, "changed": client.flagged_at, "cleared": None}[change]
            told.append((client, _event(change, client, at=now)))
    await queries.mark_assessed(session, close, rule_version=rule.version, today=today)
    if told:
        await outbox.record_many(session, told, causes=[causes.get(client.id, current_cause()) for client, _ in told])
    return len(told)


async def rule_on(session: AsyncSession, day: date) -> tuple[list[PolicyRow], RiskPolicy]:
    """Return the at-risk rule in force on a day (Asia/Shanghai), and the policy rows it consists of, as `POLICIES`."""
    found = await policy.rows(session, POLICIES, on=day)
    rows = [found[code] for code in POLICIES]
    return rows, RiskPolicy.of([row.value for row in rows], "+".join(row.version for row in rows))


async def _require_client(session: AsyncSession, client_id: UUID, *, actor: Actor) -> None:
    await guard.require_present(session, client_id)
    if not await parties.is_reached(session, client_id, actor=actor):
        raise NotFound("No client has this id.")
    await lineage.require_itself(session, client_id)


def _override(row: RiskOverride) -> Override:
    return Override(row.id, row.level, row.given_on, row.until)


def _horizon(rule: RiskPolicy, today: date) -> Horizon:
    first = today - timedelta(days=rule.days_looked_back)
    return Horizon(
        complaints_from=first - timedelta(days=max(rule.complaints_days, rule.repeat_days)),
        contacts_from=first,
        flows_from=first - timedelta(days=rule.outflow_days),
        managers_from=first - timedelta(days=rule.manager_changed_days),
    )


def _standing(client: ClientRisk) -> Standing:
    return Standing(client.level, client.score, frozenset(client.reasons))


def _keep(client: ClientRisk, assessed: Assessment, *, rule_version: str) -> None:
    client.level, client.score = assessed.level, assessed.today.score
    client.reasons, client.rule_version = [reason.value for reason in assessed.reasons], rule_version


def _event(change: str, client: ClientRisk, *, at: datetime) -> Event:
    return _EVENTS[change](
        occurred_at=at,
        client_id=client.id,
        level=client.level,
        score=client.score,
        reasons=client.reasons,
        rule_version=client.rule_version,
    )
