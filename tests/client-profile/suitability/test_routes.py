from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.ids import new_id
from shared.testing.service import ServiceKit


def path(client: dict[str, Any], what: str = "risk-assessments") -> str:
    return f"/v1/clients/{client['id']}/{what}"


async def test_each_level_can_be_reached_with_the_questionnaire_in_force(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    for level in ("C1", "C2", "C3", "C4", "C5"):
        client = await house.client()

        assessment = await desk.assess(client["id"], level)

        assert (assessment["risk_level"], assessment["valid_until"]) == (level, "2027-03-01")
        type_, event = (await kit.outbox())[-1]
        assert type_ == "client-profile.client.suitability_assessed.v1"
        assert (event["client_id"], event["risk_level"], event["valid_until"]) == (client["id"], level, "2027-03-01")


async def test_why_adds_the_points_up_to_the_stored_level(house: Any, desk: Any) -> None:
    client = await house.client()
    assessment = await desk.assess(client["id"], "C4")

    state = (await desk.operations.get(path(client, "suitability"))).json()

    why = state["risk_level_why"]
    assert state["risk_level"] == assessment["risk_level"] == "C4"
    assert why["points"] == sum(line["points"] for line in why["lines"]) == 74
    bands = why["bands"]
    assert max(level for level, begins in bands.items() if why["points"] >= begins) == "C4"
    assert why["assessment"]["rule_version"] == "suitability.questionnaire.person@2020-01-01"


async def test_an_answer_holds_the_level_down_whatever_the_points(house: Any, desk: Any) -> None:
    client, body = await house.client(), desk.answers("C5")
    body["answers"]["attitude"] = "a"

    answer = await desk.operations.post(path(client), json=body)

    assert answer.json()["risk_level"] == "C1"
    state = (await desk.operations.get(path(client, "suitability"))).json()
    assert [line["cap"] for line in state["risk_level_why"]["lines"] if line["cap"]] == ["C1"]


async def test_a_lower_result_counts_at_once_and_a_third_one_on_a_day_is_refused(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    client = await house.client()
    await desk.assess(client["id"], "C4")
    await desk.assess(client["id"], "C2")

    third = await desk.operations.post(path(client), json=desk.answers("C5"))

    assert (third.status_code, third.json()["code"], third.json()["limit"]) == (409, "too_many_assessments", "per_day")
    assert (await desk.operations.get(path(client, "suitability"))).json()["risk_level"] == "C2"
    assert await kit.count("risk_assessment") == 2


async def test_an_assessment_lapses_after_twelve_months(kit: ServiceKit, house: Any, desk: Any) -> None:
    client = await house.client()
    await desk.assess(client["id"], "C3")

    kit.now += timedelta(days=364)
    assert (await desk.operations.get(path(client, "suitability"))).json()["risk_level"] == "C3"
    kit.now += timedelta(days=1)
    state = (await desk.operations.get(path(client, "suitability"))).json()
    assert (state["risk_level"], state["risk_level_why"]) == (None, None)


async def test_bad_answers_are_pointed_at_and_leave_nothing(kit: ServiceKit, house: Any, desk: Any) -> None:
    client, good = await house.client(), desk.answers("C3")
    events = await kit.events()
    answers = good["answers"]
    without_age = {code: option for code, option in answers.items() if code != "age"}
    bad: list[tuple[dict[str, Any], str]] = [
        ({**good, "level": "C5"}, "/level"),
        ({"answers": answers}, "/questionnaire_version"),
        ({**good, "answers": without_age}, "/answers/age"),
        ({**good, "answers": {**answers, "age": "z"}}, "/answers/age"),
        ({**good, "answers": {**answers, "zodiac": "a"}}, "/answers/zodiac"),
        ({**good, "answers": {**answers, "age": 3}}, "/answers/age"),
        ({**good, "answers": "abc"}, "/answers"),
    ]
    for body, pointer in bad:
        answer = await desk.operations.post(path(client), json=body)

        assert answer.status_code == 422, (body, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer
    old = await desk.operations.post(path(client), json={**good, "questionnaire_version": "2025-1"})
    assert (old.status_code, old.json()["code"], old.json()["version"]) == (409, "questionnaire_outdated", "2026-1")
    assert await kit.count("risk_assessment") == 0
    assert await kit.events() == events


async def test_a_client_assesses_itself_and_nobody_else(kit: ServiceKit, house: Any, desk: Any) -> None:
    client, other = await house.client(), await house.client()
    app = kit.client(UUID(client["id"]))

    own = await app.post(path(client), json=desk.answers("C3"))
    foreign = await app.post(path(other), json=desk.answers("C3"))

    assert (own.status_code, own.json()["assessed_by"]) == (201, f"client:{client['id']}")
    assert foreign.status_code == 404
    assert (await app.get(path(client, "suitability"))).json()["risk_level"] == "C3"


async def test_a_channels_report_lowers_the_level_and_never_raises_it(kit: ServiceKit, house: Any, desk: Any) -> None:
    channel_id = new_id()
    client = await house.client(channel_id=str(channel_id))
    channel = kit.channel(channel_id, "client.write")
    report = {
        "risk_level": "C4",
        "assessed_on": "2026-03-02",
        "proof_reference": "BANK-Q-1",
        "recording_number": "BANK-SL-1",
    }

    alone = await channel.post(path(client, "channel-assessments"), json=report)
    first = (await desk.operations.get(path(client, "suitability"))).json()
    kit.now += timedelta(hours=1)
    await desk.assess(client["id"], "C3")
    kit.now += timedelta(hours=1)
    await channel.post(path(client, "channel-assessments"), json={**report, "risk_level": "C5"})
    second = (await desk.operations.get(path(client, "suitability"))).json()
    kit.now += timedelta(days=1)
    await channel.post(
        path(client, "channel-assessments"), json={**report, "assessed_on": "2026-03-03", "risk_level": "C2"}
    )
    third = (await desk.operations.get(path(client, "suitability"))).json()

    assert alone.status_code == 201
    assert (first["risk_level"], first["risk_level_why"]["lines"]) == ("C4", [])
    assert first["risk_level_why"]["assessment"]["recording_number"] == "BANK-SL-1"
    assert second["risk_level"] == "C3"
    assert third["risk_level"] == "C2"
    told = [event["risk_level"] for type_, event in await kit.outbox() if "suitability" in type_]
    assert told == ["C4", "C3", "C3", "C2"]


async def test_a_channel_reports_with_evidence_for_its_own_clients_only(kit: ServiceKit, house: Any) -> None:
    channel_id = new_id()
    client, foreign = await house.client(channel_id=str(channel_id)), await house.client()
    channel = kit.channel(channel_id, "client.write")
    report = {
        "risk_level": "C4",
        "assessed_on": "2026-03-02",
        "proof_reference": "BANK-Q-1",
        "recording_number": "BANK-SL-1",
    }
    for change, pointer in (
        ({"recording_number": None}, "/recording_number"),
        ({"risk_level": "C9"}, "/risk_level"),
        ({"assessed_on": "2026-03-03"}, "/assessed_on"),
        ({"assessed_on": "2025-03-02"}, "/assessed_on"),
    ):
        answer = await channel.post(path(client, "channel-assessments"), json={**report, **change})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await channel.post(path(foreign, "channel-assessments"), json=report)).status_code == 404
    assert await kit.count("risk_assessment") == 0


async def test_a_manager_reaches_own_clients_only_and_reads_the_questionnaire(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    manager, other = await house.manager(), await house.manager()
    client = await house.client(manager=manager)

    assert (await house.as_staff(manager).post(path(client), json=desk.answers("C3"))).status_code == 201
    assert (await house.as_staff(other).post(path(client), json=desk.answers("C3"))).status_code == 404
    assert len((await house.as_staff(manager).get(path(client))).json()["items"]) == 1
    questionnaire = (await house.as_staff(other).get("/v1/risk-questionnaire")).json()
    assert questionnaire["version"] == "2026-1"
    assert questionnaire["questions"][0]["zh"] == "您的年龄是?"
    assert "points" not in questionnaire["questions"][0]["options"][0]


async def test_an_institution_answers_questions_of_its_own(kit: ServiceKit, house: Any, desk: Any) -> None:
    wanted = house.institution()
    client = (await kit.staff("customer_service").post("/v1/clients", json=wanted)).json()
    questionnaire = (await desk.operations.get("/v1/risk-questionnaire", params={"kind": "institution"})).json()
    answers = {question["code"]: question["options"][-1]["code"] for question in questionnaire["questions"]}
    body = {"questionnaire_version": questionnaire["version"], "answers": answers | {"debt": "a"}}

    of_persons = await desk.operations.post(path(client), json=desk.answers("C3"))
    answer = await desk.operations.post(path(client), json=body)

    assert (of_persons.status_code, of_persons.json()["code"]) == (409, "questionnaire_outdated")
    assert (answer.status_code, answer.json()["risk_level"]) == (201, "C5")
    state = (await desk.operations.get(path(client, "suitability"))).json()
    assert (state["risk_level_why"]["points"], state["risk_level"]) == (100, "C5")
