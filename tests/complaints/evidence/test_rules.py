"""Names of files, whether the same file was sent, and until when one may be read."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.evidence import rules
from complaints.evidence.rules import (
    EvidenceDestroyed,
    FileAlreadyThere,
    FileMissing,
    FileNameUnfit,
    NoFileExpected,
)
from shared.files.kinds import ENDINGS

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "name", [None, "合同.pdf", "录音 2026-03-01（二）.MP3", "a.b.c.docx", "二\u3000次 申请.txt", "张三-聊天记录.jpeg"]
)
def test_a_name_that_people_give_is_taken(name: str | None) -> None:
    rules.require_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "合同", "合同.exe", "合同.pdf.exe", "合同.docm", ".pdf", "..pdf", "../合同.pdf", "a/b.pdf", "a\\b.pdf",
        'a".pdf', "a\n.pdf", "a\x00.pdf", "合同\u202efdp.exe.pdf", "a\u200b.pdf", "a?.pdf", "C:a.pdf",
        "a\ue000.pdf",
    ],
)  # fmt: skip
def test_a_name_that_hides_its_ending_or_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(FileNameUnfit) as refused:
        rules.require_name(name)

    assert refused.value.pointer == "/file_name"
    assert refused.value.facts["taken"] == sorted(ENDINGS)


@given(st.text(max_size=40), st.sampled_from(sorted(ENDINGS)))
def test_a_name_that_is_taken_holds_no_path_and_nothing_unseen(stem: str, ending: str) -> None:
    try:
        rules.require_name(stem + ending)
    except FileNameUnfit:
        return
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
    assert not [sign for sign in stem if unicodedata.category(sign) in hidden and sign not in " \u3000"]
    assert not set(stem) & set('/\\"')


def test_an_entry_without_a_name_waits_for_no_file() -> None:
    assert rules.require_expected("合同.pdf") == "合同.pdf"
    with pytest.raises(NoFileExpected):
        rules.require_expected(None)


def test_a_file_is_sent_once_or_again_and_never_exchanged() -> None:
    assert not rules.is_same_file(None, "aa")
    assert rules.is_same_file("aa", "aa")
    with pytest.raises(FileAlreadyThere) as refused:
        rules.is_same_file("aa", "bb")
    assert refused.value.facts["sha256"] == "aa"


@pytest.mark.parametrize("kept_until", [None, TODAY, date(2030, 1, 1)])
def test_a_file_is_read_through_its_last_day(kept_until: date | None) -> None:
    rules.require_readable(is_filed=True, kept_until=kept_until, today=TODAY)


def test_a_file_that_never_came_or_whose_time_is_over_is_told_apart() -> None:
    with pytest.raises(FileMissing):
        rules.require_readable(is_filed=False, kept_until=None, today=TODAY)
    with pytest.raises(EvidenceDestroyed):
        rules.require_readable(is_filed=True, kept_until=date(2026, 3, 1), today=TODAY)
