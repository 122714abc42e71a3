"""Mediation, arbitration and litigation beside a case."""

from datetime import timedelta
from typing import Any

import pytest

from complaints.tracks.rules import OUTCOMES, OutcomeNotOfKind, TrackKind, TrackOutcome, require_outcome
from shared.ids import new_id

SUIT = {"kind": "litigation", "body": "上海金融法院", "reference": "（2026）沪74民初1号", "began_on": "2026-03-01"}
END = {"ended_on": "2026-03-02", "outcome": "for_company", "result": "驳回诉讼请求。"}


@pytest.mark.parametrize("kind", TrackKind)
@pytest.mark.parametrize("outcome", TrackOutcome)
def test_a_way_ends_only_as_it_can(kind: TrackKind, outcome: TrackOutcome) -> None:
    decides = {"for_complainant", "for_complainant_in_part", "for_company"}
    is_possible = outcome not in decides if kind == "mediation" else outcome != "not_settled"
    assert (outcome in OUTCOMES[kind]) == is_possible
    if not is_possible:
        with pytest.raises(OutcomeNotOfKind):
            require_outcome(kind, outcome)


@pytest.mark.parametrize("state", ["assigned", "decided", "informed", "closed"])
async def test_a_track_begins_and_ends_and_the_legal_clock_runs_on(desk: Any, state: str) -> None:
    complaint_id = await getattr(desk, state)()
    before = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()

    track = await desk.does(desk.supervisor, complaint_id, "tracks", SUIT)
    ended = await desk.does(desk.supervisor, complaint_id, f"tracks/{track['id']}/end", END)

    assert (ended["outcome"], ended["ended_on"], ended["reference"]) == ("for_company", "2026-03-02", SUIT["reference"])
    assert (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json() == before
    listed = (await desk.agent.get(f"/v1/complaints/{complaint_id}/tracks")).json()["items"]
    assert listed == [ended]


async def test_the_same_track_is_begun_and_ended_once(desk: Any) -> None:
    complaint_id = await desk.assigned()
    path = f"/v1/complaints/{complaint_id}/tracks"
    track = await desk.does(desk.handler, complaint_id, "tracks", SUIT)

    desk.refused(await desk.handler.post(path, json=SUIT), 409, "track_known")
    await desk.does(desk.handler, complaint_id, f"tracks/{track['id']}/end", END)
    desk.refused(await desk.handler.post(f"{path}/{track['id']}/end", json=END), 409, "track_ended")


async def test_a_track_belongs_to_its_case_and_is_kept_by_its_handler(desk: Any) -> None:
    complaint_id, other = await desk.assigned(), await desk.assigned()
    track = await desk.does(desk.handler, complaint_id, "tracks", SUIT)
    stranger = desk.kit.staff("complaint_handler")

    elsewhere = await desk.handler.post(f"/v1/complaints/{other}/tracks/{track['id']}/end", json=END)
    desk.refused(elsewhere, 404, "not_found")
    unknown = await desk.handler.post(f"/v1/complaints/{complaint_id}/tracks/{new_id()}/end", json=END)
    desk.refused(unknown, 404, "not_found")
    desk.refused(await stranger.post(f"/v1/complaints/{other}/tracks", json=SUIT), 403, "not_the_handler")


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"outcome": "not_settled"}, "outcome_not_of_kind", "/outcome"),
        ({"ended_on": "2026-02-28"}, "day_out_of_range", "/ended_on"),
        ({"ended_on": "2026-03-03"}, "day_out_of_range", "/ended_on"),
        ({"result": ""}, "invalid", "/result"),
    ],
)
async def test_a_bad_end_changes_nothing(desk: Any, fields: dict[str, Any], code: str, pointer: str) -> None:
    complaint_id = await desk.assigned()
    track = await desk.does(desk.handler, complaint_id, "tracks", SUIT)

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/tracks/{track['id']}/end", json=END | fields)

    desk.refused(answer, 422, code, pointer)
    listed = (await desk.agent.get(f"/v1/complaints/{complaint_id}/tracks")).json()["items"]
    assert listed[0]["ended_on"] is None


async def test_a_track_cannot_begin_tomorrow(desk: Any) -> None:
    complaint_id = await desk.assigned()
    tomorrow = str((desk.kit.now + timedelta(days=1)).date())

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/tracks", json=SUIT | {"began_on": tomorrow})

    desk.refused(answer, 422, "day_out_of_range", "/began_on")
