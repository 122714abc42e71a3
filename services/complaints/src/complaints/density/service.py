from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.density import rules
from complaints.density.schemas import ClientsCounted, Density, SoldCounted
from complaints.parties import service as parties
from complaints.signals import service as signals
from complaints.statistics import service as statistics
from complaints.statistics.rules import Figure, require_period
from shared.http.callers import Actor
from shared.money import Money

_WHO = "当日日终已开户、未销户且未并入其他客户的客户；以本系统收到的客户事件为准，已删除个人信息的客户不计。"
_WHAT = "期内确认的认购、申购金额，已冲正的不计；以本系统收到的交易事件为准，已删除个人信息的客户的交易不计。"


async def density(
    session: AsyncSession, *, received_from: date, received_to: date, actor: Actor, today: date
) -> Density:
    """Return the complaints of a period against the clients on its last day and what was sold in it.

    Raises:
        PeriodEmpty: the period ends before it begins.
    """
    require_period(received_from, received_to)
    on = min(received_to, today)
    received = await statistics.count_received(session, received_from, received_to, actor=actor)
    clients = await parties.count_clients_on(session, on)
    dealings, sold_fen = await signals.sold_between(session, received_from, received_to)
    return Density(
        received_from=received_from,
        received_to=received_to,
        complaints=statistics.number(received, Figure.RECEIVED, (received_from, received_to)),
        clients=ClientsCounted(on=on, clients=clients, counted=_WHO),
        sold=SoldCounted(
            confirmed_from=received_from,
            confirmed_to=received_to,
            dealings=dealings,
            amount=Money.from_fen(sold_fen),
            counted=_WHAT,
        ),
        per_1000_clients=rules.density(received, rules.CLIENTS, clients),
        per_100m_yuan_sold=rules.density(received, rules.SOLD_FEN, sold_fen),
    )
