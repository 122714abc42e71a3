from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.rules import ClientStatus
from client_profile.clients.tables import Client
from client_profile.dealings import queries as dealing_queries
from client_profile.dealings import service as dealings
from client_profile.erasure import queries, rules
from client_profile.erasure.queries import RECORDS
from client_profile.erasure.rules import Standing
from client_profile.erasure.schemas import Erase, ErasureAnswerRead, ErasureRead, MissingAnswer, RestrictedRecords
from client_profile.erasure.tables import Erasure, ErasureAnswer
from client_profile.identity import service as identity
from client_profile.identity.service import Keys
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.erasure import records
from shared.erasure.records import Receipt
from shared.erasure.rules import Outcome, RecordKind
from shared.errors import NotFound
from shared.events.erasure import ClientErased
from shared.http.callers import Actor
from shared.http.preconditions import require_version

_HERE = rules.ErasingService.CLIENT_PROFILE.value


async def erase(
    session: AsyncSession, client_id: UUID, wanted: Erase, *, version: int, actor: Actor, keys: Keys, now: datetime
) -> ErasureRead:
    """Destroy the link from a client's id to the person, restrict what the law keeps, and have all services follow.

    Raises:
        NotFound: no client has this id.
        ClientIsErased: it was erased before.
        Stale: somebody else changed the client since the caller read it.
        ClientIsMerged: another client stands for it, whose erasure erases it too.
        ClientNotErasable: something stands in the way.
    """
    await clients.lock_family(session, client_id)
    client = await clients.lock(session, client_id, actor)
    require_version(version, client.version)
    rules.require_erasable(await _standing(session, client))
    # The same person: first those merged into it, since what the law keeps of them follows from its dealings.
    for one in (*await clients.list_merged_into(session, client.id), client):
        await _erase(session, one, wanted, actor=actor, keys=keys, now=now)
    return (await shown(session, [await _known(session, client.id)], now=now))[0]


async def _erase(
    session: AsyncSession, client: Client, wanted: Erase, *, actor: Actor, keys: Keys, now: datetime
) -> None:
    receipts = await records.erase(session, client.id, RECORDS, on=business_date(now))
    is_kept = any(one.kind is RecordKind.IDENTITY and one.outcome is Outcome.RESTRICTED for one in receipts)
    await identity.destroy(session, client.id, keys=keys, keep_restricted=is_kept)
    client.status, client.screening = ClientStatus.ERASED, None
    session.add(
        Erasure(
            client_id=client.id,
            erased_at=now,
            ground=wanted.ground,
            request_number=wanted.request_number,
            erased_by=actor.id,
        )
    )
    facts = {"ground": wanted.ground, "request_number": wanted.request_number}
    await trail.record(session, "client.erased", kind="client", id=client.id, reason=wanted.reason, facts=facts)
    await outbox.record(session, client, ClientErased(occurred_at=now, client_id=client.id, ground=wanted.ground))
    await tell(session, receipts, now)


async def _standing(session: AsyncSession, client: Client) -> Standing:
    held = await dealings.holdings(session, client.id, on=date.max)
    merged = [one.id for one in await clients.list_merged_into(session, client.id)]
    return Standing(
        status=client.status,
        suspension_reason=client.suspension_reason,
        holds_units=any(holding.left.fen for holding in held.holdings),
        has_open_dealings=await dealing_queries.has_open(session, client.id),
        has_open_complaints=await queries.has_open_case(session, [client.id, *merged]),
    )


async def tell(session: AsyncSession, receipts: Sequence[Receipt], at: datetime) -> None:
    """Keep what this service itself did with its records, beside the answers of the others."""
    rows = [
        {
            "client_id": receipt.client_id,
            "service": _HERE,
            "record_kind": receipt.kind.value,
            "outcome": receipt.outcome.value,
            "kept_until": receipt.kept_until,
            "legal_basis": receipt.legal_basis,
            "answered_at": at,
        }
        for receipt in receipts
    ]
    await queries.keep_answers(session, rows)


#: Timer: destroys what the law has stopped keeping.
end_retention = records.ending(RECORDS, tell)


async def read(session: AsyncSession, client_id: UUID, *, actor: Actor, now: datetime) -> tuple[ErasureRead, int]:
    """Return how far the erasure of a client is, and the client's version; before it, what stands in the way.

    Raises:
        NotFound: no client has this id.
    """
    client = await clients.get_erased_or_present(session, client_id, actor)
    if client.status is ClientStatus.ERASED:
        return (await shown(session, [await _known(session, client_id)], now=now))[0], client.version
    clients.require_itself(client)
    blockers = rules.blockers(await _standing(session, client))
    nothing = dict.fromkeys(("erased_at", "ground", "request_number", "erased_by"))
    state = rules.ErasureState.NOT_ERASED
    return ErasureRead(
        client_id=client_id, state=state, blockers=blockers, answers=[], missing=[], **nothing
    ), client.version


async def _known(session: AsyncSession, client_id: UUID) -> Erasure:
    found = await queries.find(session, client_id)
    if found is None:
        raise NotFound("No client with this id was erased.")
    return found


async def overdue(session: AsyncSession, *, now: datetime) -> Select[Erasure]:
    """Return the select of the erasures that a service has not answered in the time that policy allows."""
    return queries.select_erasures(await _overdue_before(session, now))


async def _overdue_before(session: AsyncSession, now: datetime) -> datetime:
    row = await policy.row(session, rules.ANSWER_WITHIN, on=business_date(now))
    return rules.overdue_before(now, int(row.value))


async def shown(session: AsyncSession, erasures: Sequence[Erasure], *, now: datetime) -> list[ErasureRead]:
    """Return erasures with every answer and every service that is still to answer."""
    answers: dict[UUID, list[ErasureAnswer]] = defaultdict(list)
    for answer in await queries.list_answers(session, [erasure.client_id for erasure in erasures]):
        answers[answer.client_id].append(answer)
    before = await _overdue_before(session, now)
    return [_shown(erasure, answers[erasure.client_id], overdue_before=before) for erasure in erasures]


def _shown(erasure: Erasure, answers: Sequence[ErasureAnswer], *, overdue_before: datetime) -> ErasureRead:
    answered = {answer.service for answer in answers}
    return ErasureRead(
        **erasure.model_dump(),
        state=rules.state(erasure.erased_at, answered),
        blockers=[],
        answers=[ErasureAnswerRead.model_validate(answer) for answer in answers],
        missing=[
            MissingAnswer(
                service=service,
                waiting_since=erasure.erased_at,
                is_overdue=erasure.erased_at < overdue_before,
            )
            for service in rules.missing(answered)
        ],
    )


async def disclose(
    session: AsyncSession, client_id: UUID, *, reason: str, actor: Actor, keys: Keys
) -> RestrictedRecords:
    """Return what the law keeps of an erased client, and leave a trace of who asked why.

    Raises:
        NotFound: no such client was erased.
    """
    erasure = await _known(session, client_id)
    client = await clients.get_erased_or_present(session, erasure.client_id, actor)
    await trail.record(session, "client.restricted_read", kind="client", id=client_id, reason=reason)
    found = await dealing_queries.list_of_client(session, client_id)
    return RestrictedRecords(
        client_id=client_id,
        number=client.number,
        identity=await identity.restricted(session, client_id, keys=keys),
        dealings=[dealings.read(dealing) for dealing in found],
    )
