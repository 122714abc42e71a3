"""What due diligence found decides on admission, and its finders do not."""

from typing import Any

from shared.ids import new_id

FINDING = {"topic": "license", "outcome": "satisfied", "finding": "金融许可证在有效期内", "evidence": ["DA-2026-017"]}


async def examined(market: Any) -> str:
    channel = await market.prospect()
    await market.post("channel_manager", f"/v1/channels/{channel['id']}/start-due-diligence")
    return f"/v1/channels/{channel['id']}"


async def find(market: Any, path: str, *, role: str = "channel_manager", **fields: Any) -> Any:
    return await market.post(role, f"{path}/findings", {**FINDING, **fields}, status=201)


async def test_a_failed_topic_stands_against_admission_until_a_later_finding(market: Any) -> None:
    path = await examined(market)
    await find(market, path)
    await find(market, path, topic="penalties", outcome="failed", finding="两年内受过重大处罚")
    refused = await market.post("compliance", f"{path}/approve", {"opinion": "可"}, status=409)
    assert (refused["code"], refused["topics"]) == ("due_diligence_failed", ["penalties"])

    await find(market, path, topic="penalties", outcome="concern", finding="处罚已整改并验收")
    for topic in ("sales_capability", "recording"):
        await find(market, path, topic=topic)
    assert (await market.post("compliance", f"{path}/approve", {"opinion": "可"}))["status"] == "approved"
    assert len((await market.get(f"{path}/findings"))["items"]) == 5


async def test_topics_the_house_wants_must_be_looked_into(market: Any) -> None:
    path = await examined(market)
    await find(market, path)
    refused = await market.post("compliance", f"{path}/approve", {"opinion": "可"}, status=409)
    missing = ["penalties", "recording", "sales_capability"]
    assert (refused["code"], refused["topics"]) == ("due_diligence_incomplete", missing)
    for topic in missing:
        await find(market, path, topic=topic)
    assert (await market.post("compliance", f"{path}/approve", {"opinion": "可"}))["status"] == "approved"


async def test_the_topics_are_dated_and_say_where_they_come_from(market: Any) -> None:
    """A partner admitted before they held was not admitted against them."""
    rows = await market.rows(
        "SELECT valid_from, value, source FROM policy_row WHERE code = 'channel.due_diligence_topics'"
        " ORDER BY valid_from"
    )
    assert [row.value for row in rows] == [[], ["license", "penalties", "sales_capability", "recording"]]
    assert "金规〔2025〕6号" in rows[1].source
    path = await examined(market)
    market.kit.now = market.kit.now.replace(year=2025, month=6)
    assert (await market.post("compliance", f"{path}/approve", {"opinion": "可"}))["status"] == "approved"


async def test_who_found_something_cannot_approve(market: Any) -> None:
    path, person = await examined(market), new_id()
    finder = market.kit.staff("compliance", id=person)
    assert (await finder.post(f"{path}/findings", json=FINDING)).status_code == 201
    assert (await finder.post(f"{path}/approve", json={"opinion": "可"})).json()["code"] == "second_person_needed"


async def test_findings_need_evidence_and_a_partner_under_examination(market: Any) -> None:
    prospect = await market.prospect()
    path = f"/v1/channels/{prospect['id']}/findings"
    assert (await market.post("risk", path, FINDING, status=409))["code"] == "due_diligence_not_open"
    for fields, pointer in (({"evidence": []}, "/evidence"), ({"topic": "mood"}, "/topic"), ({"by": "x"}, "/by")):
        problem = await market.post("risk", path, {**FINDING, **fields}, status=422)
        assert problem["errors"][0]["pointer"] == pointer
