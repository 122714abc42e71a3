"""Evidence through the API: entered, sent, listed and read, and what is told of that."""

import asyncio
import hashlib
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from filing import CONTRACT, WHY, audited, download, entered, filed, files_of, path_of, sent

from shared.testing.files import a_pdf, a_png


async def test_a_file_is_entered_sent_listed_and_read_with_a_trace(desk: Any) -> None:
    complaint_id, content = await desk.assigned(), a_pdf("合同", size=3_000_000)
    evidence_id = await entered(desk, complaint_id)

    answer = await sent(desk, complaint_id, evidence_id, content)

    digest = hashlib.sha256(content).hexdigest()
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert (told["sha256"], told["size"], told["media_type"]) == (digest, 3_000_000, "application/pdf")
    listed = (await desk.supervisor.get(path_of(complaint_id))).json()["items"]
    assert listed == [told]
    assert {name: told[name] for name in CONTRACT} == CONTRACT
    read = await download(desk.handler, complaint_id, evidence_id)
    assert read.content == content
    assert read.headers["content-type"] == "application/pdf"
    assert read.headers["content-disposition"].endswith(f"filename*=UTF-8''{quote('信托合同（张三）.pdf', safe='')}")
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["cache-control"] == "no-store"
    [trace] = await audited(desk, "evidence.read")
    assert (trace.actor, trace.reason) == (f"staff:{desk.handler_id}", WHY["reason"])
    assert (trace.subject_id, trace.facts["evidence_id"]) == (UUID(complaint_id), evidence_id)
    assert trace.facts["sha256"] == digest
    assert [len(await audited(desk, f"evidence.{step}")) for step in ("added", "filed")] == [1, 1]


async def test_a_paper_is_entered_without_a_file(desk: Any) -> None:
    complaint_id = await desk.registered()
    evidence_id = await entered(desk, complaint_id, file_name=None, place="档案柜三-12")

    desk.refused(await sent(desk, complaint_id, evidence_id, a_pdf()), 409, "no_file_expected")
    desk.refused(await download(desk.agent, complaint_id, evidence_id), 409, "file_missing")
    assert await desk.kit.count("stored_file") == 0


async def test_the_same_file_again_changes_nothing_and_another_is_refused(desk: Any) -> None:
    complaint_id = await desk.registered()
    evidence_id = await filed(desk, complaint_id, a_pdf("one"))
    before = (await desk.agent.get(f"/v1/complaints/{complaint_id}")).json()["version"]

    again = await sent(desk, complaint_id, evidence_id, a_pdf("one"))
    other = await sent(desk, complaint_id, evidence_id, a_pdf("two"))

    assert again.status_code == 200
    told = desk.refused(other, 409, "file_already_there")
    assert told["sha256"] == again.json()["sha256"] == hashlib.sha256(a_pdf("one")).hexdigest()
    assert (await desk.agent.get(f"/v1/complaints/{complaint_id}")).json()["version"] == before
    assert (await download(desk.agent, complaint_id, evidence_id)).content == a_pdf("one")


@pytest.mark.parametrize("round", range(3))
async def test_of_two_files_sent_at_the_same_time_one_is_kept_whole(desk: Any, round: int) -> None:
    complaint_id = await desk.registered()
    evidence_id = await entered(desk, complaint_id)
    contents = [a_pdf(f"{round}-{place}", size=500_000) for place in range(4)]

    answers = await asyncio.gather(*(sent(desk, complaint_id, evidence_id, content) for content in contents))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    [kept] = [content for content, answer in zip(contents, answers, strict=True) if answer.status_code == 200]
    assert (await download(desk.agent, complaint_id, evidence_id)).content == kept


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file_empty"),
        (b"#!/bin/sh\necho\n", 422, "file_not_as_named"),
        (a_png(), 422, "file_not_as_named"),
        (b"MZ\x00\x00", 422, "file_refused"),
    ],
)
async def test_what_is_no_such_file_is_refused_and_leaves_nothing(
    desk: Any, content: bytes, status: int, code: str
) -> None:
    complaint_id = await desk.registered()
    evidence_id = await entered(desk, complaint_id)

    desk.refused(await sent(desk, complaint_id, evidence_id, content), status, code)

    assert (files_of(desk), await desk.kit.count("stored_file")) == ([], 0)
    assert (await sent(desk, complaint_id, evidence_id, a_pdf())).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"file_name": "a.exe"}, "/file_name"),
        ({"file_name": "../a.pdf"}, "/file_name"),
        ({"received_on": "2026-03-01"}, "/received_on"),
        ({"received_on": "2026-03-03"}, "/received_on"),
        ({"kind": "decision_notice"}, "/kind"),
        ({"provider": "nobody"}, "/provider"),
        ({"description": ""}, "/description"),
        ({"sha256": "00"}, "/sha256"),
    ],
)
async def test_a_wrong_entry_is_named(desk: Any, change: dict[str, str], pointer: str) -> None:
    complaint_id = await desk.registered()

    answer = await desk.agent.post(path_of(complaint_id), json=CONTRACT | change)

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await desk.kit.count("evidence") == 0


async def test_evidence_of_another_case_is_not_found(desk: Any) -> None:
    first, second = await desk.registered(), await desk.registered()
    evidence_id = await filed(desk, first)

    desk.refused(await download(desk.agent, second, evidence_id), 404, "not_found")
    desk.refused(await sent(desk, second, evidence_id, a_pdf()), 404, "not_found")


async def test_evidence_comes_in_after_the_end_but_not_after_a_withdrawal(desk: Any) -> None:
    closed, withdrawn = await desk.closed(), await desk.registered()
    evidence_id = await entered(desk, withdrawn)
    today = {"withdrawn_on": "2026-03-02", "reason": "和解", "proof": "录音 2026-0032"}
    await desk.does(desk.agent, withdrawn, "withdraw", today)

    await filed(desk, closed, kind="proof_of_informing")
    desk.refused(await desk.agent.post(path_of(withdrawn), json=CONTRACT), 409, "command_not_allowed")
    desk.refused(await sent(desk, withdrawn, evidence_id, a_pdf()), 409, "command_not_allowed")


async def test_a_decision_is_not_approved_on_evidence_that_the_approver_did_not_see(desk: Any) -> None:
    complaint_id = await desk.proposed()
    read = await desk.supervisor.get(f"/v1/complaints/{complaint_id}")
    await filed(desk, complaint_id)

    path, seen = f"/v1/complaints/{complaint_id}/approve", {"If-Match": read.headers["ETag"]}
    desk.refused(await desk.supervisor.post(path, headers=seen), 412, "stale")


async def test_reading_needs_a_reason(desk: Any) -> None:
    complaint_id = await desk.registered()
    evidence_id = await filed(desk, complaint_id)

    answer = await desk.agent.post(path_of(complaint_id, evidence_id, "download"), json={})

    desk.refused(answer, 422, "invalid", "/reason")


async def test_a_file_whose_content_was_changed_in_the_store_is_never_given_out_whole(desk: Any) -> None:
    complaint_id = await desk.registered()
    evidence_id = await filed(desk, complaint_id)
    [file] = files_of(desk)
    file.write_bytes(a_pdf("forged"))

    answer = await download(desk.agent, complaint_id, evidence_id)

    assert answer.content == b""
    assert answer.headers["content-length"] == str(len(a_pdf()))
