"""Reports are counted like a plain reader counts, frozen as they were seen, and corrected openly."""

import asyncio
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

PERIOD = {"period_from": "2026-01-01", "period_to": "2026-02-28"}
FIRST, LAST = date(2026, 1, 1), date(2026, 2, 28)


@pytest.fixture
def office(desk: Any) -> Any:
    """Whoever submits reports."""
    return desk.kit.staff("consumer_protection")


def histories(random: Random, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for place in range(number):
        received = date(2025, 11, 20) + timedelta(days=random.randrange(100))
        item: dict[str, Any] = {
            "external_id": str(place),
            "received_on": str(received),
            "reason": random.choice(["disclosure", "pricing"]),
            "level": random.choice(["ordinary", "major"]),
            "source": random.choice(["phone", "nfra", "pboc"]),
            "persons": random.choice([1, 1, 6]),
        }
        ended = received + timedelta(days=random.choice([1, 15, 16, 30, 45, 70]))
        if ended < date(2026, 3, 2) and random.random() < 0.7:
            item |= {"informed_on": str(ended), "is_upheld": random.random() < 0.5}
            if random.random() < 0.5:
                item["compensation"] = {"amount": f"{random.randrange(1, 9999)}.05", "currency": "CNY"}
        elif ended < date(2026, 3, 2) and random.random() < 0.4:
            item["withdrawn_on"] = str(ended)
        found.append(item)
    return found


async def take_in(desk: Any, items: list[dict[str, Any]]) -> None:
    body = {"origin": "old", "items": items}
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json=body)
    assert {result["status"] for result in answer.json()["results"]} <= {"created", "updated"}, answer.text


def day(item: dict[str, Any], name: str) -> date | None:
    return date.fromisoformat(item[name]) if name in item else None


