from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.settlements import queries
from shared.delivery.handlers import Handlers, projection
from shared.events import channel_commission as commission
from shared.events.base import Received

_STATEMENTS = (
    commission.SettlementCalculated,
    commission.SettlementChecked,
    commission.SettlementSent,
    commission.SettlementConfirmed,
    commission.SettlementDisputed,
    commission.SettlementInvoiced,
    commission.SettlementPaymentApproved,
    commission.SettlementPaymentRequested,
    commission.SettlementPaymentReturned,
    commission.SettlementPaid,
    commission.SettlementVoided,
    commission.SettlementArchived,
)


async def put_statement(session: AsyncSession, received: Received[commission.SettlementCalculated]) -> None:
    """Show where a statement stands: the last part of its event's type."""
    event = received.event
    await queries.put_statement(
        session,
        {
            "statement_id": event.statement_id,
            "version": received.aggregate_version,
            "channel_id": event.channel_id,
            "period": event.period,
            "bearer": event.bearer,
            "product_id": event.product_id,
            "amount_fen": event.amount.fen,
            "status": received.type.split(".")[2],
        },
    )


async def open_period(session: AsyncSession, received: Received[commission.PeriodOpened]) -> None:
    """Show a month as open."""
    values = {"period": received.event.period, "version": received.aggregate_version, "status": "open"}
    await queries.put_period(session, values | {"statements": 0, "total_fen": 0})


async def close_period(session: AsyncSession, received: Received[commission.PeriodClosed]) -> None:
    """Show a month as closed, with what came out of it."""
    event = received.event
    values = {"period": event.period, "version": received.aggregate_version, "status": "closed"}
    await queries.put_period(session, values | {"statements": event.statements, "total_fen": event.total.fen})


HANDLERS: Handlers = {
    **{event: projection(put_statement) for event in _STATEMENTS},
    commission.PeriodOpened: projection(open_period),
    commission.PeriodClosed: projection(close_period),
}
