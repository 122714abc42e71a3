from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals import service as accruals
from channel_commission.agreements import service as agreements
from channel_commission.dealings import service as dealings
from channel_commission.explanations.schemas import Why
from shared.http.callers import Actor


async def explain(session: AsyncSession, accrual_id: UUID, *, actor: Actor) -> Why:
    """Return how an entry came about, calculated again from its stored inputs.

    Raises:
        NotFound: the caller reaches no entry with this id.
    """
    entry = await accruals.get(session, accrual_id, actor=actor)
    agreement, card = await agreements.origin_of_rule(session, entry.rate_rule_id)
    dealing = await dealings.get(session, entry.dealing_id)
    why = Why.of(entry, dealing, agreement_number=agreement.number, card=card)
    [accrual] = await accruals.read(session, [entry])
    return why.model_copy(update={"accrual": accrual})
