import json
import logging

import pytest

from shared import log
from shared.log import mask


@pytest.mark.parametrize(
    "secret",
    [
        "110105194912310021",
        "11010519491231002X",
        "13812345678",
        "+8613812345678",
        "6222020200112233445",
        "eyJhbGciOi.eyJzdWIiOi.c2ln",
    ],
)
def test_what_looks_like_personal_data_is_masked(secret: str) -> None:
    assert mask(f"客户{secret}来电") == "客户***来电"


def test_ids_amounts_and_instants_are_left() -> None:
    line = "019306d4-5a00-7c3e-8a55-3f2b8f6f1c01 1234567.89 2026-10-31T16:00:00Z"
    assert mask(line) == line


def test_named_fields_are_masked_at_any_depth() -> None:
    assert mask({"client": [{"name": "张三", "id": 7}]}) == {"client": [{"name": "***", "id": 7}]}


def test_a_log_line_is_one_json_object_without_personal_data(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        log.configure("test-service")
        log.get_logger("test").info("called", phone="13812345678", note="身份证11010519491231002X", name="张三")
        logging.getLogger("library").warning("sent to %s", "13812345678")
    finally:
        root.handlers[:], root.level = before[0], before[1]

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["service"] for line in lines] == ["test-service"] * 2
    assert lines[0]["note"] == "身份证***"
    text = json.dumps(lines, ensure_ascii=False)
    for canary in ("13812345678", "11010519491231002X", "张三"):
        assert canary not in text
