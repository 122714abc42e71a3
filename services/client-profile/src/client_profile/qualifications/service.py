from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.queries import get_client
from client_profile.clients.rules import require_open
from client_profile.qualifications import queries, rules
from client_profile.qualifications.rules import QualificationStatus
from client_profile.qualifications.schemas import QualificationCreate, QualificationRead, QualificationWhy
from client_profile.qualifications.tables import Qualification
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.client_profile import QualificationChanged
from shared.http.callers import Actor
from shared.money import Money

_TESTS = "qualification.tests"
_VALIDITY = "qualification.valid_months"


async def submit(
    session: AsyncSession, client_id: UUID, wanted: QualificationCreate, *, actor: Actor, now: datetime
) -> Qualification:
    """Submit a proof that a client is a qualified investor; it counts once a second person confirms it.

    Raises:
        NotFound: no client within the actor's reach has this id.
        ClientIsClosed: it is closed.
        ProofOutOfDate: the proof is of the future or too old.
        BasisDoesNotFit: the basis is not one for this kind of client.
        AmountMissing: the basis needs an amount.
        QualificationTestNotMet: the facts stay below the test.
    """
    client = await clients.lock(session, client_id, actor)
    require_open(client.status)
    today = business_date(now)
    policies = await policy.rows(session, [_TESTS, _VALIDITY], on=today)
    valid_until = rules.require_in_date(wanted.proof_on, today, policies[_VALIDITY].value, pointer="/proof_on")
    amount_fen = None if wanted.amount is None else wanted.amount.fen
    rules.require_qualified(
        client.kind,
        wanted.basis,
        amount_fen=amount_fen,
        experience_years=wanted.experience_years,
        tests=policies[_TESTS].value,
    )
    proof = Qualification(
        client_id=client_id,
        status=QualificationStatus.SUBMITTED,
        amount_fen=amount_fen,
        valid_until=valid_until,
        rule_version=policies[_TESTS].version,
        submitted_by=actor.name,
        submitted_at=now,
        **wanted.model_dump(exclude={"amount"}),
    )
    session.add(proof)
    await session.flush()
    return proof


async def confirm(
    session: AsyncSession, client_id: UUID, qualification_id: UUID, *, actor: Actor, now: datetime
) -> Qualification:
    """Confirm a submitted proof: the client is a qualified investor from now on.

    Raises:
        NotFound: the client has no such proof, or is out of reach.
        ClientIsClosed: it is closed.
        QualificationDecided: it was decided already.
        SecondPersonNeeded: the actor submitted it.
        ProofLapsed: its last day passed while it waited.
    """
    client = await clients.lock(session, client_id, actor)
    require_open(client.status)
    proof = await queries.get_qualification(session, client_id, qualification_id)
    _decide(proof, "confirm", actor=actor, now=now)
    if proof.valid_until < business_date(now):
        raise rules.ProofLapsed("The proof lapsed while it waited; ask for a newer one.", valid_until=proof.valid_until)
    await session.flush()
    longest = await queries.find_longest(session, client_id) or proof
    event = QualificationChanged(
        occurred_at=now, client_id=client_id, is_qualified=True, valid_until=longest.valid_until
    )
    await outbox.record(session, client, event)
    await trail.record(session, "qualification.confirmed", kind="qualification", id=proof.id)
    return proof


async def reject(
    session: AsyncSession, client_id: UUID, qualification_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> Qualification:
    """Reject a submitted proof, with the reason in the audit trail.

    Raises:
        NotFound: the client has no such proof, or is out of reach.
        QualificationDecided: it was decided already.
        SecondPersonNeeded: the actor submitted it.
    """
    await clients.lock(session, client_id, actor)
    proof = await queries.get_qualification(session, client_id, qualification_id)
    _decide(proof, "reject", actor=actor, now=now)
    await trail.record(session, "qualification.rejected", kind="qualification", id=proof.id, reason=reason)
    return proof


async def qualified_until(session: AsyncSession, client_id: UUID) -> date | None:
    """Return the last day of the client's proof that counts longest, also if it has passed; None without any."""
    longest = await queries.find_longest(session, client_id)
    return longest.valid_until if longest else None


async def why(session: AsyncSession, client_id: UUID, *, today: date) -> QualificationWhy | None:
    """Return the proof that counts on `today` and what its test needs; None if the client is not qualified then.

    The test is the one in force on the day the proof was submitted, taken again on the facts of the proof.
    """
    proof = await queries.find_longest(session, client_id)
    if proof is None or proof.valid_until < today:
        return None
    tests = await policy.row(session, _TESTS, on=business_date(proof.submitted_at))
    needed = rules.require_qualified(
        (await get_client(session, client_id)).kind,
        proof.basis,
        amount_fen=proof.amount_fen,
        experience_years=proof.experience_years,
        tests=tests.value,
    )
    amount = needed["needed_amount"]
    return QualificationWhy(
        qualification=read(proof),
        needed_amount=None if amount is None else Money(amount=Decimal(amount)),
        needed_years=needed["needed_years"],
    )


def read(proof: Qualification) -> QualificationRead:
    """Return a proof as callers see it."""
    amount = None if proof.amount_fen is None else Money.from_fen(proof.amount_fen)
    return QualificationRead.model_validate({**proof.model_dump(), "amount": amount})


async def tell_lapsed(session: AsyncSession, now: datetime, limit: int) -> int:
    """Tell of clients who ceased to be qualified investors because their last proof lapsed; a timer.

    Clients are locked before their proofs are touched, as by everybody who decides on a proof.
    """
    today = business_date(now)
    lapsing = {client.id: client for client in await queries.take_lapsing(session, today, limit)}
    lapsed = await queries.note_lapsed(session, lapsing, today)
    ceased = sorted(await queries.without_proof(session, lapsed, today))
    events = [
        (lapsing[id_], QualificationChanged(occurred_at=now, client_id=id_, is_qualified=False)) for id_ in ceased
    ]
    await outbox.record_many(session, events)
    return len(lapsing)


def _decide(proof: Qualification, command: str, *, actor: Actor, now: datetime) -> None:
    proof.status = rules.decided(proof.status, command, submitted_by=proof.submitted_by, actor=actor.name)
    proof.decided_by, proof.decided_at = actor.name, now
