"""Contacts at partners: sealed, masked, none who is blacklisted."""

from typing import Any

CONTACT = {
    "role": "settlement",
    "name": "李四光",
    "phone": "13800001234",
    "email": "lisiguang@bank.example",
    "valid_from": "2026-01-01",
}


async def test_a_contact_is_sealed_masked_and_shown_in_clear_for_a_reason_that_is_kept(market: Any) -> None:
    channel = (await market.prospect())["id"]
    contact = await market.post("channel_manager", f"/v1/channels/{channel}/contacts", CONTACT, status=201)
    assert (contact["masked_name"], contact["masked_phone"]) == ("李**", "****234")
    kept = str(await market.rows("SELECT * FROM channel_contact")) + str(await market.rows("SELECT * FROM audit_entry"))
    for secret in ("四光", "13800001234", "lisiguang"):
        assert secret not in kept

    path = f"/v1/channel-contacts/{contact['id']}/reveal"
    answer = await market.staff("channel_manager").post(path, json={"reason": "结算对账"})
    assert answer.json() == {name: CONTACT[name] for name in ("name", "phone", "email")}
    assert answer.headers["cache-control"] == "no-store"
    (trace,) = await market.rows("SELECT reason FROM audit_entry WHERE action = 'contact.revealed'")
    assert trace.reason == "结算对账"


async def test_a_blacklisted_person_is_no_contact(market: Any) -> None:
    channel = (await market.prospect())["id"]
    person = {
        "kind": "person",
        "name": "王五",
        "document_number": "11010119900307123X",
        "reason": "飞单",
        "evidence": "卷宗",
    }
    entry = await market.post("risk", "/v1/blacklist", person, status=201)
    path, body = f"/v1/channels/{channel}/contacts", {**CONTACT, "document_number": "11010119900307123x"}
    await market.post("channel_manager", path, body, status=201)
    await market.post("compliance", f"/v1/blacklist/{entry['id']}/decide", {"is_listed": True})
    assert (await market.post("channel_manager", path, body, status=409))["code"] == "person_blacklisted"


async def test_a_contact_ends_once_and_not_before_it_began(market: Any) -> None:
    channel = (await market.prospect())["id"]
    contact = await market.post("channel_manager", f"/v1/channels/{channel}/contacts", CONTACT, status=201)
    path = f"/v1/channel-contacts/{contact['id']}/end"
    early = await market.post("channel_manager", path, {"on": "2025-12-31"}, status=422)
    assert (early["code"], early["errors"][0]["pointer"]) == ("ends_before_begin", "/on")
    assert (await market.post("channel_manager", path, {"on": "2026-03-01"}))["valid_until"] == "2026-03-01"
    assert (await market.post("channel_manager", path, {"on": "2026-03-02"}, status=409))["code"] == "contact_ended"
    listed = f"/v1/channels/{channel}/contacts"
    assert [len((await market.get(listed, on=day))["items"]) for day in ("2025-12-31", "2026-02-28", "2026-03-01")] == [
        0,
        1,
        0,
    ]
