"""A report of many cases takes as many statements as one of few."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from shared.testing.statements import statements

RECEIVED = "received_from=2025-12-01&received_to=2026-03-31"
PERIOD = "period_from=2025-12-01&period_to=2026-02-28"
REPORTS = {
    "statistics": f"/v1/complaint-statistics?{RECEIVED}&by=root_cause&by=product_id&by=channel_id",
    "cases": f"/v1/complaint-statistics/cases?{RECEIVED}&figure=received&limit=200",
    "ageing": "/v1/complaint-ageing",
    "density": f"/v1/complaint-density?{RECEIVED}",
    "register": f"/v1/complaint-register?{RECEIVED}&limit=200",
    "draft": f"/v1/regulator-reports/draft?{PERIOD}",
    "rights": f"/v1/client-rights-report?{PERIOD}",
}


def past(random: Random, number: int) -> dict[str, Any]:
    item: dict[str, Any] = {
        "external_id": str(number),
        "received_on": str(date(2025, 12, 1) + timedelta(days=random.randrange(80))),
        "channel_id": f"00000000-0000-0000-0000-{random.randrange(9):012}",
        "reason": random.choice(["disclosure", "pricing", "marketing"]),
    }
    return item


@pytest.mark.parametrize("report", REPORTS)
async def test_the_number_of_statements_does_not_grow_with_the_cases(desk: Any, report: str) -> None:
    random, operations = Random(report), desk.kit.staff("operations")

    async def asked(numbers: range) -> int:
        body = {"origin": "old", "items": [past(random, number) for number in numbers]}
        assert (await operations.post("/v1/complaints/bulk", json=body)).is_success
        with statements(desk.kit.database) as ran:
            answer = await desk.supervisor.get(REPORTS[report])
        assert answer.status_code == 200, answer.text
        return len(ran)

    assert await asked(range(1)) == await asked(range(1, 60)) <= 5
