"""Where fees are paid to: two people, a call back, a waiting day, and nothing changes behind a payment's back."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from channel_commission.payee_accounts import service
from channel_commission.payee_accounts.rules import NoPayeeAccount
from shared.clock import business_date
from shared.ids import new_id

NUMBER = "6222020200112233445"
KEY = bytes.fromhex("11" * 32)
ACCOUNT = {
    "holder": "江南银行上海分行",
    "bank_name": "江南银行营业部",
    "bank_code": "102100099996",
    "number": NUMBER,
    "reason": "首次登记",
}
GENUINE = {"is_genuine": True, "note": "致电总行结算部李经理（备案电话），确认无误"}


async def proposed(market: Any, channel_id: Any, **fields: Any) -> Any:
    path = f"/v1/channels/{channel_id}/payee-accounts"
    return await market.post("channel_manager", path, {**ACCOUNT, **fields}, status=201)


async def confirmed(market: Any, channel_id: Any, **fields: Any) -> Any:
    path = f"/v1/payee-accounts/{(await proposed(market, channel_id, **fields))['id']}"
    await market.post("finance", f"{path}/record-call-back", GENUINE)
    return await market.post("finance", f"{path}/confirm")


async def payable_on(market: Any, channel_id: Any, day: date) -> UUID | None:
    async with market.kit.database.session() as session:
        try:
            return (await service.for_payment(session, UUID(str(channel_id)), on=day)).id
        except NoPayeeAccount:
            return None


async def test_an_account_is_paid_to_after_a_second_person_a_call_and_a_whole_day(market: Any) -> None:
    channel = await market.prospect()
    account = await confirmed(market, channel["id"])
    today = business_date(market.kit.now)

    assert (account["status"], account["valid_from"], account["is_payable"]) == ("confirmed", "2026-03-04", False)
    assert [await payable_on(market, channel["id"], today + timedelta(days=n)) for n in (0, 1)] == [None, None]
    assert str(await payable_on(market, channel["id"], today + timedelta(days=2))) == account["id"]
    with pytest.raises(NoPayeeAccount) as refused:
        async with market.kit.database.session() as session:
            await service.for_payment(session, UUID(channel["id"]), on=today)
    assert refused.value.facts == {"payable_from": "2026-03-04"}
    told = [payload["changed"] for type_, payload in await market.kit.outbox() if "updated" in type_]
    assert told == [["payee_account"]]


async def test_nobody_calls_back_for_or_confirms_what_they_proposed(market: Any) -> None:
    channel = await market.prospect()
    both = market.kit.staff("channel_manager", "finance", id=new_id())
    account = (await both.post(f"/v1/channels/{channel['id']}/payee-accounts", json=ACCOUNT)).json()
    path = f"/v1/payee-accounts/{account['id']}"
    own_call = await both.post(f"{path}/record-call-back", json=GENUINE)
    assert (own_call.status_code, own_call.json()["code"]) == (409, "second_person_needed")
    early = await market.post("finance", f"{path}/confirm", status=409)
    assert (early["code"], early["allowed"]) == ("payee_account_status_forbids", ["record-call-back", "refuse"])

    await market.post("finance", f"{path}/record-call-back", GENUINE)
    own = await both.post(f"{path}/confirm")
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    assert (await market.post("finance", f"{path}/confirm"))["status"] == "confirmed"


async def test_an_account_the_partner_does_not_own_up_to_is_refused_for_good(market: Any) -> None:
    channel = await market.prospect()
    path = f"/v1/payee-accounts/{(await proposed(market, channel['id']))['id']}"
    called = await market.post("finance", f"{path}/record-call-back", {"is_genuine": False, "note": "对方否认变更"})
    assert (called["status"], called["end_reason"], called["allowed"]) == ("refused", "对方否认变更", [])

    again = await market.post("finance", f"{path}/confirm", status=409)
    assert again["allowed"] == []
    assert (await proposed(market, channel["id"]))["status"] == "proposed"


async def test_one_account_is_pending_at_a_time_also_in_a_race(market: Any) -> None:
    channel = await market.prospect()
    path, manager = f"/v1/channels/{channel['id']}/payee-accounts", market.staff("channel_manager")
    answers = await asyncio.gather(*[manager.post(path, json=ACCOUNT) for _ in range(6)])

    assert sorted(one.status_code for one in answers) == [201] + [409] * 5
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"payee_account_pending"}
    with pytest.raises(IntegrityError, match="one_pending"):
        async with market.kit.database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO payee_account (id, channel_id, status, holder, bank_name, bank_code, sealed,"
                    " masked_number, reason, proposed_by, proposed_at) SELECT gen_random_uuid(), channel_id, status,"
                    " holder, bank_name, bank_code, sealed, masked_number, reason, proposed_by, proposed_at"
                    " FROM payee_account"
                )
            )


async def test_of_confirming_and_refusing_at_once_one_holds(market: Any) -> None:
    channel = await market.prospect()
    path = f"/v1/payee-accounts/{(await proposed(market, channel['id']))['id']}"
    await market.post("finance", f"{path}/record-call-back", GENUINE)
    finance = market.staff("finance")
    calls = [finance.post(f"{path}/confirm"), finance.post(f"{path}/refuse", json={"reason": "存疑"})]
    answers = await asyncio.gather(*calls, finance.post(f"{path}/confirm"))

    assert sorted(one.status_code for one in answers) == [200, 409, 409]


async def test_the_number_is_sealed_masked_and_shown_in_clear_only_for_a_reason_that_is_kept(market: Any) -> None:
    channel = await market.prospect()
    account = await confirmed(market, channel["id"])
    (row,) = await market.rows("SELECT * FROM payee_account")
    assert NUMBER not in str(row)
    assert NUMBER.encode() not in bytes(row.sealed)
    assert (account["masked_number"], NUMBER in str(account)) == ("**** 3445", False)
    audited = str(await market.rows("SELECT facts, reason FROM audit_entry"))
    assert NUMBER not in audited + str(await market.kit.outbox())

    path = f"/v1/payee-accounts/{account['id']}/reveal"
    assert (await market.staff("channel_manager").post(path, json={"reason": "核对"})).status_code == 403
    answer = await market.staff("finance").post(path, json={"reason": "核对付款文件"})
    assert (answer.json()["number"], answer.headers["cache-control"]) == (NUMBER, "no-store")
    (trace,) = await market.rows("SELECT reason FROM audit_entry WHERE action = 'payee_account.revealed'")
    assert trace.reason == "核对付款文件"


async def test_a_number_moved_to_another_row_cannot_be_read_there(market: Any) -> None:
    first, second = await market.prospect(), await market.prospect()
    one = await proposed(market, first["id"])
    other = await proposed(market, second["id"], number="99999999")
    async with market.kit.database.session() as session:
        mine = await service.get(session, UUID(one["id"]))
        theirs = await service.get(session, UUID(other["id"]))
        theirs.sealed = mine.sealed
        with pytest.raises(InvalidTag):
            service.in_clear(theirs, data_key=KEY)


async def test_what_was_confirmed_never_changes_and_a_released_payment_keeps_its_account(market: Any) -> None:
    channel = await market.prospect()
    old = await confirmed(market, channel["id"])
    market.kit.now += timedelta(days=5)
    released_to = await payable_on(market, channel["id"], business_date(market.kit.now))
    new = await confirmed(market, channel["id"], number="8888000011112222", reason="更换开户行")
    market.kit.now += timedelta(days=2)

    assert str(await payable_on(market, channel["id"], business_date(market.kit.now))) == new["id"]
    assert str(released_to) == old["id"]
    async with market.kit.database.session() as session:
        assert service.in_clear(await service.get(session, released_to), data_key=KEY).number == NUMBER
    for change in ("holder = '张三'", "sealed = '\\x00'", "bank_code = '000000000000'", "channel_id = channel_id"):
        with pytest.raises(DBAPIError, match="never changes"):
            async with market.kit.database.transaction() as session:
                await session.execute(text(f"UPDATE payee_account SET {change}"))


async def test_bad_accounts_are_refused_by_field_and_write_nothing(market: Any) -> None:
    channel = await market.prospect()
    cases = [
        ({"holder": "张三"}, "/holder"),
        ({"holder": ""}, "/holder"),
        ({"number": "1234567"}, "/number"),
        ({"number": "6222 0202 0011"}, "/number"),
        ({"number": "９９９９９９９９"}, "/number"),
        ({"number": 6222020200112233445}, "/number"),
        ({"bank_code": "10210009999"}, "/bank_code"),
        ({"status": "confirmed"}, "/status"),
    ]
    for fields, pointer in cases:
        path = f"/v1/channels/{channel['id']}/payee-accounts"
        problem = await market.post("channel_manager", path, {**ACCOUNT, **fields}, status=422)
        assert problem["errors"][0]["pointer"] == pointer, problem
    assert await market.kit.count("payee_account") == 0


async def test_a_branch_may_be_paid_in_its_head_offices_name(market: Any) -> None:
    head = await market.prospect(name="江南银行股份有限公司")
    branch = await market.prospect(parent_id=head["id"])

    assert (await proposed(market, branch["id"], holder="江南银行股份有限公司"))["status"] == "proposed"


async def test_a_channel_sees_its_own_accounts_masked_and_changes_none(market: Any) -> None:
    mine, other = await market.prospect(), await market.prospect()
    account = await proposed(market, mine["id"])
    caller = market.kit.channel(UUID(mine["id"]), "commission.read")

    found = (await caller.get(f"/v1/channels/{mine['id']}/payee-accounts")).json()["items"]
    assert [one["id"] for one in found] == [account["id"]]
    assert (await caller.get(f"/v1/channels/{other['id']}/payee-accounts")).status_code == 404
    assert (await caller.post(f"/v1/payee-accounts/{account['id']}/confirm")).status_code == 403


@dataclass
class Calendar:
    """The plain model: a page per day. A confirmation writes itself on every page from its first day on; a stop takes
    it off the pages to come, and one that never began shows again what stood there before.
    """

    days: dict[int, str | None] = field(default_factory=lambda: dict.fromkeys(range(60)))
    under: dict[str, dict[int, str | None]] = field(default_factory=dict)
    begins: dict[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    def confirm(self, account: str, today: int) -> None:
        self.begins[account], self.under[account] = today + 2, dict(self.days)
        self.days.update(dict.fromkeys(range(today + 2, 60), account))

    def stop(self, account: str, today: int) -> bool:
        pages = [day for day in range(today, 60) if self.days[day] == account]
        if pages:
            self.stopped.add(account)
        for day in pages:
            self.days[day] = self._shown(account, day, today)
        return bool(pages)

    def _shown(self, account: str, day: int, today: int) -> str | None:
        before: str | None = account
        while before in self.stopped and before is not None:
            before = self.under[before][day] if self.begins[before] > today else None
        return before


@pytest.mark.parametrize("seed", range(6))
async def test_on_a_random_walk_each_day_has_the_account_that_a_calendar_of_days_says(market: Any, seed: int) -> None:
    dice, channel, calendar = random.Random(seed), await market.prospect(), Calendar()
    start, today = business_date(market.kit.now), 0
    for _ in range(14):
        step = dice.choice(["confirm", "stop", "stop", "wait", "wait"])
        if step == "confirm":
            account = await confirmed(market, channel["id"], number=f"{dice.randrange(10**8, 10**9)}")
            calendar.confirm(account["id"], today)
        elif step == "stop" and calendar.begins:
            account_id = dice.choice(sorted(calendar.begins))
            status = 200 if calendar.stop(account_id, today) else 409
            await market.post("risk", f"/v1/payee-accounts/{account_id}/stop", {"reason": "可疑"}, status=status)
        elif step == "wait":
            days_on = dice.randrange(1, 4)
            market.kit.now += timedelta(days=days_on)
            today += days_on
        for day in range(today, today + 6):
            found = await payable_on(market, channel["id"], start + timedelta(days=day))
            assert (found and str(found)) == calendar.days[day], (seed, step, day)
