from datetime import date
from random import Random

import pytest

from client_profile.products import rules
from client_profile.products.rules import Grade, ProductKind, ProductStatus

AMOUNTS = {"fixed_income": "300000.00", "mixed": "400000.00", "equity": "1000000.00"}
TODAY = date(2026, 3, 2)

#: The life of a product as its guide draws it, written a second time and by other means.
PATHS = [
    ["listed", "open_raising", "raising", "establish", "established", "mature", "matured", "liquidate", "liquidated"],
    ["listed", "open_raising", "raising", "fail", "failed"],
    ["listed", "regrade", "listed"],
    ["raising", "regrade", "raising"],
    ["established", "regrade", "established"],
    ["established", "extend", "established"],
    ["established", "report_payment_delay", "established"],
    ["matured", "report_payment_delay", "matured"],
]
DRAWN = {(path[place], path[place + 1]): path[place + 2] for path in PATHS for place in range(0, len(path) - 2, 2)}
COMMANDS = ("open_raising", "establish", "fail", "mature", "liquidate", "regrade", "extend", "report_payment_delay")


@pytest.mark.parametrize("status", ProductStatus)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_leads_where_the_picture_says_or_is_refused_with_what_is_allowed(
    status: ProductStatus, command: str
) -> None:
    expected = DRAWN.get((status.value, command))

    if expected is not None:
        assert rules.next_status(status, command).value == expected
        return
    with pytest.raises(rules.ProductStateForbids) as refused:
        rules.next_status(status, command)
    allowed = sorted(name for name in COMMANDS if (status.value, name) in DRAWN)
    assert refused.value.facts == {"state": status.value, "allowed": allowed}


def test_a_random_walk_never_leaves_the_picture_and_ends_where_nothing_is_allowed() -> None:
    random = Random(20260302)
    ends = set()
    for _ in range(300):
        status, walked = ProductStatus.LISTED, 0
        while rules.EDGES[status] and walked < 60:
            command = random.choice(COMMANDS)
            before = status
            try:
                status = rules.next_status(status, command)
            except rules.ProductStateForbids:
                assert (before.value, command) not in DRAWN
            else:
                assert DRAWN[before.value, command] == status.value
            walked += 1
        ends.add(status)
    assert {ProductStatus.LIQUIDATED, ProductStatus.FAILED} <= ends


@pytest.mark.parametrize(
    ("status", "term_months", "expected"),
    [
        (ProductStatus.LISTED, 12, False),
        (ProductStatus.RAISING, 12, True),
        (ProductStatus.RAISING, None, True),
        (ProductStatus.ESTABLISHED, 12, False),
        (ProductStatus.ESTABLISHED, None, True),
        (ProductStatus.MATURED, None, False),
        (ProductStatus.FAILED, None, False),
    ],
)
def test_a_product_is_sold_while_it_raises_and_later_only_if_it_is_open_ended(
    status: ProductStatus, term_months: int | None, expected: bool
) -> None:
    assert rules.takes_subscriptions(status, term_months) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ProductKind.FIXED_INCOME, 30_000_000),
        (ProductKind.MIXED, 40_000_000),
        (ProductKind.EQUITY, 100_000_000),
        (ProductKind.CHARITABLE, None),
    ],
)
def test_the_smallest_subscription_follows_from_the_kind(kind: ProductKind, expected: int | None) -> None:
    assert rules.minimum_fen(kind, AMOUNTS) == expected


def test_a_share_class_must_be_offered_and_a_plan_without_classes_takes_the_empty_one() -> None:
    rules.require_share_class("", [])
    rules.require_share_class("A", ["A", "B"])
    for share_class, offered in (("A", []), ("", ["A"]), ("C", ["A", "B"])):
        with pytest.raises(rules.ShareClassUnknown):
            rules.require_share_class(share_class, offered)


def test_a_business_date_may_be_today_but_not_tomorrow() -> None:
    rules.require_past(TODAY, TODAY, pointer="/established_on")
    with pytest.raises(rules.DateInFuture) as refused:
        rules.require_past(date(2026, 3, 3), TODAY, pointer="/established_on")
    assert refused.value.pointer == "/established_on"


def test_grades_are_in_order_of_their_risk() -> None:
    assert sorted(Grade) == [Grade.R1, Grade.R2, Grade.R3, Grade.R4, Grade.R5]
