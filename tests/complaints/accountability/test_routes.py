"""From the finding to the measure and the appeal: who may what, who sees what, what is told and traced."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.ids import new_id


async def test_a_measure_on_a_person_is_decided_by_another_department_and_told(accounts: Any) -> None:
    case_id = await accounts.opined()

    read = await accounts.does("executive", case_id, "decide", {"decision": "事实清楚", "measure": "training"})

    assert (read["status"], read["measure"], read["in_force_from"]) == ("decided", "training", "2026-03-02")
    assert (read["proposed_measure"], read["appeal_until"]) == ("demotion", "2026-03-17")
    assert read["rule_version"] == "accountability.appeal_days@2020-01-01"
    [event] = await accounts.told()
    assert (event["accountability_id"], event["staff_id"]) == (case_id, str(accounts.ids["subject"]))
    assert (event["channel_id"], event["severity"], event["measure"]) == (None, "serious", "training")
    assert (event["complaint_id"], event["has_appealed"]) == (read["complaint_id"], False)
    assert set(event) == {
        *("occurred_at", "accountability_id", "staff_id", "channel_id", "complaint_id", "severity", "measure"),
        *("decided_on", "in_force_from", "has_appealed"),
    }


async def test_a_measure_on_a_channel_is_seen_and_appealed_against_by_the_channel(desk: Any, accounts: Any) -> None:
    channel_id = new_id()
    partner = desk.kit.channel(channel_id, "complaint.read", "complaint.create")
    other = desk.kit.channel(new_id(), "complaint.read", "complaint.create")
    case_id = await accounts.opined(measure="no_new_products", staff_id=None, channel_id=str(channel_id))
    path = f"/v1/accountability-cases/{case_id}"
    desk.refused(await partner.get(path), 404, "not_found")
    wrong = await accounts.tries("executive", case_id, "decide", {"decision": "x", "measure": "demotion"})
    desk.refused(wrong, 422, "measure_unfit", "/measure")

    await accounts.does("executive", case_id, "decide", {"decision": "配合不力", "measure": "no_new_products"})

    shown = (await partner.get(path)).json()
    assert (shown["measure"], shown["decision"], shown["allowed"]) == ("no_new_products", "配合不力", ["appeal"])
    assert (shown["opinion"], shown["opined_by"], shown["decided_by"], shown["origin_id"]) == (None, None, None, None)
    desk.refused(await other.get(path), 404, "not_found")
    desk.refused(await other.post(f"{path}/appeal", json={"grounds": "x"}), 404, "not_found")
    assert (await partner.post(f"{path}/appeal", json={"grounds": "已按时答复"})).json()["status"] == "appealed"
    assert [event["channel_id"] for event in await accounts.told()] == [str(channel_id)]


@pytest.mark.parametrize(
    ("body", "measure"),
    [
        ({"outcome": "upheld"}, "demotion"),
        ({"outcome": "changed", "measure": "talk"}, "talk"),
        ({"outcome": "revoked"}, None),
    ],
)
async def test_an_appeal_is_decided_by_a_third_department_and_told_again(
    accounts: Any, body: dict[str, Any], measure: str | None
) -> None:
    case_id = await accounts.appealed()

    read = await accounts.does("risk", case_id, "decide-appeal", body | {"decision": "复议意见"})

    assert (read["status"], read["measure"], read["allowed"]) == ("concluded", measure, [])
    before, last = await accounts.told()
    assert (before["measure"], before["has_appealed"]) == ("demotion", False)
    assert (last["measure"], last["has_appealed"]) == (measure, True)
    assert (last["in_force_from"] is None) == (measure is None)


async def test_nobody_is_held_to_account_by_a_decision_without_a_measure(accounts: Any) -> None:
    case_id = await accounts.decided(measure=None)

    read = (await accounts.read("compliance", case_id)).json()

    assert (read["status"], read["measure"], read["in_force_from"]) == ("decided", None, None)
    assert [event["measure"] for event in await accounts.told()] == [None]


async def test_another_person_of_another_department_decides(desk: Any, accounts: Any) -> None:
    case_id = await accounts.found()
    opinion = {"opinion": "建议问责", "measure": "demotion"}
    near = new_id()
    await desk.joined(near, "risk", units=[accounts.units["finder"]])

    for decider, status, code in (
        (accounts.ids["finder"], 409, "second_person_needed"),
        (accounts.ids["subject"], 403, "subject_takes_no_part"),
        (near, 409, "another_department_decides"),
        (new_id(), 409, "not_yet_known"),
    ):
        body = opinion | {"decider_id": str(decider)}
        desk.refused(await accounts.tries("compliance", case_id, "give-opinion", body), status, code)
    await accounts.does("compliance", case_id, "give-opinion", opinion | {"decider_id": str(accounts.ids["executive"])})
    decision = {"decision": "x", "measure": "demotion"}
    desk.refused(await accounts.tries("compliance", case_id, "decide", decision), 409, "second_person_needed")
    # Moved into the department that proposed, after being named.
    await desk.joined(accounts.ids["executive"], "executive", units=[accounts.units["compliance"]])
    desk.refused(await accounts.tries("executive", case_id, "decide", decision), 409, "another_department_decides")


async def test_only_who_is_concerned_and_compliance_reach_a_case(desk: Any, accounts: Any) -> None:
    case_id = await accounts.opined()

    for who in ("finder", "compliance", "executive"):
        assert (await accounts.read(who, case_id)).status_code == 200
    for who in ("subject", "risk", "stranger"):
        desk.refused(await accounts.read(who, case_id), 404, "not_found")
        found = await accounts.callers[who].get("/v1/accountability-cases")
        assert found.json()["items"] == []
    desk.refused(await desk.kit.client(desk.client_id).get("/v1/accountability-cases"), 403, "forbidden")

    await accounts.does("executive", case_id, "decide", {"decision": "事实清楚", "measure": "demotion"})
    shown = (await accounts.read("subject", case_id)).json()
    assert (shown["decision"], shown["opinion"], shown["found_by"]) == ("事实清楚", None, None)
    [listed] = (await accounts.callers["subject"].get("/v1/accountability-cases")).json()["items"]
    assert listed == shown
    desk.refused(await accounts.read("stranger", case_id), 404, "not_found")


async def test_compliance_held_to_account_does_not_see_it_before_the_decision(desk: Any, accounts: Any) -> None:
    person = new_id()
    await desk.joined(person, "compliance")
    case_id = await accounts.found(staff_id=str(person))
    own = desk.kit.staff("compliance", id=person)

    desk.refused(await own.get(f"/v1/accountability-cases/{case_id}"), 404, "not_found")
    assert (await own.get("/v1/accountability-cases")).json()["items"] == []


async def test_every_read_leaves_a_trace(desk: Any, accounts: Any) -> None:
    case_id = await accounts.decided()

    await accounts.read("subject", case_id)
    await accounts.callers["compliance"].get("/v1/accountability-cases")
    await accounts.read("stranger", case_id)

    async with desk.kit.database.session() as session:
        rows = (await session.execute(text("SELECT * FROM audit_entry ORDER BY id"))).all()
    traces = [row for row in rows if row.action in ("accountability.read", "accountability.listed")]
    assert [(row.actor, row.action) for row in traces] == [
        (f"staff:{accounts.ids['subject']}", "accountability.read"),
        (f"staff:{accounts.ids['compliance']}", "accountability.listed"),
    ]
    assert (str(traces[0].subject_id), traces[1].facts) == (case_id, {"ids": [case_id]})


async def test_an_appeal_is_the_subjects_and_in_time(desk: Any, accounts: Any) -> None:
    case_id, grounds = await accounts.decided(), {"grounds": "不认可"}
    desk.refused(await accounts.tries("finder", case_id, "appeal", grounds), 403, "not_the_subject")

    desk.kit.now += timedelta(days=16)
    late = desk.refused(await accounts.tries("subject", case_id, "appeal", grounds), 409, "appeal_too_late")
    assert late["last_on"] == "2026-03-17"
    desk.kit.now -= timedelta(days=1)
    assert (await accounts.does("subject", case_id, "appeal", grounds))["appealed_on"] == "2026-03-17"
    desk.refused(await accounts.tries("subject", case_id, "appeal", grounds), 409, "accountability_command_not_allowed")


async def test_who_decided_does_not_decide_the_appeal(desk: Any, accounts: Any) -> None:
    case_id = await accounts.appealed()
    body = {"outcome": "upheld", "decision": "维持"}

    for who in ("executive", "compliance", "finder"):
        desk.refused(await accounts.tries(who, case_id, "decide-appeal", body), 409, "second_person_needed")
    desk.refused(await accounts.tries("stranger", case_id, "decide-appeal", body), 404, "not_found")


async def test_the_same_one_is_held_to_account_for_the_same_once(desk: Any, accounts: Any) -> None:
    complaint_id, finder = await desk.closed(), accounts.callers["finder"]
    path, body = "/v1/accountability-cases", accounts.wanted(complaint_id)

    assert (await finder.post(path, json=body)).status_code == 201
    desk.refused(await finder.post(path, json=body), 409, "already_held_to_account")
    other = body | {"channel_id": str(new_id())}
    desk.refused(await finder.post(path, json=other), 422, "subject_unclear", "/staff_id")
    del other["staff_id"]
    assert (await finder.post(path, json=other)).status_code == 201


async def test_what_it_comes_from_is_there_and_in_reach(desk: Any, accounts: Any) -> None:
    finder, path = accounts.callers["finder"], "/v1/accountability-cases"

    for origin in ("complaint", "issue", "finding"):
        body = accounts.wanted(str(new_id()), origin=origin)
        desk.refused(await finder.post(path, json=body), 404, "not_found")
    about_finder = await desk.closed(named_staff_id=str(accounts.ids["finder"]))
    desk.refused(await finder.post(path, json=accounts.wanted(about_finder)), 404, "not_found")
    own = accounts.wanted(await desk.closed(), staff_id=str(accounts.ids["finder"]))
    desk.refused(await finder.post(path, json=own), 403, "subject_takes_no_part")


@pytest.mark.parametrize(
    ("command", "body", "pointer"),
    [
        ("decide", {"decision": "x", "measure": "prison"}, "/measure"),
        ("decide", {"decision": "x", "measure": "exit"}, "/measure"),
        ("decide", {"decision": "x", "in_force_from": "2026-03-02"}, "/in_force_from"),
        ("decide", {"decision": "", "measure": "talk"}, "/decision"),
        ("decide-appeal", {"outcome": "changed", "decision": "x"}, "/measure"),
        ("decide-appeal", {"outcome": "revoked", "decision": "x", "measure": "talk"}, "/measure"),
    ],
)
async def test_bad_decisions_are_named(accounts: Any, command: str, body: dict[str, Any], pointer: str) -> None:
    who, case_id = (
        ("executive", await accounts.opined()) if command == "decide" else ("risk", await accounts.appealed())
    )
    told = await accounts.told()

    answer = await accounts.tries(who, case_id, command, body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await accounts.told() == told
