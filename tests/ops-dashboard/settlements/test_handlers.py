"""The settlement board, told in any order across statements and months, against what the stories say."""

from collections import Counter, defaultdict
from random import Random
from typing import Any

import pytest

from ops_dashboard.settlements.handlers import HANDLERS
from shared.events import channel_commission as commission
from shared.events.base import Event
from shared.ids import new_id
from shared.money import Money
from shared.testing.service import START

_STEPS = (
    commission.SettlementCalculated,
    commission.SettlementChecked,
    commission.SettlementSent,
    commission.SettlementConfirmed,
    commission.SettlementInvoiced,
    commission.SettlementPaymentApproved,
    commission.SettlementPaymentRequested,
    commission.SettlementPaid,
    commission.SettlementArchived,
)
_STATES = (
    "calculated",
    "checked",
    "sent",
    "confirmed",
    "invoiced",
    "payment_approved",
    "payment_requested",
    "paid",
    "archived",
)


def _state(story: list[Event]) -> str:
    """Return where a statement stands: a channel confirms it, or all but some lines."""
    return "disputed" if isinstance(story[-1], commission.SettlementDisputed) else _STATES[len(story) - 1]


def _statement(rng: Random, period: str) -> list[Event]:
    bearer = rng.choice(["company", "trust_plan"])
    facts: dict[str, Any] = {
        "occurred_at": START,
        "statement_id": new_id(),
        "channel_id": new_id(),
        "period": period,
        "bearer": bearer,
        "product_id": new_id() if bearer == "trust_plan" else None,
        "amount": Money.from_fen(rng.randint(-(10**6), 10**9)),
        "digest": "0" * 64,
    }
    word = rng.choice([commission.SettlementConfirmed, commission.SettlementDisputed])
    steps = [word if step is commission.SettlementConfirmed else step for step in _STEPS]
    return [step(**facts) for step in steps[: rng.randint(1, len(steps))]]


def _month(rng: Random, period: str) -> list[Event]:
    month: dict[str, Any] = {"occurred_at": START, "period_id": new_id(), "period": period}
    closed = commission.PeriodClosed(**month, statements=rng.randint(0, 9), total=Money.from_fen(rng.randint(0, 10**9)))
    return [commission.PeriodOpened(**month), closed][: rng.randint(1, 2)]


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


@pytest.mark.parametrize("seed", range(8))
async def test_statements_told_of_in_any_order_stand_where_their_stories_say(world: Any, seed: int) -> None:
    rng = Random(seed)
    names = [f"2026-{month:02}" for month in range(1, 8)]
    months = [_month(rng, name) for name in names]
    statements = [_statement(rng, rng.choice(names)) for _ in range(15)]

    await world.hear_shuffled(HANDLERS, [*months, *statements], rng)

    count: Counter[tuple[str, str]] = Counter()
    fen: defaultdict[tuple[str, str], int] = defaultdict(int)
    for story in statements:
        place = (story[-1].period, _state(story))
        count[place] += 1
        fen[place] += story[-1].amount.fen
    wanted = []
    for story in reversed(months):
        last = story[-1]
        is_closed = isinstance(last, commission.PeriodClosed)
        wanted.append(
            {
                "period": last.period,
                "status": "closed" if is_closed else "open",
                "statements": last.statements if is_closed else 0,
                "total": {"amount": _yuan(last.total.fen if is_closed else 0), "currency": "CNY"},
                "by_status": [
                    {
                        "status": status,
                        "statements": count[period, status],
                        "amount": {"amount": _yuan(fen[period, status]), "currency": "CNY"},
                    }
                    for period, status in sorted(count)
                    if period == last.period
                ],
            }
        )
    assert await world.shown("/v1/operations/periods", "finance", months=24) == wanted
    assert await world.shown("/v1/operations/periods", "finance", months=2) == wanted[:2]
    shown = await world.listed("/v1/operations/settlements", "channel_manager")
    assert {(one["statement_id"], one["status"], one["amount"]["amount"]) for one in shown} == {
        (str(story[-1].statement_id), _state(story), _yuan(story[-1].amount.fen)) for story in statements
    }
    in_march = await world.listed("/v1/operations/settlements", "finance", period="2026-03")
    assert len(in_march) == sum(story[-1].period == "2026-03" for story in statements)


async def test_a_month_that_is_none_is_refused(kit: Any) -> None:
    finance = kit.staff("finance")

    for path, wrong in (("settlements", {"period": "2026"}), ("periods", {"months": 25}), ("periods", {"month": 1})):
        assert (await finance.get(f"/v1/operations/{path}", params=wrong)).status_code == 422
