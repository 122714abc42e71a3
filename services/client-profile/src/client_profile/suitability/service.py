from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.queries import get_client
from client_profile.clients.rules import require_open
from client_profile.clients.tables import Client
from client_profile.qualifications import service as qualifications
from client_profile.qualifications.rules import last_valid_day, require_in_date
from client_profile.suitability import queries, rules
from client_profile.suitability.rules import Assessment, Standing
from client_profile.suitability.schemas import (
    AnswerLine,
    ChannelAssessmentCreate,
    RiskAssessmentCreate,
    RiskAssessmentRead,
    RiskLevelWhy,
    SuitabilityRead,
)
from client_profile.suitability.tables import RiskAssessment
from shared import policy
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.client_profile import SuitabilityAssessed
from shared.http.callers import Actor

_VALIDITY = "suitability.valid_months"
_LIMITS = "suitability.limits"


async def assess(
    session: AsyncSession, client_id: UUID, wanted: RiskAssessmentCreate, *, actor: Actor, now: datetime
) -> RiskAssessment:
    """Score a client's answers; the result counts at once.

    Raises:
        NotFound: no client within the actor's reach has this id.
        ClientIsClosed: it is closed.
        QuestionnaireOutdated: another version is in force.
        AnswerInvalid: a question is unknown or unanswered.
        TooManyAssessments: the house assessed the client too often of late.
    """
    client = await clients.lock(session, client_id, actor)
    require_open(client.status)
    today = business_date(now)
    code = rules.questionnaire_code(client.kind)
    policies = await policy.rows(session, [code, _VALIDITY, _LIMITS], on=today)
    questionnaire = policies[code].value
    rules.require_version(wanted.questionnaire_version, questionnaire)
    level = rules.level_of(rules.scored(wanted.answers, questionnaire), questionnaire["bands"])
    await _require_may_assess(session, client_id, None, today, policies[_LIMITS].value)
    assessment = RiskAssessment(
        client_id=client_id,
        risk_level=level,
        assessed_at=now,
        assessed_on=today,
        valid_until=last_valid_day(today, policies[_VALIDITY].value),
        assessed_by=actor.name,
        rule_version=policies[code].version,
        answers=dict(wanted.answers),
    )
    return await _record(session, client, assessment, now=now)


async def report(
    session: AsyncSession, client_id: UUID, wanted: ChannelAssessmentCreate, *, actor: Actor, now: datetime
) -> RiskAssessment:
    """Record what a channel found by its own assessment of a client it referred.

    Raises:
        NotFound: no client of this channel has this id.
        ClientIsClosed: it is closed.
        ProofOutOfDate: the assessment lies in the future or no longer counts.
        TooManyAssessments: the channel assessed the client too often of late.
    """
    client = await clients.lock(session, client_id, actor)
    require_open(client.status)
    today = business_date(now)
    policies = await policy.rows(session, [_VALIDITY, _LIMITS], on=today)
    valid_until = require_in_date(wanted.assessed_on, today, policies[_VALIDITY].value, pointer="/assessed_on")
    await _require_may_assess(session, client_id, actor.id, wanted.assessed_on, policies[_LIMITS].value)
    assessment = RiskAssessment(
        client_id=client_id,
        assessed_at=now,
        valid_until=valid_until,
        assessed_by=actor.name,
        rule_version=policies[_VALIDITY].version,
        answers={},
        channel_id=actor.id,
        **wanted.model_dump(),
    )
    return await _record(session, client, assessment, now=now)


async def standing(session: AsyncSession, client_id: UUID, *, today: date) -> Standing:
    """Return the risk level that counts for a client on `today` (Asia/Shanghai)."""
    assessments = await queries.list_assessments(session, client_id)
    decisive = _deciding(assessments, today)
    if decisive is None:
        return Standing(None, max((one.valid_until for one in assessments), default=None))
    return Standing(decisive.risk_level, decisive.valid_until)


async def why(session: AsyncSession, client_id: UUID, *, today: date) -> SuitabilityRead:
    """Return what counts for a client on `today` with facts and arithmetic, computed anew from the rows.

    The points follow the questionnaire in force on the day of the assessment.
    """
    assessments = await queries.list_assessments(session, client_id)
    decisive = _deciding(assessments, today)
    qualification = await qualifications.why(session, client_id, today=today)
    return SuitabilityRead(
        client_id=client_id,
        on=today,
        risk_level=decisive.risk_level if decisive else None,
        risk_level_valid_until=decisive.valid_until if decisive else None,
        risk_level_why=await _level_why(session, decisive, assessments, today) if decisive else None,
        is_qualified=qualification is not None,
        qualified_until=qualification.qualification.valid_until if qualification else None,
        qualification_why=qualification,
    )


async def _level_why(
    session: AsyncSession, decisive: RiskAssessment, assessments: Sequence[RiskAssessment], today: date
) -> RiskLevelWhy:
    lines: list[rules.Line] = []
    bands = None
    if decisive.channel_id is None:
        code = rules.questionnaire_code((await get_client(session, decisive.client_id)).kind)
        questionnaire = (await policy.row(session, code, on=decisive.assessed_on)).value
        lines, bands = rules.scored(decisive.answers, questionnaire), questionnaire["bands"]
    return RiskLevelWhy(
        assessment=RiskAssessmentRead.model_validate(decisive),
        lines=[AnswerLine.model_validate(line) for line in lines],
        points=sum(line.points for line in lines) if lines else None,
        bands=bands,
        in_date=[one.id for one in assessments if one.valid_until >= today],
    )


def _deciding(assessments: Sequence[RiskAssessment], today: date) -> RiskAssessment | None:
    facts = [
        Assessment(row.id, row.risk_level, row.assessed_on, row.assessed_at, row.valid_until, row.channel_id)
        for row in assessments
    ]
    found = rules.deciding(facts, today)
    return None if found is None else next(row for row in assessments if row.id == found.id)


async def _record(
    session: AsyncSession, client: Client, assessment: RiskAssessment, *, now: datetime
) -> RiskAssessment:
    """Store an assessment and tell what counts now, which a channel's report may leave as it was."""
    session.add(assessment)
    await session.flush()
    counting = _deciding(await queries.list_assessments(session, client.id), business_date(now)) or assessment
    event = SuitabilityAssessed(
        occurred_at=now, client_id=client.id, risk_level=counting.risk_level, valid_until=counting.valid_until
    )
    await outbox.record(session, client, event)
    return assessment


async def _require_may_assess(
    session: AsyncSession, client_id: UUID, channel_id: UUID | None, day: date, limits: Mapping[str, int]
) -> None:
    assessments = await queries.list_assessments(session, client_id)
    earlier = [one.assessed_on for one in assessments if one.channel_id == channel_id]
    rules.require_may_assess(earlier, day, limits)
