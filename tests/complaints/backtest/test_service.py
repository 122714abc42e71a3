"""The command: what it refuses, and what it finds in the database."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from complaints.backtest.service import parse, play, summary
from complaints.worker import HANDLERS
from shared.events.client_profile import ClientRegistered, RedemptionConfirmed, SubscriptionConfirmed
from shared.events.products import ProductPaymentDelayed
from shared.ids import new_id
from shared.money import Money
from shared.operations.screen import Refused, Screen

TODAY = date(2026, 3, 2)


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(["--help"], today=TODAY)

    told = capsys.readouterr().out
    assert end.value.code == 0
    assert all(word in told for word in ("false alarms", "--policy", "examples:", "changes nothing", "2025-01-01"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--first"),
        (["--first", "2026-04-01"], "--first comes before --last"),
        (["--first", "2025-01-01", "--last", "2027-01-01"], "not in the future"),
        (["--first", "2025-01-01", "--percent", "0"], "no percentage"),
        (["--first", "2025-01-01", "--horizon", "-3"], "horizon"),
        (["--first", "2025-01-01", "--policy", "/nowhere.json"], "cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments, today=TODAY)

    assert told in capsys.readouterr().err


async def test_the_past_is_played_with_the_numbers_in_force_and_others(kit: Any, tmp_path: Path) -> None:
    product, clients = new_id(), [new_id() for _ in range(3)]
    delayed = ProductPaymentDelayed(occurred_at=kit.now - timedelta(days=200), product_id=product, payable_on=TODAY)
    await kit.receive(HANDLERS, *(_bought(kit, client, product) for client in clients), delayed)
    await kit.receive(HANDLERS, *(_registered(kit, client) for client in clients), _redeemed(kit, clients[0], product))
    other = tmp_path / "candidate.json"
    other.write_text(json.dumps({"risk.products": {"points": {"product_payment_delayed": 5}}}))
    arguments = ["--first", "2025-06-01", "--horizon", "100", "--policy", str(other)]

    scores = await play(kit.database, parse(arguments, today=TODAY), Screen())

    found = {name: summary(score) for name, score in scores.items()}
    in_force, candidate = found["in force"], found["candidate"]
    assert (in_force["clients"], in_force["redemptions"], in_force["caught"]) == (3, 1, 1)
    assert (in_force["hits"], in_force["false_alarms"], in_force["lead_days_median"]) == (1, 2, 80)
    assert (candidate["hits"], candidate["caught"]) == (0, 0)


async def test_numbers_that_are_no_rule_are_refused(kit: Any, tmp_path: Path) -> None:
    other = tmp_path / "candidate.json"
    other.write_text(json.dumps({"risk.products": {"product_weeks": 5}}))
    given = parse(["--first", "2025-06-01", "--policy", str(other)], today=TODAY)

    with pytest.raises(Refused, match="product_weeks"):
        await play(kit.database, given, Screen())


def _registered(kit: Any, client_id: Any) -> ClientRegistered:
    return ClientRegistered(occurred_at=kit.now - timedelta(days=250), client_id=client_id, kind="person")


def _bought(kit: Any, client_id: Any, product_id: Any) -> SubscriptionConfirmed:
    return SubscriptionConfirmed(**_dealing(kit, client_id, product_id, days=250))


def _redeemed(kit: Any, client_id: Any, product_id: Any) -> RedemptionConfirmed:
    dealing = _dealing(kit, client_id, product_id, days=120)
    return RedemptionConfirmed(**dealing, original_dealing_id=new_id(), is_full=False)


def _dealing(kit: Any, client_id: Any, product_id: Any, *, days: int) -> dict[str, Any]:
    at = kit.now - timedelta(days=days)
    return {
        "occurred_at": at,
        "dealing_id": new_id(),
        "client_id": client_id,
        "confirmation_number": "B-1",
        "product_id": product_id,
        "amount": Money(amount="1000000.00"),
        "applied_on": at.date(),
        "confirmed_on": at.date(),
    }
