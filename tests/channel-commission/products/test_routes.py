"""Authorizing products, and who bears their fees."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from channel_commission.products.rules import (
    AlreadyAuthorized,
    Authorization,
    Bearer,
    BearerInUse,
    require_may_follow,
)
from channel_commission.worker import HANDLERS
from shared.events.client_profile import ProductListed
from shared.ids import new_id

COMPANY = Authorization(Bearer.COMPANY, date(2026, 1, 1))


async def test_a_product_is_authorized_and_told(market: Any) -> None:
    channel, product = await market.prospect(), await market.product()
    await market.authorize(channel["id"], product, bearer="trust_plan")

    (found,) = (await market.get(f"/v1/channels/{channel['id']}/products"))["items"]
    assert (found["bearer"], found["valid_to"]) == ("trust_plan", None)
    type_, told = (await market.kit.outbox())[-1]
    assert type_ == "channel-commission.channel.product_authorized.v1"
    assert (told["product_id"], told["bearer"], told["valid_from"]) == (str(product), "trust_plan", "2021-01-01")


async def test_a_product_not_heard_of_is_refused_for_the_moment(market: Any) -> None:
    channel = await market.prospect()
    body = {"product_id": str(new_id()), "bearer": "company", "valid_from": "2026-01-01"}
    answer = await market.staff("channel_manager").post(f"/v1/channels/{channel['id']}/products", json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "product_not_yet_known")
    assert answer.headers["retry-after"]
    assert await market.kit.count("product_authorization") == 0


async def test_a_product_listed_twice_or_anew_is_one_product(market: Any) -> None:
    product = await market.product()
    again = ProductListed(
        occurred_at="2026-03-02T04:00:00Z", product_id=product, kind="equity", grade="R4", term_months=None
    )
    await market.kit.receive(HANDLERS, again, again)

    assert [(row.id, row.grade) for row in await market.rows("SELECT id, grade FROM product")] == [(product, "R4")]


async def test_another_bearer_takes_over_from_its_first_day_on(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    body = {"product_id": str(product), "bearer": "trust_plan", "valid_from": "2026-01-15"}
    path = f"/v1/channels/{channel}/products"
    assert (await market.post("channel_manager", path, body, status=409))["code"] == "bearer_in_use"

    await market.post("channel_manager", path, {**body, "valid_from": "2026-01-16"}, status=201)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-16"))
    rows = await market.rows("SELECT bearer FROM accrual_entry ORDER BY id")
    assert [row.bearer for row in rows] == ["company", "trust_plan"]


async def test_the_database_refuses_two_bearers_on_one_day(market: Any) -> None:
    channel, product = await market.prospect(), await market.product()
    await market.authorize(channel["id"], product)
    sql = "INSERT INTO product_authorization SELECT gen_random_uuid(), channel_id, product_id, bearer, valid_from,"
    sql += " valid_to, authorized_by, authorized_at FROM product_authorization"

    with pytest.raises(DBAPIError, match="no_overlap"):
        async with market.kit.database.transaction() as session:
            await session.execute(text(sql))


async def test_bad_input_is_refused_with_a_pointer(market: Any) -> None:
    channel, product = await market.prospect(), await market.product()
    good = {"product_id": str(product), "bearer": "company", "valid_from": "2026-01-01"}
    path = f"/v1/channels/{channel['id']}/products"
    for field, value in (("bearer", "client"), ("valid_from", "2026-13-01"), ("product_id", "x"), ("share", 1)):
        problem = await market.post("channel_manager", path, {**good, field: value}, status=422)
        assert problem["errors"][0]["pointer"] == f"/{field}"
    assert (await market.post("channel_manager", f"/v1/channels/{new_id()}/products", good, status=404))["code"]
    assert await market.kit.count("product_authorization") == 0


def test_the_first_authorization_may_begin_on_any_day() -> None:
    require_may_follow(None, bearer=Bearer.COMPANY, valid_from=date(2020, 1, 1), last_priced_on=None)


def test_an_authorization_follows_another_bearer_after_its_beginning_and_its_last_fee() -> None:
    plan, day = Bearer.TRUST_PLAN, date(2026, 2, 1)
    require_may_follow(COMPANY, bearer=plan, valid_from=day, last_priced_on=date(2026, 1, 31))
    with pytest.raises(BearerInUse):
        require_may_follow(COMPANY, bearer=plan, valid_from=day, last_priced_on=day)
    with pytest.raises(AlreadyAuthorized):
        require_may_follow(COMPANY, bearer=plan, valid_from=date(2026, 1, 1), last_priced_on=None)
    with pytest.raises(AlreadyAuthorized):
        require_may_follow(COMPANY, bearer=Bearer.COMPANY, valid_from=day, last_priced_on=None)
