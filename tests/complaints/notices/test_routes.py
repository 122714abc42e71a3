"""The decision notice through the API: what was told is what is kept, and what is kept never changes."""

import hashlib
import io
from typing import Any
from uuid import UUID

import httpx
import pypdf
import pytest
from sqlalchemy import text

from shared.files import keeping
from shared.ids import new_id
from shared.timers import run_due


async def notice(caller: httpx.AsyncClient, complaint_id: str) -> httpx.Response:
    return await caller.get(f"/v1/complaints/{complaint_id}/decision-notice")


def words(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


async def listed(desk: Any, complaint_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.agent.get(f"/v1/complaints/{complaint_id}/evidence")).json()["items"]
    return items


async def test_a_notice_tells_findings_basis_ways_and_contact_in_chinese(desk: Any) -> None:
    complaint_id = await desk.decided(demand="退还认购费，赔偿损失")

    answer = await notice(desk.handler, complaint_id)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    shown = words(answer.content)
    number = (await desk.agent.get(f"/v1/complaints/{complaint_id}")).json()["number"]
    for said in (
        "投诉处理决定告知书",
        number,
        "2026年3月2日",
        "信息披露",
        "退还认购费，赔偿损失",
        "经核查，销售人员未充分说明延期兑付风险。",
        "我司负有责任",
        "销售过程录音第12分钟；认购风险申明书。",
        "总部没有上级机构",
        "调解",
        "仲裁",
        "人民法院",
        "消费者权益保护部",
        "二〇二六年三月二日",
    ):
        assert said in shown, said
    assert "草稿" not in shown


async def test_what_is_told_is_kept_with_its_hash_and_shown_ever_after(desk: Any) -> None:
    complaint_id = await desk.decided()
    before = (await notice(desk.handler, complaint_id)).content
    assert (await notice(desk.supervisor, complaint_id)).content == before

    await desk.inform(complaint_id)

    [kept] = await listed(desk, complaint_id)
    digest = hashlib.sha256(before).hexdigest()
    assert (kept["kind"], kept["provider"], kept["sha256"]) == ("decision_notice", "company", digest)
    assert kept["file_name"].startswith("投诉处理决定告知书-TS-2026-")
    async with desk.kit.database.transaction() as session:
        await session.execute(text("UPDATE policy_row SET value = '\"另一家公司\"' WHERE code = 'house.name'"))
    try:
        assert (await notice(desk.handler, complaint_id)).content == before
        for timer in keeping.timers(desk.kit.app.state.files.store):
            await run_due(timer, desk.kit.database, clock=lambda: desk.kit.now)
        assert (await notice(desk.handler, complaint_id)).content == before
    finally:
        async with desk.kit.database.transaction() as session:
            await session.execute(text("UPDATE policy_row SET value = '\"信托公司\"' WHERE code = 'house.name'"))


async def test_the_complainant_reads_the_notice_once_told_and_nobody_from_outside_before(desk: Any) -> None:
    channel_id = new_id()
    complaint_id = await desk.decided(channel_id=str(channel_id))
    client, channel = desk.kit.client(desk.client_id), desk.kit.channel(channel_id, "complaint.read")
    desk.refused(await notice(client, complaint_id), 409, "notice_not_yet")
    await desk.inform(complaint_id)

    assert (await notice(client, complaint_id)).content == (await notice(desk.handler, complaint_id)).content
    desk.refused(await notice(channel, complaint_id), 403, "forbidden")
    desk.refused(await notice(desk.kit.client(new_id()), complaint_id), 404, "not_found")
    async with desk.kit.database.session() as session:
        found = await session.execute(text("SELECT actor FROM audit_entry WHERE action = 'evidence.read' ORDER BY id"))
    assert found.scalars().all() == [f"client:{desk.client_id}", f"staff:{desk.handler_id}"]


@pytest.mark.parametrize("state", ["registered", "assigned"])
async def test_there_is_no_notice_before_a_decision(desk: Any, state: str) -> None:
    complaint_id = await getattr(desk, state)()

    told = desk.refused(await notice(desk.handler, complaint_id), 409, "notice_not_yet")

    assert told["state"] == state


async def test_before_approval_it_is_a_draft(desk: Any) -> None:
    complaint_id = await desk.proposed()

    assert "草稿" in words((await notice(desk.supervisor, complaint_id)).content)


async def test_a_result_of_a_branch_may_be_reviewed_within_the_days_of_the_law(
    desk: Any, offices: tuple[UUID, UUID]
) -> None:
    head, branch = offices
    await desk.joined(desk.handler_id, "complaint_handler", units=(new_id(), branch, head))
    complaint_id = await desk.decided()

    shown = words((await notice(desk.handler, complaint_id)).content)

    assert "自收到本告知书之日起30日内" in shown
    assert "总部没有上级机构" not in shown


async def test_numbers_of_people_and_names_of_staff_are_not_in_a_notice(desk: Any) -> None:
    said = "投诉人（身份证110105194912310021，电话13812341234）于柜台反映，退款至6222021234567890123。"
    desk.proposal |= {"decision": said, "basis": said}
    stranger = {"client_id": None, "complainant": {"name": "王小明", "phone": "13900000001"}}
    complaint_id = await desk.decided(**stranger, demand=said, named_staff_id=str(new_id()))

    shown = words((await notice(desk.handler, complaint_id)).content)

    for hidden in ("110105194912310021", "13812341234", "6222021234567890123", "王小明", "13900000001"):
        assert hidden not in shown
    assert "尊敬的投诉人（王**）" in shown
    assert str(desk.handler_id) not in shown


async def test_a_character_without_a_sign_never_keeps_a_decision_from_being_told(desk: Any) -> None:
    desk.proposal |= {"decision": "经核查😀，情况属实\U00030000。"}
    complaint_id = await desk.decided()
    await desk.inform(complaint_id)

    shown = words((await notice(desk.handler, complaint_id)).content)

    assert "经核查〓，情况属实〓。" in shown
    assert "字库未收录" in shown


async def test_what_looks_like_markup_is_shown_as_it_is(desk: Any) -> None:
    desk.proposal |= {"decision": '#panic("x") *粗* $x$ = 标题'}
    complaint_id = await desk.decided()

    assert '#panic("x")*粗*$x$=标题' in words((await notice(desk.handler, complaint_id)).content)


async def test_a_long_decision_goes_over_several_pages_and_is_signed_once(desk: Any) -> None:
    desk.proposal |= {"decision": "\n".join(f"第{place}项，经核查属实。" + "甲" * 200 for place in range(60))}
    complaint_id = await desk.decided()

    content = (await notice(desk.handler, complaint_id)).content

    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    assert len(pages) > 5
    assert words(content).count("（盖章）") == 1
    assert words(content).count("甲") == 60 * 200


async def test_informing_is_done_though_the_store_is_away(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint_id = await desk.decided()
    store = desk.kit.app.state.files.store
    monkeypatch.setattr(store, "_root", store._root / "nowhere" / "\0")

    await desk.inform(complaint_id)

    assert (await notice(desk.handler, complaint_id)).status_code == 200


async def test_whoever_is_complained_about_reads_no_notice(desk: Any) -> None:
    named = new_id()
    complaint_id = await desk.decided(named_staff_id=str(named))

    desk.refused(await notice(desk.kit.staff("complaint_handler", id=named), complaint_id), 404, "not_found")


async def test_a_notice_is_not_entered_by_hand(desk: Any) -> None:
    complaint_id = await desk.decided()
    entry = {
        "kind": "decision_notice",
        "description": "告知书",
        "provider": "company",
        "received_on": "2026-03-02",
        "file_name": "a.pdf",
    }

    answer = await desk.agent.post(f"/v1/complaints/{complaint_id}/evidence", json=entry)

    desk.refused(answer, 422, "kind_not_entered", "/kind")
