"""Who takes part in a complaint, through the API."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints.worker import HANDLERS
from shared.events.client_profile import ClientClosed, ClientRegistered, SubscriptionConfirmed
from shared.events.erasure import ClientErased
from shared.ids import new_id
from shared.money import Money

SOMEBODY = {"contact": {"name": "赵敏", "phone": "13900001111"}}
AUTHORITY = {"document": "授权委托书2026-17", "signed_on": "2026-03-01", "original_seen": True}
AGENT = SOMEBODY | {"authority": AUTHORITY, "identity_checked": True, "reason": "投诉人住院"}


async def people(desk: Any, complaint_id: str) -> dict[str, Any]:
    answer = await desk.agent.get(f"/v1/complaints/{complaint_id}/people")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_agent_with_authority_speaks_for_the_client(desk: Any) -> None:
    complaint_id = await desk.registered(agent=AGENT)

    found = await people(desk, complaint_id)

    [party] = found["parties"]
    assert (party["role"], party["masked_name"], party["document"]) == ("agent", "赵**", "授权委托书2026-17")
    assert (party["signed_on"], party["reason"], party["ended_at"]) == ("2026-03-01", "投诉人住院", None)
    async with desk.kit.database.session() as session:
        kept = (await session.execute(text("SELECT p::text AS everything, sealed FROM case_party p"))).one()
    assert "赵敏" not in kept.everything
    assert b"13900001111" not in bytes(kept.sealed)


NOBODY = {"client_id": None, "contact": None}


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"agent": SOMEBODY}, "without_authority", "/agent/authority"),
        ({"agent": AGENT | {"identity_checked": False}}, "without_authority", "/agent/identity_checked"),
        (
            {"agent": AGENT | {"authority": AUTHORITY | {"original_seen": False}}},
            "without_authority",
            "/agent/authority/original_seen",
        ),
        (
            {"agent": AGENT | {"authority": AUTHORITY | {"valid_until": "2026-03-01"}}},
            "without_authority",
            "/agent/authority/valid_until",
        ),
        ({"agent": AGENT | NOBODY}, "person_unclear", "/agent/contact"),
        ({"heir": SOMEBODY | {"identity_checked": True}}, "without_authority", "/heir/succession"),
        (
            {"joint": {"persons": 9, "representatives": [SOMEBODY] * 6}},
            "too_many_representatives",
            "/joint/representatives",
        ),
        ({"joint": {"persons": 1, "representatives": []}}, "persons_too_few", "/joint/persons"),
        ({"joint": {"persons": 2, "representatives": [NOBODY]}}, "person_unclear", "/joint/representatives/0/contact"),
        ({"joint": {"persons": 0, "representatives": []}}, "invalid", "/joint/persons"),
    ],
)  # fmt: skip
async def test_who_may_not_speak_is_refused_by_field_and_leaves_nothing(
    desk: Any, fields: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await desk.agent.post("/v1/complaints", json=desk.filing(**fields))

    desk.refused(answer, 422, code, pointer)
    for table in ("complaint", "case_party", "outbox", "clock_entry"):
        assert await desk.kit.count(table) == 0, table


async def test_nobody_speaks_for_themselves(desk: Any) -> None:
    agent = AGENT | {"client_id": str(desk.client_id), "contact": None}

    answer = await desk.agent.post("/v1/complaints", json=desk.filing(agent=agent))

    desk.refused(answer, 422, "person_unclear", "/agent/client_id")


async def test_an_heir_with_proof_complains_about_a_client_who_left(desk: Any) -> None:
    closed = ClientClosed(occurred_at=desk.kit.now - timedelta(days=30), client_id=desk.client_id, reason="deceased")
    await desk.kit.receive(HANDLERS, closed)
    heir = SOMEBODY | {"succession": AUTHORITY | {"document": "继承公证书"}, "identity_checked": True}

    found = await people(desk, await desk.registered(heir=heir))

    assert found["complainant"]["kind"] == "former_client"
    assert found["complainant"]["left_on"] == "2026-01-31"
    assert [(party["role"], party["document"]) for party in found["parties"]] == [("heir", "继承公证书")]


async def test_what_the_company_holds_is_filled_in(desk: Any) -> None:
    product, channel, at = new_id(), new_id(), desk.kit.now
    sale = SubscriptionConfirmed(
        occurred_at=at, dealing_id=new_id(), client_id=desk.client_id, confirmation_number="C-1", product_id=product,
        amount=Money(amount="1000000.00"), applied_on=at.date(), confirmed_on=at.date(), channel_id=channel,
    )  # fmt: skip
    await desk.kit.receive(HANDLERS, sale)

    complaint_id = await desk.registered(product_id=str(product))
    other = await desk.registered(product_id=str(new_id()))

    assert (await desk.row(complaint_id)).channel_id == channel
    assert (await desk.row(other)).channel_id is None
    seen = (await people(desk, complaint_id))["complainant"]
    assert (seen["kind"], seen["client_id"], seen["masked_name"]) == ("client", str(desk.client_id), None)
    assert (seen["manager_ids"], seen["channel_ids"]) == ([str(desk.manager_id)], [str(channel)])
    assert seen["client_since"] == "2026-03-02"


async def test_many_choose_five_and_the_sixth_is_refused(desk: Any) -> None:
    joint = {"persons": 8, "representatives": [SOMEBODY] * 4}
    complaint_id = await desk.registered(joint=joint)
    path = f"/v1/complaints/{complaint_id}/representatives"
    client = new_id()
    await desk.kit.receive(HANDLERS, ClientRegistered(occurred_at=desk.kit.now, client_id=client, kind="person"))

    fifth = await desk.agent.post(path, json={"client_id": str(client)})
    sixth = await desk.agent.post(path, json=SOMEBODY)

    assert fifth.status_code == 201, fifth.text
    assert (fifth.json()["persons"], len(fifth.json()["parties"])) == (8, 5)
    assert desk.refused(sixth, 422, "too_many_representatives", "/representatives")["most"] == 5
    replaced = fifth.json()["parties"][0]["id"]
    ended = await desk.agent.post(f"/v1/complaints/{complaint_id}/parties/{replaced}/end", json={"reason": "推选他人"})
    assert ended.status_code == 200
    assert (await desk.agent.post(path, json=SOMEBODY)).status_code == 201
    again = await desk.agent.post(f"/v1/complaints/{complaint_id}/parties/{replaced}/end", json={"reason": "x"})
    desk.refused(again, 409, "party_has_ended")
    desk.refused(
        await desk.agent.post(f"/v1/complaints/{complaint_id}/parties/{new_id()}/end", json={"reason": "x"}),
        404,
        "not_found",
    )


async def test_twenty_persons_make_a_major_case_at_once_and_later(desk: Any) -> None:
    at_once = await desk.registered(joint={"persons": 20, "representatives": [SOMEBODY]})
    later = await desk.registered(joint={"persons": 19, "representatives": [SOMEBODY]})
    assert [payload["level"] for _, payload in await desk.kit.outbox()] == ["major", "ordinary"]

    answer = await desk.agent.post(f"/v1/complaints/{later}/representatives", json=SOMEBODY | {"persons": 21})

    assert answer.status_code == 201, answer.text
    assert [(await desk.row(one)).level for one in (at_once, later)] == ["major", "major"]


async def test_outsiders_say_nothing_of_agents(desk: Any) -> None:
    filing = {"reason": "marketing", "facts": "承诺保本", "agent": AGENT}

    answer = await desk.kit.client(desk.client_id).post("/v1/complaints", json=filing)

    desk.refused(answer, 422, "field_not_yours", "/agent")


async def test_a_representatives_data_goes_with_the_client(desk: Any) -> None:
    other = new_id()
    joint = {"persons": 2, "representatives": [{"client_id": str(other)}]}
    complaint_id = await desk.closed(joint=joint)

    await desk.kit.receive(HANDLERS, ClientErased(occurred_at=desk.kit.now, client_id=other, ground="service_ended"))

    # The file of a case is kept as long as the complainant's own.
    kept = [
        payload["outcome"] for _, payload in await desk.kit.outbox() if payload.get("record_kind") == "complaint_file"
    ]
    assert kept == ["restricted"]
    assert (await people(desk, complaint_id))["parties"][0]["client_id"] == str(other)