def plain(items: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Return the report as somebody with a pencil would make it: written apart from the SQL."""
    found: Counter[tuple[str, str]] = Counter()
    for item in items:
        received, informed, withdrawn = day(item, "received_on"), day(item, "informed_on"), day(item, "withdrawn_on")
        assert received
        if FIRST <= received <= LAST:
            names = ["received"] + (["major"] if item["level"] == "major" else [])
            found.update(("summary", name) for name in names)
            found["summary", "persons"] += item["persons"]
            found.update((name, item[name]) for name in ("reason", "source", "level"))
            found["regime", "pboc" if item["source"] == "pboc" else "nfra"] += 1
            found["business_code", "none"] += 1
        if informed and FIRST <= informed <= LAST:
            days = (informed - received).days
            within = next(name for most, name in ((15, "within_15"), (30, "within_30"), (60, "within_60"),
                                                  (9999, "over_60")) if days <= most)  # fmt: skip
            found.update(("summary", name) for name in ("informed", within, "in_time" if days <= 15 else "late"))
            found["summary", "upheld"] += item["is_upheld"]
            if "compensation" in item:
                found["summary", "compensated"] += 1
                found["summary", "compensation"] += round(float(item["compensation"]["amount"]) * 100)
        found["summary", "withdrawn"] += bool(withdrawn and FIRST <= withdrawn <= LAST)
        ended = informed or withdrawn
        is_open = received <= LAST and (ended is None or ended > LAST)
        found["summary", "open_at_end"] += is_open
        found["summary", "overdue_at_end"] += is_open and received + timedelta(days=15) < LAST
    return {place: number for place, number in found.items() if number}


def numbers(report: dict[str, Any]) -> dict[tuple[str, str], int]:
    found = {(line["section"], line["code"]): line for line in report["lines"]}
    return {
        place: round(float(line["value"]) * (100 if line["unit"] == "元" else 1))
        for place, line in found.items()
        if float(line["value"])
    }


async def drafted(office: Any) -> dict[str, Any]:
    answer = await office.get("/v1/regulator-reports/draft", params=PERIOD)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]  # JSON


async def submitted(office: Any, **fields: Any) -> dict[str, Any]:
    body = PERIOD | {"digest": (await drafted(office))["digest"]} | fields
    answer = await office.post("/v1/regulator-reports", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]  # JSON


@pytest.mark.parametrize("seed", range(4))
async def test_the_lines_equal_a_plain_count(desk: Any, office: Any, seed: int) -> None:
    items = histories(Random(seed), 80)
    await take_in(desk, items)

    draft = await drafted(office)

    assert numbers(draft) == plain(items)
    for line in draft["lines"]:
        listed = (await office.get(line["list"] + "&limit=200")).json()["items"]
        if line["unit"] == "件":
            assert len(listed) == len({one["id"] for one in listed}) == int(line["value"]), line


async def test_a_line_opens_to_exactly_its_cases(desk: Any, office: Any) -> None:
    early = {"external_id": "1", "received_on": "2025-12-20", "informed_on": "2026-01-10"}
    late = {"external_id": "2", "received_on": "2026-01-05", "informed_on": "2026-02-20", "level": "major"}
    still = {"external_id": "3", "received_on": "2026-02-25"}
    await take_in(desk, [early, late, still])
    draft = await drafted(office)
    lists = {(line["section"], line["code"]): line["list"] for line in draft["lines"]}

    async def days(section: str, code: str) -> list[str]:
        return [one["received_on"] for one in (await office.get(lists[section, code])).json()["items"]]

    assert await days("summary", "informed") == ["2025-12-20", "2026-01-05"]
    assert await days("summary", "over_60") == []
    assert await days("summary", "within_60") == ["2026-01-05"]
    assert await days("summary", "open_at_end") == ["2026-02-25"]
    assert await days("level", "major") == ["2026-01-05"]
    assert await days("business_code", "none") == ["2026-01-05", "2026-02-25"]


async def test_what_was_overdue_at_the_end_is_told_by_the_due_date_that_held_then(desk: Any, office: Any) -> None:
    desk.kit.now = datetime(2026, 2, 1, 4, tzinfo=UTC)
    overdue = await desk.assigned()
    desk.kit.now = datetime(2026, 2, 5, 4, tzinfo=UTC)
    extended = await desk.assigned()
    extension = {"reason": "案情复杂", "complainant_told_on": "2026-02-05"}
    await desk.does(desk.supervisor, extended, "extend", extension)
    desk.kit.now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    # From now on the first is due on another day, and was overdue all the same.
    await desk.does(desk.supervisor, overdue, "new-facts", {"facts": "补交转账凭证", "arrived_on": "2026-03-02"})

    found = {line["code"]: line for line in (await drafted(office))["lines"] if line["section"] == "summary"}

    assert (found["open_at_end"]["value"], found["overdue_at_end"]["value"]) == ("2", "1")
    listed = (await office.get(found["overdue_at_end"]["list"])).json()["items"]
    assert [one["id"] for one in listed] == [overdue]


@pytest.mark.parametrize("query", [{"section": "summary", "code": "sum"}, {"section": "level", "code": "grave"}])
async def test_an_unknown_line_is_refused(desk: Any, office: Any, query: dict[str, str]) -> None:
    answer = await office.get("/v1/regulator-reports/cases", params=PERIOD | query)
    desk.refused(answer, 422, "line_unknown", "/query/code")


async def test_what_was_submitted_stays_and_a_correction_is_a_version_with_the_differences(
    desk: Any, office: Any
) -> None:
    items = histories(Random("frozen"), 20)
    await take_in(desk, items)
    first = await submitted(office, reference="金报〔2026〕1号")
    late = {"external_id": "late", "received_on": "2026-01-15", "reason": "pricing", "level": "ordinary"}
    await take_in(desk, [late])

    draft = await drafted(office)
    correction = {"digest": draft["digest"], "reason": "补录1月一件投诉"}
    answer = await office.post(f"/v1/regulator-reports/{first['id']}/correct", json=correction)

    second = answer.json()
    assert answer.status_code == 201, answer.text
    assert (second["version"], second["reason"], first["version"], first["reason"]) == (2, "补录1月一件投诉", 1, None)
    assert second["differences"] == draft["differences"]
    changed = {one["code"]: int(one["after"]) - int(one["before"]) for one in second["differences"]}
    assert changed == {
        "received": 1, "persons": 1, "open_at_end": 1, "overdue_at_end": 1, "pricing": 1, "other": 1, "ordinary": 1,
        "nfra": 1, "none": 1,
    }  # fmt: skip
    read = (await office.get(f"/v1/regulator-reports/{first['id']}")).json()
    assert (read["digest"], read["lines"], read["differences"]) == (first["digest"], first["lines"], [])
    listed = (await office.get("/v1/regulator-reports")).json()["items"]
    assert {(one["id"], one["version"]) for one in listed} == {(first["id"], 1), (second["id"], 2)}
    again = await office.post(f"/v1/regulator-reports/{first['id']}/correct", json=correction)
    desk.refused(again, 409, "not_the_latest_version")
    same = await office.post(f"/v1/regulator-reports/{second['id']}/correct", json=correction)
    desk.refused(same, 409, "nothing_to_correct")


async def test_only_what_was_looked_at_is_submitted_and_only_once(desk: Any, office: Any) -> None:
    seen = (await drafted(office))["digest"]
    await take_in(desk, [{"external_id": "1", "received_on": "2026-01-15"}])
    body = PERIOD | {"digest": seen}
    changed = desk.refused(await office.post("/v1/regulator-reports", json=body), 409, "report_changed")
    body["digest"] = changed["digest"]

    answers = await asyncio.gather(*(office.post("/v1/regulator-reports", json=body) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await desk.kit.count("regulator_report") == 1
    async with desk.kit.database.session() as session:
        trace = (await session.execute(text("SELECT * FROM audit_entry WHERE action LIKE 'regulator%'"))).one()
    assert (trace.action, trace.facts["digest"]) == ("regulator_report.submitted", body["digest"])


async def test_a_submitted_report_cannot_be_changed_even_in_the_database(desk: Any, office: Any) -> None:
    await submitted(office)
    for statement in ("UPDATE regulator_report SET digest = 'x'", "DELETE FROM regulator_report"):
        with pytest.raises(Exception, match="never changed"):
            async with desk.kit.database.transaction() as session:
                await session.execute(text(statement))


async def test_the_workbook_says_the_same_and_is_the_same_to_the_byte(desk: Any, office: Any) -> None:
    await take_in(desk, histories(Random("book"), 30))
    first = await submitted(office, reference="金报〔2026〕1号")
    await take_in(desk, [{"external_id": "late", "received_on": "2026-01-15"}])
    body = {"digest": (await drafted(office))["digest"], "reason": "补录"}
    second = (await office.post(f"/v1/regulator-reports/{first['id']}/correct", json=body)).json()

    for report, sheets in ((first, ["说明", "报表"]), (second, ["说明", "报表", "与上一版差异"])):
        answers = [await office.get(f"/v1/regulator-reports/{report['id']}/file") for _ in range(2)]
        assert answers[0].content == answers[1].content
        book = openpyxl.load_workbook(io.BytesIO(answers[0].content))
        assert book.sheetnames == sheets
        _, *rows = book["报表"].iter_rows(values_only=True)
        assert [(row[1], row[4]) for row in rows] == [(one["code"], float(one["value"])) for one in report["lines"]]
        assert dict(list(book["说明"].iter_rows(values_only=True))[1:])["数字摘要（SHA-256）"] == report["digest"]


@pytest.mark.parametrize(
    ("fields", "status", "code", "pointer"),
    [
        ({"period_to": "2025-12-31"}, 422, "period_empty", "/period_to"),
        ({"period_to": "2026-03-02"}, 409, "period_not_over", None),
        ({"digest": "0" * 64}, 409, "report_changed", None),
        ({"digest": "short"}, 422, "invalid", "/digest"),
        ({"lines": []}, 422, "invalid", "/lines"),
    ],
)
async def test_bad_input_is_named(
    desk: Any, office: Any, fields: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    body = PERIOD | {"digest": (await drafted(office))["digest"]} | fields
    desk.refused(await office.post("/v1/regulator-reports", json=body), status, code, pointer)
    assert await desk.kit.count("regulator_report") == 0


@pytest.mark.parametrize("role", ["complaint_supervisor", "executive", "auditor"])
async def test_who_reads_reports_does_not_submit_them(desk: Any, office: Any, role: str) -> None:
    reader = desk.kit.staff(role)
    body = PERIOD | {"digest": (await drafted(reader))["digest"]}
    desk.refused(await reader.post("/v1/regulator-reports", json=body), 403, "forbidden")


async def test_what_was_declined_is_no_complaint_of_any_line(desk: Any, office: Any) -> None:
    stranger = {"client_id": None, "complainant": {"name": "王小明", "phone": "13812341234"}}
    declined = await desk.registered(**stranger)
    notice = {"reason": "授权委托书并非客户本人签署", "told_on": "2026-03-02", "method": "letter", "proof": "EMS 12"}
    await desk.does(desk.supervisor, declined, "decline", notice)

    march = {"period_from": "2026-03-01", "period_to": "2026-03-31"}
    draft = (await office.get("/v1/regulator-reports/draft", params=march)).json()

    assert {line["value"] for line in draft["lines"]} <= {"0", "0.00"}
