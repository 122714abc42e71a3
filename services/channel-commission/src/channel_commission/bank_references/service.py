from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.bank_references import queries, rules


async def take(session: AsyncSession, reference: str, paid: str) -> None:
    """Keep the bank's reference of a payment: `paid` is `statement:<id>` or `draw:<id>`.

    Raises:
        PaymentUsedBefore: it belongs to another payment.
    """
    if not await queries.add(session, reference, paid):
        raise rules.PaymentUsedBefore("The bank's reference belongs to another payment.", pointer="/reference")
