"""Evidence of a case (证据清单): what is on file, from whom, since when; and the file's name and time.

How long a file is kept after the case ended is a house rule (policy `retention.complaint_file_years`).
"""

from datetime import date
from typing import Final

from shared.codes import Code
from shared.errors import Conflict, DomainError, Invalid
from shared.files.kinds import ENDINGS, named

RETENTION: Final = "retention.complaint_file_years"
#: What no system of files takes in a name, and what would end or forge a header or a path.
_NOT_IN_NAMES: Final = frozenset('/\\:*?"<>|')


class EvidenceKind(Code):
    """What a piece of evidence is."""

    CONTRACT = "contract", "合同及申明文件"
    PAYMENT = "payment", "缴款及交易凭证"
    RECORDING = "recording", "录音录像"
    MESSAGE = "message", "往来函件及聊天记录"
    STATEMENT = "statement", "情况说明"
    IDENTITY = "identity", "身份及授权材料"
    MARKETING = "marketing", "宣传推介材料"
    DISCLOSURE = "disclosure", "信息披露材料"
    APPRAISAL = "appraisal", "鉴定、检测、评估意见"
    PROOF_OF_INFORMING = "proof_of_informing", "告知送达凭证"
    SYSTEM_RECORD = "system_record", "业务系统记录"
    OTHER = "other", "其他"
    #: Made and kept here when the complainant is informed; nobody enters it.
    DECISION_NOTICE = "decision_notice", "投诉处理决定告知书"


class Provider(Code):
    """From whom it came."""

    COMPLAINANT = "complainant", "投诉人"
    REPRESENTATIVE = "representative", "代理人或代表人"
    COMPANY = "company", "公司内部"
    CHANNEL = "channel", "合作渠道"
    REGULATOR = "regulator", "监管或转办部门"
    APPRAISER = "appraiser", "鉴定、评估机构"
    OTHER = "other", "其他"


class FileNameUnfit(Invalid):
    """A file cannot be called so, or not a file of a kind that is taken."""

    code = "file_name_unfit"


class KindNotEntered(Invalid):
    """Evidence of this kind is made here, not entered."""

    code = "kind_not_entered"


class NoFileExpected(Conflict):
    """The entry is of a paper or thing: it names no file."""

    code = "no_file_expected"


class FileAlreadyThere(Conflict):
    """The entry has its file: another one is another entry, since evidence is not exchanged."""

    code = "file_already_there"


class FileMissing(Conflict):
    """The entry has no file yet."""

    code = "file_missing"


class EvidenceDestroyed(DomainError):
    """The time for which the file was kept is over."""

    status = 410
    code = "evidence_destroyed"


def require_entered(kind: EvidenceKind) -> None:
    """Refuse that somebody enters what is made here.

    Raises:
        KindNotEntered: a decision notice.
    """
    if kind is EvidenceKind.DECISION_NOTICE:
        raise KindNotEntered("The decision notice is kept when the complainant is informed.", pointer="/kind")


def require_name(name: str | None) -> None:
    """Refuse a name that a file cannot have on every machine, or whose ending says no kind that is taken.

    Raises:
        FileNameUnfit: says which endings are taken.
    """
    if name is None:
        return
    # Of blanks only the two that people type; what is not seen could turn the name around or hide its ending.
    is_seen = name.replace("\u3000", " ").isprintable() and _NOT_IN_NAMES.isdisjoint(name)
    if not is_seen or name.startswith(".") or named(name) is None:
        raise FileNameUnfit(
            "A file's name is printed signs without path, and ends as its kind does.",
            pointer="/file_name",
            taken=sorted(ENDINGS),
        )


def require_expected(file_name: str | None) -> str:
    """Return the name of the file that an entry waits for.

    Raises:
        NoFileExpected: the entry names none.
    """
    if file_name is None:
        raise NoFileExpected("This entry names no file; add one that does.")
    return file_name


def is_same_file(kept: str | None, sent: str) -> bool:
    """Return whether the file of an entry was sent again; False where it has none yet.

    Args:
        kept: SHA-256 of the entry's file, in hexadecimal; None if it has none.
        sent: That of what was sent.

    Raises:
        FileAlreadyThere: it has another one.
    """
    if kept is not None and kept != sent:
        raise FileAlreadyThere("This entry has another file; add an entry for this one.", sha256=kept)
    return kept is not None


def require_readable(*, is_filed: bool, kept_until: date | None, today: date) -> None:
    """Refuse to give a file that has not come or is kept no more.

    Raises:
        FileMissing: it was not sent yet.
        EvidenceDestroyed: its last day has passed.
    """
    if not is_filed:
        raise FileMissing("The file of this entry was not sent yet.")
    if kept_until is not None and kept_until < today:
        raise EvidenceDestroyed("The time for which this file was kept is over.", kept_until=kept_until.isoformat())
