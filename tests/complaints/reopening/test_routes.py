"""Ended complaints taken up again, only on new facts."""

from datetime import timedelta
from typing import Any

import pytest

FACTS = {"arrived_on": "2026-03-05", "facts": "新提交的录音显示销售人员承诺保本。", "source": "letter"}


@pytest.mark.parametrize("state", ["informed", "closed"])
async def test_new_facts_make_a_new_case_whose_clock_starts_as_they_arrive(desk: Any, state: str) -> None:
    ended = await getattr(desk, state)(named_staff_id=str(desk.manager_id), level="major")
    desk.kit.now += timedelta(days=7)

    again = await desk.does(desk.supervisor, ended, "reopen", FACTS)

    assert (again["follows_id"], again["follows_for"], again["status"]) == (ended, "new_facts", "registered")
    assert (again["received_on"], again["due_on"], again["source"]) == ("2026-03-05", "2026-03-20", "letter")
    assert (again["client_id"], again["level"]) == (str(desk.client_id), "major")
    assert again["named_staff_id"] == str(desk.manager_id)
    assert (await desk.kit.events())[-1] == "complaint.registered"
    assert (await desk.row(ended)).status == state


async def test_a_strangers_contact_data_go_with_the_case(desk: Any) -> None:
    ended = await desk.closed(client_id=None, complainant={"name": "王小明", "phone": "13812341234"})

    again = await desk.does(desk.supervisor, ended, "reopen", FACTS | {"arrived_on": "2026-03-02"})

    answer = await desk.agent.post(f"/v1/complaints/{again['id']}/complainant/reveal", json={"reason": "回电"})
    assert answer.json() == {"name": "王小明", "phone": "13812341234"}


async def test_without_new_facts_the_answer_stands(desk: Any) -> None:
    ended = await desk.closed(facts="客户称未被告知 产品可能延期。")
    same = FACTS | {"arrived_on": "2026-03-02", "facts": "客户称未被告知\n产品可能延期。"}

    answer = await desk.supervisor.post(f"/v1/complaints/{ended}/reopen", json=same)

    desk.refused(answer, 409, "facts_not_new", "/facts")
    assert await desk.kit.count("complaint") == 1


@pytest.mark.parametrize("state", ["registered", "decided"])
async def test_a_case_that_runs_is_not_reopened(desk: Any, state: str) -> None:
    complaint_id = await getattr(desk, state)()

    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/reopen", json=FACTS)

    desk.refused(answer, 409, "command_not_allowed")


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"arrived_on": "2026-03-01"}, "day_out_of_range", "/arrived_on"),
        ({"arrived_on": "2026-03-03"}, "day_out_of_range", "/arrived_on"),
        ({"facts": ""}, "invalid", "/facts"),
        ({"source": "nfra"}, "source_invalid", "/forwarding_number"),
        ({"level": "major"}, "invalid", "/level"),
    ],
)
async def test_reopening_with_bad_input_makes_no_case(
    desk: Any, fields: dict[str, Any], code: str, pointer: str
) -> None:
    ended = await desk.closed()

    answer = await desk.supervisor.post(
        f"/v1/complaints/{ended}/reopen", json=FACTS | {"arrived_on": "2026-03-02"} | fields
    )

    desk.refused(answer, 422, code, pointer)
    assert await desk.kit.count("complaint") == 1
